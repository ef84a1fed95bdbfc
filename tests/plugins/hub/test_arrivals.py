"""Whoever comes into an audience is told of by an event, once, and again only after having left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Shown, planned, planning
from plugins.hub.reasons import reasons
from plugins.hub.rights.erasing import erase, find
from plugins.rules.complaint import RulesError
from plugins.store.engine import Store
from plugins.store.tables import push
from targets.mailchimp.target import TargetMailchimp
from tests.making import act, at, clock_at, keep, mailchimp, orders, reader, stored, withdrawal
from tests.road.stage import Stage, stage_on

DAY = 24
WELCOME = """\
description: Bought once.
where: order_count = 1 and last_order_at >= ago('30 days')
to:
  mailchimp: {as: event, fields: {name: first_name, shop: favourite_store}}
guard: {shrink: 100%}
examples:
- {title: bought once, given: {order_count: 1, last_order_at: 1 day ago}, expect: in}
"""


@pytest.fixture
def stage(sqlite_store: Store, rules: Path) -> Iterator[Stage]:
    """One rule, which is told by events; its back-fill was yesterday, when only bob was there."""
    (rules / "audiences" / "letter.yml").unlink()
    (rules / "audiences" / "fans.yml").unlink()
    (rules / "audiences" / "welcome.yml").write_text(WELCOME)
    with stage_on(sqlite_store, rules, clock=clock_at(DAY)) as stage:
        keep(stage.store, reader("bob"))
        yield stage


def on(stage: Stage, day: float) -> None:
    stage.hub = replace(stage.hub, clock=clock_at(day * DAY))


def run(stage: Stage, day: float, *, accept: bool = False, **config: Any) -> list[str]:
    """Plan and deliver; returns who was told of, and `quietly` where it starts nothing."""
    on(stage, day)
    del stage.mailchimp.operations[:]
    rows = stage.emit(accept=accept)
    box = stage.outbox().inner
    TargetMailchimp(config={**stage.config, **config}).carrier(box, lambda: None).deliver(rows)
    box.close()
    loud = [each.email for each in stage.mailchimp.operations if each.kind == "journey"]
    told = sorted(each.email for each in stage.mailchimp.operations if each.kind == "event")
    return [email.partition("@")[0] + ("" if email in loud else " quietly") for email in told]


def gone(name: str, number: int, day: float) -> dict[str, Any]:
    """Return that an order of somebody was taken away."""
    order = orders(name, number + 1)[number]
    return {**order, "is_deleted": True, "changed_at": at(day * DAY), "seen_at": at(day * DAY)}


def test_the_first_run_of_a_rule_is_a_back_fill_that_starts_nothing(stage: Stage) -> None:
    assert run(stage, 1) == ["bob quietly"]
    keep(stage.store, reader("ann"))
    assert run(stage, 2) == ["ann"]


def test_who_was_told_of_is_not_told_again(stage: Stage) -> None:
    run(stage, 1)
    on(stage, 2)
    assert stage.due() == []
    assert run(stage, 3) == []


def test_the_event_says_what_the_rule_wants_of_what_is_known(stage: Stage) -> None:
    on(stage, 2)
    told, opened = stage.due()
    assert told.payload == {
        "kind": "event", "name": "welcome", "email": "bob@example.nl", "at": "2026-03-04T09:00:00.000000Z",
        "properties": {"name": "Bob"}, "is_known": False, "is_mailed": True, "is_syncing": True, "is_repeat": False,
    }  # fmt: skip
    assert (opened.wire_id, opened.payload) == ("event:welcome:~", {"kind": "event", "name": "welcome"})
    assert "bob@" not in told.wire_id


def test_leaving_is_told_to_nobody_and_coming_in_again_is_told_anew(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, orders("bob", 2)[1:])  # bought again: no first buyer any more
    assert run(stage, 2) == []
    assert stage.states()["event:welcome:" + profile(stage)] == "accepted"
    keep(stage.store, gone("bob", 1, 2.5))
    assert run(stage, 3) == ["bob"]


def profile(stage: Stage) -> str:
    return next(str(each["profile_id"]) for each in stage.journal() if each["profile_id"])


def test_c1_nobody_is_told_of_without_consent(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, reader("ann"), withdrawal("ann", 3))
    assert run(stage, 2) == []
    keep(stage.store, act("ann", hours=DAY * 2.5))
    assert run(stage, 3) == ["ann"]


def test_c1_consent_that_goes_between_plan_and_call_stops_an_event(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, reader("ann"))
    on(stage, 2)
    rows = stage.emit()
    keep(stage.store, withdrawal("ann", DAY * 2))
    box = stage.outbox().inner
    TargetMailchimp(config=stage.config).carrier(box, lambda: None).deliver(rows)
    box.close()
    assert stage.journal()[-1]["answer"] == "consent gone before sending"


def test_consent_that_goes_and_comes_back_starts_nothing_twice(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, withdrawal("bob", DAY * 1.5))
    assert run(stage, 2) == []
    keep(stage.store, act("bob", hours=DAY * 2.5))
    assert run(stage, 3) == []


def test_who_is_withheld_is_not_told_of(stage: Stage, rules: Path) -> None:
    (rules / "audiences" / "welcome.yml").write_text(WELCOME + "holdout: 50%\n")
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    keep(stage.store, [reader(f"p{number}") for number in range(20)])
    assert 0 < len(run(stage, 1)) < 20
    assert run(stage, 2) == []


def test_another_audience_that_comes_first_is_no_leaving(stage: Stage, rules: Path) -> None:
    run(stage, 1)
    (rules / "audiences" / "first.yml").write_text(
        WELCOME.replace("event, fields: {name: first_name, shop: favourite_store}", "tag")
    )
    (rules / "priority.yml").write_text("first_of: [[first, welcome]]\n")
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    assert run(stage, 2) == []
    (rules / "priority.yml").unlink()
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    assert run(stage, 3) == []


def test_d5_an_event_whose_answer_was_lost_is_looked_for_before_it_is_told_again(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, reader("ann"))
    stage.mailchimp.faults.add(match="POST .*/events", reset="after")
    assert run(stage, 2) == ["ann"]
    assert [each["state"] for each in stage.journal()][-1] == "unknown"
    assert run(stage, 3) == []
    assert [each["answer"] for each in stage.journal()][-1] == "there already"
    assert run(stage, 4) == []


def test_one_that_never_arrived_comes_later_with_the_time_it_had(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, reader("ann"))
    stage.mailchimp.faults.add(match="POST .*/events", status=502)
    assert run(stage, 2) == []
    assert run(stage, 3) == ["ann"]
    (event,) = stage.mailchimp.audience.get("ann@example.nl").events
    assert event.occurred_at.isoformat() == "2026-03-04T09:00:00+00:00"


def test_one_that_was_refused_is_not_told_again(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, reader("ann"))
    stage.mailchimp.faults.add(match="POST .*/events", status=400)
    assert run(stage, 2) == []
    assert stage.journal()[-1]["state"] == "rejected"
    assert run(stage, 3) == []


def test_a_back_fill_that_was_cut_off_goes_on_quietly(stage: Stage) -> None:
    keep(stage.store, reader("ann"))
    on(stage, 1)
    rows = stage.emit()
    box = stage.outbox().inner
    TargetMailchimp(config=stage.config).carrier(box, lambda: None).deliver(rows[:1])
    box.close()
    assert len(run(stage, 2)) == 1
    assert [each.detail for each in stage.mailchimp.operations if each.kind == "journey"] == []
    keep(stage.store, reader("cas"))
    assert run(stage, 3) == ["cas"]


def test_a_rule_that_starts_with_nobody_tells_of_the_first_who_comes(stage: Stage) -> None:
    keep(stage.store, gone("bob", 0, 0.5))
    assert run(stage, 1) == []
    keep(stage.store, reader("ann"))
    assert run(stage, 2) == ["ann"]


def test_a_rule_that_goes_and_comes_back_begins_with_a_back_fill(stage: Stage, rules: Path) -> None:
    run(stage, 1)
    (rules / "audiences" / "welcome.yml").write_text(
        WELCOME.replace("event, fields: {name: first_name, shop: favourite_store}", "tag")
    )
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    assert run(stage, 2) == []
    (rules / "audiences" / "welcome.yml").write_text(WELCOME)
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    assert run(stage, 3) == ["bob quietly"]
    on(stage, 4)
    assert stage.due() == []


def test_a_crowd_that_comes_in_at_once_is_stopped_until_somebody_says_so(stage: Stage) -> None:
    run(stage, 1)
    keep(stage.store, [reader(f"p{number}") for number in range(61)])
    on(stage, 2)
    assert stage.plan().guards == [
        "event welcome: grow: 61 would be told, 1 were; check the rule, then plan with --accept"
    ]
    assert run(stage, 2) == []
    assert len(run(stage, 2, accept=True)) == 61


def test_a_source_that_breaks_down_makes_nobody_leave(stage: Stage, rules: Path) -> None:
    (rules / "audiences" / "welcome.yml").write_text(WELCOME.replace("shrink: 100%", "shrink: 30%"))
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    keep(stage.store, [reader(f"p{number}") for number in range(24)])
    assert len(run(stage, 1)) == 25
    on(stage, 40)  # nobody bought anything for a month
    (guard,) = stage.plan().guards
    assert guard.startswith("event welcome: shrink: 25 of 25 would leave")
    assert stage.emit(accept=False) == []


def test_the_plan_tells_what_starts_something_from_what_does_not(stage: Stage) -> None:
    on(stage, 1)
    made = stage.plan()
    assert made.kinds == {"event, back-fill": 1, "event, noted": 1}
    run(stage, 1)
    keep(stage.store, reader("ann"))
    on(stage, 2)
    with planning(stage.hub, ["mailchimp"], Shown(funnel=True)) as opened:
        made = opened.of("mailchimp")
    assert (made.kinds, made.calls) == ({"event": 1}, 1)
    (welcome,) = made.funnel
    assert (welcome["matched"], welcome["reachable"], welcome["add"], welcome["change"]) == (2, 2, 1, 0)


def test_c1_a_contact_that_only_an_event_made_is_no_word_of_the_person(stage: Stage) -> None:
    run(stage, 1)
    stage.read()
    on(stage, 2)
    with planned(stage.hub, "mailchimp") as (connection, _, _):
        assert connection.execute("SELECT source, owner_id FROM echo").fetchall() == [("mailchimp", "bob")]
    keep(stage.store, withdrawal("bob", 30))
    assert [row.operation for row in stage.due()] == ["remove"]


def test_why_somebody_is_told_of_or_not_is_said(stage: Stage) -> None:
    keep(stage.store, reader("ann"), withdrawal("ann", 3))
    said = {name: reasons(stage.hub, f"{name}@example.nl", "welcome")[0].destinations for name in ("ann", "bob")}
    assert said["bob"] == [
        {"destination": "mailchimp", "outcome": "is told of by an event: was, or will be by the next run"}
    ]
    assert said["ann"][0]["outcome"].startswith("no consent: ")


def test_an_event_fills_the_room_of_a_cap_and_a_back_fill_does_not(stage: Stage, rules: Path) -> None:
    (rules / "audiences" / "letter.yml").write_text(
        WELCOME.replace("event, fields: {name: first_name, shop: favourite_store}", "tag").replace("= 1", ">= 1")
    )
    (rules / "caps.yml").write_text("caps:\n- {most: 1, within: 7 days, audiences: [welcome, letter]}\n")
    stage.hub = replace(stage.hub, meaning=read_meaning(rules))
    run(stage, 1)
    run(stage, 2)
    keep(stage.store, reader("ann"))
    run(stage, 3)
    run(stage, 4)
    tagged = {email.partition("@")[0] for email, (_, tags) in
              ((each, held) for each, held in stage.held().items()) if "letter" in tags}  # fmt: skip
    assert tagged == {"bob"}


def test_whoever_is_erased_leaves_no_event_behind_and_is_forgotten_there(stage: Stage) -> None:
    run(stage, 1)
    erase(stage.hub, find(stage.hub, "bob@example.nl"), "asked for it")
    journal = stored(stage.store, push)
    assert [row["wire_id"] for row in journal if row["operation"] == "erase"] == ["bob@example.nl"]
    assert all("bob@" not in row["payload"] for row in journal)
    run(stage, 2)
    assert stage.mailchimp.audience.find("bob@example.nl") is None


@pytest.mark.parametrize("name", ["w", "w" * 31])
def test_a_name_that_the_channel_does_not_take_is_said_where_it_stands(rules: Path, name: str) -> None:
    (rules / "audiences" / f"{name}.yml").write_text(WELCOME)
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, {"mailchimp": mailchimp()})
    (said,) = map(str, wrong.value.complaints)
    assert said == (
        f"rules/audiences/{name}.yml:4:3: {name}: the name of an event has 2 to 30 letters at mailchimp; "
        "write another one as name"
    )
    (rules / "audiences" / f"{name}.yml").write_text(WELCOME.replace("as: event,", "as: event, name: welcome,"))
    read_meaning(rules, {"mailchimp": mailchimp()})


def test_a_property_is_written_always(rules: Path) -> None:
    rule = WELCOME.replace("name: first_name", "name: {trait: first_name, write: set_if_empty}")
    (rules / "audiences" / "welcome.yml").write_text(rule)
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules)
    assert "an event is told once, nothing of it is kept or wiped; write name: first_name" in str(wrong.value)
