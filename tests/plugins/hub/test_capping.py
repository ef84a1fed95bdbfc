"""Nobody comes into more audiences than a cap allows, in all channels together; who is in one stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, Shown, planned, planning
from plugins.hub.reasons import reasons
from plugins.store.engine import Store
from tests.making import clock_at, hub_on, keep, mailchimp, pushed, reader
from tests.plugins.rules.files import complaints

CAPS = "caps:\n- {most: 1, within: 7 days, audiences: [fans, letter]}\n"
DAY = 24


@pytest.fixture
def hub(sqlite_store: Store, rules: Path) -> Hub:
    """Ann matches both audiences, of which she may come into one a week; bob matches the letter only."""
    (rules / "caps.yml").write_text(CAPS)
    keep(sqlite_store, reader("ann", 3), reader("bob"))
    return hub_on(sqlite_store, rules, 10 * DAY)


def at(hub: Hub, day: float) -> Hub:
    return replace(hub, clock=clock_at(day * DAY))


def tags(hub: Hub) -> dict[str, list[str]]:
    """Return who would have which tags."""
    with planned(hub, "mailchimp") as (connection, _, _):
        found = connection.execute("SELECT wire_id, tags FROM desired").fetchall()
    return {wire.partition("@")[0]: sorted(each) for wire, each in found}


def bring(hub: Hub, day: int, operation: str = "add") -> None:
    """Let what is due have gone, on a day of March."""
    with planned(hub, "mailchimp") as (connection, _, _):
        rows = connection.execute("SELECT wire_id, profile_id, tags_on, payload_hash FROM planned").fetchall()
    for wire, profile, on, digest in rows:
        payload = json.dumps({"fields": {}, "tags_on": on, "tags_off": []})
        pushed(hub.store, {"wire_id": wire, "profile_id": profile, "payload": payload, "payload_hash": digest,
                           "operation": operation, "answered_at": f"2026-03-{day:02d}T10:00:00.000000Z"})  # fmt: skip


def test_what_room_there_is_goes_to_the_first_of_the_list(hub: Hub) -> None:
    assert tags(hub) == {"ann": ["fans"], "bob": ["letter"]}


def test_who_came_in_lately_waits_for_the_next_and_stays_where_they_are(hub: Hub) -> None:
    bring(hub, 12)
    assert tags(at(hub, 12)) == {"ann": ["fans"], "bob": ["letter"]}
    assert tags(at(hub, 18)) == {"ann": ["fans", "letter"], "bob": ["letter"]}


def test_a_plan_and_why_say_who_is_capped(hub: Hub) -> None:
    with planning(hub, ["mailchimp"], Shown(funnel=True)) as opened:
        funnel = {each["audience"]: each for each in opened.of("mailchimp").funnel}
    assert (funnel["letter"]["matched"], funnel["letter"]["capped"], funnel["letter"]["reachable"]) == (2, 1, 1)
    assert funnel["fans"]["capped"] == 0
    (found,) = reasons(hub, "ann@example.nl", "letter")
    assert found.destinations[0]["outcome"] == "came into enough other audiences lately: a cap of caps.yml"


def test_room_is_shared_by_all_channels(hub: Hub, rules: Path) -> None:
    fans = rules / "audiences" / "fans.yml"
    fans.write_text(fans.read_text().replace("mailchimp:", "other:"))
    both = {**channels(), "other": mailchimp(destination="other")}
    hub = replace(hub, channels=both, meaning=read_meaning(rules, both))
    assert tags(hub) == {"bob": ["letter"]}


def test_without_caps_nobody_is_kept_out(hub: Hub, rules: Path) -> None:
    (rules / "caps.yml").unlink()
    hub = replace(hub, meaning=read_meaning(rules, channels()))
    assert tags(hub) == {"ann": ["fans", "letter"], "bob": ["letter"]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (CAPS.replace("letter]", "leter]"), "2:47: leter: no such audience; did you mean 'letter'?"),
        (CAPS.replace("letter]", "fans]"), "2:47: fans: stands twice in the list; remove one of them"),
        (CAPS.replace("most: 1", "most: 0"), "2:10: most: is too small; write at least 1"),
        (CAPS.replace("7 days", "a week"), "2:21: within: should look like 12 months"),
        (CAPS.replace("[fans, letter]", "[]"), "2:40: audiences: is empty; write at least one"),
        ("cap: 1\n", "1:1: cap: unknown key; did you mean 'caps'?"),
    ],
)  # fmt: skip
def test_a_bad_cap_is_told_with_its_place(rules: Path, text: str, complaint: str) -> None:
    (rules / "caps.yml").write_text(text)
    said: Any = complaints(rules)
    assert any(each.split("caps.yml:", 1)[-1].startswith(complaint) for each in said), said
