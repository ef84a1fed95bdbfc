"""Quarantine: counted by reason with its age; a record masked by role, mended, read again, or put aside for good."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.console.desk import Desk
from plugins.console.masking import Mask
from plugins.console.roles import Role
from plugins.console.veiling import shape, told
from plugins.console.words import Words
from plugins.hub import errands
from plugins.hub.carrying_out import carry_out
from plugins.store.decided_tables import audit
from plugins.store.errand_tables import errand
from plugins.store.keeper import Keeper
from plugins.store.tables import ENTITY_TABLES, quarantine
from plugins.store.times import now
from tests.making import stored
from tests.plugins.console.browsing import Browser, Time
from tests.plugins.console.test_person import signed_in

SAYS = Words("en")
EMAIL = "ann@example.nl"
RECORD = {"tilroyId": "9", "firstName": "Ann", "email": EMAIL, "dateExported": "gisteren 9:30", "bu": []}
GROUP = {"source": "tilroy", "stream": "customers", "reason": "bad_time"}


def aside(desk: Desk, **fields: Any) -> str:
    """Leave a record in quarantine, and return its id there."""
    keeper, payload = Keeper(desk.hub.store, "run", desk.hub.clock), json.dumps({**RECORD, **fields})
    bad = {**GROUP, "stage": "mean", "field": "dateExported", "payload": payload}
    keeper.mapper_bad(json.dumps(bad).encode())
    keeper.commit()
    return next(str(row["id"]) for row in stored(desk.hub.store, quarantine) if row["payload"] == payload)


def state(desk: Desk) -> list[str]:
    return [row["state"] for row in stored(desk.hub.store, quarantine)]


def steps(desk: Desk) -> list[tuple[str, str]]:
    rows = [row for row in stored(desk.hub.store, audit) if row["kind"] in ("quarantine", "look_up", "reveal")]
    return [(row["kind"], json.loads(row["detail"]).get("step", row["who"])) for row in rows]


def test_what_is_open_is_counted_by_reason_with_its_age_and_listed_page_by_page(desk: Desk, time: Time) -> None:
    for number in range(51):
        aside(desk, tilroyId=str(number))
    time.after(days=3)
    browser = signed_in(desk, "dpo")
    page = browser.get("/quarantine").text
    for text in (SAYS("reason.bad_time"), '<td class="n">51</td>', SAYS("quarantine.days", days=3)):
        assert text in page
    assert SAYS("quarantine.replay_all") not in page
    found, path = set(), "/quarantine/records?source=tilroy&stream=customers&reason=bad_time"
    for rest in (0, 1):
        listed = browser.get(path).text
        found |= {part.partition('"')[0] for part in listed.split('href="/quarantine/')[1:] if part[0] != "r"}
        path = "/quarantine/records?" + listed.partition("/quarantine/records?")[2].partition('"')[0].replace(
            "&amp;", "&"
        )
        assert len(found) in (50, 51), rest
    assert len(found) == 51


def test_a_record_says_why_and_where_and_shows_a_role_no_more_than_it_may_see(desk: Desk) -> None:
    key = aside(desk)
    for role, seen in (("ops", False), ("dpo", True)):
        page = signed_in(desk, role).get(f"/quarantine/{key}").text
        assert all(text in page for text in (SAYS("reason.bad_time"), "dateExported", SAYS("stage.mean")))
        assert (EMAIL in page, "Ann" in page) == (seen, seen)
        assert ("xxxxxxxx 9:99" in page) is not seen
    assert steps(desk) == [("look_up", "ops"), ("look_up", "dpo")]
    assert signed_in(desk, "marketing").get(f"/quarantine/{key}").status_code == 403


@pytest.mark.parametrize("text", ['{"a": {"b": ["Ann", 7]}}', "Ann 7", "[]", '"Ann"', "{", '{"status": "Ann@x"}'])
def test_no_value_is_told_where_nothing_says_what_it_is(text: str) -> None:
    mask = Mask(Role.OPS)
    assert "Ann" not in str(told(mask, text))
    assert "7" not in str(told(mask, text))
    assert told(mask, '{"status": "open", "is_paid": true, "x": null}') == [
        ("status", "open"), ("is_paid", "true"), ("x", "–"),
    ]  # fmt: skip
    assert shape("Ünal-7 é") == "xxxx-9 x"


def test_a_record_is_mended_in_a_form_and_read_by_the_code_that_reads_all(desk: Desk) -> None:
    key = aside(desk)
    ops = signed_in(desk, "ops")
    form = ops.post(f"/quarantine/{key}/open").text
    assert f"&#34;{EMAIL}&#34;" in form
    wrong = ops.post(f"/quarantine/{key}/mend", record=json.dumps({**RECORD, "dateExported": "<b>"}))
    assert (wrong.status_code, state(desk)) == (422, ["open"])
    assert SAYS("quarantine.unread") in wrong.text
    assert "&lt;b&gt;" in wrong.text
    mended = json.dumps({**RECORD, "dateExported": "2026-03-02T09:30:00Z"}, indent=2).replace("\n", "\r\n")
    assert ops.post(f"/quarantine/{key}/mend", record=mended).headers["location"] == f"/quarantine/{key}"
    page = ops.get(f"/quarantine/{key}").text
    assert SAYS("aside_next.replayed") in page
    assert EMAIL not in page
    assert len(stored(desk.hub.store, ENTITY_TABLES["customer"])) == 1
    assert steps(desk)[:2] == [("reveal", "ops"), ("quarantine", "mended")]


def test_one_record_is_read_again_or_discarded_with_a_reason(desk: Desk) -> None:
    key, ops = aside(desk), signed_in(desk, "ops")
    assert SAYS("quarantine.still") in ops.post(f"/quarantine/{key}/replay").text
    assert ops.post(f"/quarantine/{key}/discard", why="").status_code == 422
    assert state(desk) == ["open"]
    ops.post(f"/quarantine/{key}/discard", why="a test of the till")
    assert state(desk) == ["discarded"]
    page = ops.get(f"/quarantine/{key}").text
    assert "a test of the till" in page
    assert SAYS("quarantine.discard") not in page


def test_all_of_one_reason_is_read_again_by_an_errand_and_the_page_tells_what_came_of_it(desk: Desk) -> None:
    aside(desk), aside(desk, dateExported="2026-03-02T09:30:00Z")
    store = desk.hub.store
    key = errands.ask(store, "replay", json.dumps(GROUP), "ops", now())
    ops = signed_in(desk, "ops")
    assert ops.post("/quarantine", **{**GROUP, "reason": "none"}).status_code == 404
    assert ops.post("/quarantine", **GROUP).headers["location"] == "/quarantine"
    assert len(stored(store, errand)) == 1
    assert '<meta http-equiv="refresh"' in ops.get("/quarantine").text
    assert carry_out(store, key, lambda: desk.hub)
    page = ops.get("/quarantine").text
    assert "1 of 2 are in the store now" in page


def test_s10_who_may_not_mend_changes_nothing(desk: Desk) -> None:
    key, good = aside(desk), json.dumps({**RECORD, "dateExported": "2026-03-02T09:30:00Z"})
    for role in ("viewer", "dpo"):
        browser = Browser(desk)
        browser.signs_in(role)
        for step in ("open", "mend", "replay", "discard"):
            assert browser.post(f"/quarantine/{key}/{step}", record=good, why="x").status_code == 403
    for step in ("open", "mend", "replay", "discard"):
        signed_in(desk, "ops").client.post(f"/quarantine/{key}/{step}", data={"record": good, "why": "x"})
    assert (state(desk), steps(desk)) == (["open"], [])
