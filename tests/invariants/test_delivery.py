"""Delivery: the journal says what happened, and whatever happened, three plain runs later all is as it should be."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.wrappers import Request

from plugins.hub.journal import OlderFence
from plugins.hub.lease import LeaseTaken, take
from plugins.store.keeper import Keeper
from plugins.store.tables import call, lease
from plugins.store.times import utc_text
from plugins.wire.outbox import PlainOutbox, Row
from targets.mailchimp.api import Api
from targets.mailchimp.delivery import Delivery
from tests.road.stage import LIST, MORNING, Stage, act, customer, reader, withdrawal

CROWD = ("ann", "bob", "cas", "dina")
DESIRED = dict.fromkeys(CROWD, ("subscribed", ("letter",)))
FAULTS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "body": "{}"},
    "403": {"status": 403, "body": "{}", "headers": {"Content-Type": "application/json"}},
    "403 of the edge": {"status": 403, "body": "<html>"},
    "404": {"status": 404, "body": "{}"},
    "429": {"status": 429, "body": "{}"},
    "500": {"status": 500, "body": "{}"},
    "timeout": {"latency_seconds": 1.0},
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    "truncated": {"cut_at": 7},
}


def crowd() -> list[dict[str, Any]]:
    return [one for name in CROWD for one in reader(name)]


@pytest.mark.parametrize("skip", [0, 2], ids=["enrolling", "tagging"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_d1_any_fault_of_the_wire_is_mended_in_three_plain_runs(stage: Stage, fault: dict[str, Any], skip: int) -> None:
    stage.keep(crowd())
    stage.mailchimp.faults.add(match="POST", times=99, skip=skip, **fault)
    stage.push(timeout_seconds=0.3)
    stage.mailchimp.faults.clear()
    runs = [stage.push().counts["accepted"] for _ in range(2)]
    assert stage.held() == DESIRED
    assert set(stage.states().values()) == {"accepted"}
    assert runs[-1] == 0


@pytest.mark.parametrize("skip", [0, 2], ids=["enrolling", "tagging"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_d3_nothing_is_accepted_that_was_not_answered(stage: Stage, fault: dict[str, Any], skip: int) -> None:
    stage.keep(crowd())
    stage.mailchimp.faults.add(match="POST", times=99, skip=skip, **fault)
    stage.push(timeout_seconds=0.3)
    assert "accepted" not in stage.states().values()


def test_d3_a_member_the_answer_refuses_is_not_accepted(stage: Stage) -> None:
    stage.keep(crowd())
    stage.mailchimp.perform("refuse", email="bob@example.nl")
    stage.push()
    assert stage.states() == {"ann": "accepted", "bob": "rejected", "cas": "accepted", "dina": "accepted"}
    assert set(stage.held()) == {"ann", "cas", "dina"}


def test_d4_every_call_is_on_record_before_its_first_byte(stage_both: Stage) -> None:
    stage, missing = stage_both, []

    def look(request: Request) -> None:
        body = request.get_data(cache=True)
        if request.method == "POST" and b"@" in body:
            digest = hashlib.sha256(body).hexdigest()
            with stage.store.reading() as connection:
                known = connection.execute(select(call.c.key).where(call.c.body_hash == digest)).all()
            missing.extend([] if known else [request.path])

    stage.at_the_door.append(look)
    stage.keep(crowd())
    stage.push()
    assert len(stage.wire()) >= 2
    assert missing == []


def test_d4_each_decision_names_the_calls_that_carried_it(stage: Stage) -> None:
    stage.keep(crowd())
    stage.push()
    carried = Counter(each["push_key"] for each in stage.carried())
    assert carried == {each["key"]: 2 for each in stage.journal()}


@pytest.mark.parametrize("operation", ["set", "once"])
def test_d5_d2_what_may_happen_once_is_not_sent_again_while_its_outcome_is_unknown(
    stage: Stage, operation: str
) -> None:
    channel = stage.hub.channels["mailchimp"]
    stage.hub.channels["mailchimp"] = channel.model_copy(
        update={"operations": dict.fromkeys(channel.operations, operation)}
    )
    stage.keep(crowd())
    stage.mailchimp.faults.add(match="POST", reset="after")
    stage.push()
    before = len(stage.wire())
    stage.push()
    assert (len(stage.wire()) > before) is (operation == "set")


@pytest.mark.parametrize("field", ["payload", "wire_id", "operation"])
def test_d6_a_known_key_with_other_content_is_refused_locally(stage_both: Stage, field: str) -> None:
    stage_both.keep(crowd())
    rows = stage_both.emit()
    forged: dict[str, Any] = {
        "payload": {**rows[0].payload, "fields": {"FNAME": "Somebody Else"}},
        "wire_id": "mallory@example.nl",
        "operation": "change",
    }
    delivery = stage_both.send([replace(rows[0], **{field: forged[field]}), *rows[1:]])
    assert (delivery.counts["dropped"], delivery.counts["accepted"]) == (1, 3)
    assert len(stage_both.held()) == 3


def test_d10_decisions_about_one_member_are_applied_in_their_order(stage: Stage) -> None:
    stage.keep(reader("ann", 2), reader("bob"))
    stage.push()
    stage.keep(withdrawal("ann", 3))
    stage.push()
    stage.read()
    stage.keep(act("bob", "no", 3))
    rows = stage.emit()
    stage.keep(act("bob", "yes", 4))
    stage.send(rows)
    assert stage.held()["ann"] == ("unsubscribed", ())
    assert stage.held()["bob"] == ("unsubscribed", ())
    kinds = [(each["wire_id"], each["operation"]) for each in stage.journal() if each["state"] == "accepted"]
    assert kinds.index(("ann@example.nl", "add")) < kinds.index(("ann@example.nl", "remove"))


def test_d10_two_rows_about_one_address_go_in_two_calls_in_their_order(stage: Stage) -> None:
    stage.keep(crowd())
    stage.push()
    on = Row("1", "change", "ann@example.nl", {"tags_on": ["vip"], "tags_off": [], "is_known": True})
    off = Row("2", "remove", "Ann@example.nl", {"tags_on": [], "tags_off": ["vip"], "is_known": True})
    for rows, expected in (((on, off), ()), ((off, on), ("vip",))):
        Delivery(Api(stage.config), PlainOutbox(), list_id=LIST).deliver(rows)
        tags = stage.held()["ann"][1]
        assert tuple(each for each in tags if each == "vip") == expected


@pytest.mark.parametrize("moved", ["ann.new@example.nl", "ANN@example.nl", "ann+shop@example.nl"])
def test_d11_a_removal_is_sent_with_the_identifier_as_it_was_sent(stage: Stage, moved: str) -> None:
    stage.keep(reader("ann"))
    stage.push()
    key = stage.journal()[0]["wire_id"]
    later = {"email": moved, "changed_at": "2026-04-01T10:00:00+00:00", "normaliser": 99}
    stage.keep(customer("ann", **later), act("ann", "no", 24 * 40, email=moved))
    stage.push()
    leaving = [each for each in stage.journal() if each["operation"] == "remove"]
    assert {each["wire_id"] for each in leaving} == {key} == {"ann@example.nl"}
    assert stage.held()["ann"][1] == ()


def _seal(stage: Stage, entity: str, source: str) -> list[str]:
    keeper = Keeper(stage.store, "empty")
    keeper.sealed(entity, source, f"{entity}s", utc_text(MORNING.replace(year=2027)))
    keeper.commit()
    return keeper.warnings


def test_d12_an_empty_reading_removes_nobody(stage_both: Stage) -> None:
    stage_both.keep(crowd())
    stage_both.push()
    warnings = [*_seal(stage_both, "customer", "woocommerce"), *_seal(stage_both, "order", "woocommerce")]
    stage_both.push()
    assert stage_both.held() == DESIRED
    assert len(warnings) == 2


def test_d12_a_reading_that_is_not_sealed_removes_nobody(stage: Stage) -> None:
    stage.keep(crowd())
    stage.push()
    stage.keep(*([one | {"seen_at": "2027-01-01T00:00:00+00:00"}] for one in reader("ann")))
    stage.push()
    assert stage.held() == DESIRED


def test_d12_the_guard_stops_a_plan_that_empties_an_audience_and_lets_withdrawals_go(stage: Stage) -> None:
    people = [f"m{number:02}" for number in range(30)]
    stage.keep(*(reader(name) for name in people))
    stage.push()
    stage.keep(withdrawal("m00"), *([customer(name, is_deleted=True, changed_at="2026-05-01T00:00:00+00:00")]
                                    for name in people[1:]))  # fmt: skip
    stage.send(stage.emit(accept=False))
    held = stage.held()
    assert held["m00"] == ("unsubscribed", ())
    assert {held[name] for name in people[1:]} == {("subscribed", ("letter",))}


def test_d13_a_second_runner_is_refused_while_the_first_is_at_work(stage_both: Stage) -> None:
    first = take(stage_both.store, "mailchimp", "first")
    with pytest.raises(LeaseTaken, match="run first is at work"):
        take(stage_both.store, "mailchimp", "second")
    assert take(stage_both.store, "mailchimp", "first").fence == first.fence


def test_d13_the_older_runner_can_neither_send_nor_record(stage_both: Stage) -> None:
    stage_both.keep(crowd())
    rows = stage_both.emit()
    older = stage_both.outbox()
    older.fix(rows[:2], lambda _rows: _call("/one"))
    with stage_both.store.writing() as connection:
        connection.execute(update(lease).values(expires_at="2026-01-01T00:00:00.000000Z"))
    newer = take(stage_both.store, "mailchimp", "newer")
    for step in (lambda: older.fix(rows[2:], lambda _rows: _call("/two")), lambda: older.answered("x", {})):
        with pytest.raises(OlderFence):
            step()
    assert newer.fence > older.inner.lease.fence
    assert [each["path"] for each in stage_both.calls()] == ["/one"]


def _call(path: str) -> Any:
    from plugins.wire.outbox import Call

    return Call("POST", path, b"{}")


@pytest.mark.parametrize("bad", range(0, 64, 9))
def test_d16_halving_finds_the_bad_row_in_few_calls_and_delivers_all_others(stage: Stage, bad: int) -> None:
    rows = [Row(str(number), "add", f"m{number}@example.nl", {"status": "subscribed", "fields": {}, "is_known": False})
            for number in range(64)]  # fmt: skip
    rows[bad] = replace(rows[bad], wire_id="")  # a blank address spoils the envelope
    delivery = Delivery(Api(stage.config), PlainOutbox(), list_id=LIST)
    delivery.deliver(rows)
    assert (delivery.counts["accepted"], delivery.counts["rejected"]) == (63, 1)
    assert len(stage.held()) == 63
    assert len(stage.mailchimp.calls) <= 2 * math.log2(64) + 2


def test_d19_a_run_in_which_nothing_changed_sends_no_member_operation(stage_both: Stage) -> None:
    stage_both.keep(crowd())
    stage_both.push()
    stage_both.read()
    before = len(stage_both.mailchimp.operations)
    assert stage_both.due("removals") == []
    assert stage_both.due() == []
    stage_both.push()
    assert len(stage_both.mailchimp.operations) == before


def test_d20_what_a_run_reports_is_what_the_destination_logged(stage: Stage) -> None:
    stage.keep(crowd(), reader("eva"))
    stage.mailchimp.perform("refuse", email="eva@example.nl")
    first = stage.push()
    assert first.counts == {"accepted": 4, "rejected": 1}
    logged = Counter(each.kind for each in stage.mailchimp.operations)
    assert (logged["created"], logged["tagged"]) == (4, 4)
    stage.keep(withdrawal("ann"))
    second = stage.push()
    assert second.counts == {"accepted": 1}
    left = [each for each in stage.mailchimp.operations if each.kind == "status"]
    assert [(each.email, each.detail) for each in left] == [("ann@example.nl", "subscribed->unsubscribed")]


def test_d2_what_is_read_again_changes_nothing_that_is_sent(stage: Stage) -> None:
    stage.keep(crowd())
    stage.push()
    later = [one | {"seen_at": "2026-06-01T00:00:00+00:00"} for one in crowd()]
    stage.keep(crowd(), later, crowd())
    assert stage.due() == []
