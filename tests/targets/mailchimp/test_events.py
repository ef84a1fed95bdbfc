"""What becomes of events: one for each coming in, to contacts only, and never twice on a guess."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.mailchimp.target import TargetMailchimp
from tests.targets.kept import Kept

KIM = "known@example.org"


def event(email: str = KIM, operation: Any = "add", **said: Any) -> Row:
    """Return that somebody came into an audience."""
    payload = {
        "kind": "event", "name": "thank_you", "email": email, "at": "2026-02-27T09:12:00.123456Z", "properties": {},
        "is_known": True, "is_mailed": True, "is_syncing": False, "is_repeat": False,
    }  # fmt: skip
    key = said.pop("key", email)
    return Row(key, operation, f"event:thank_you:{key}", {**payload, **said})


def noted(operation: Any = "remove") -> Row:
    """Return that somebody left an audience."""
    return Row("left", operation, "event:thank_you:left", {"kind": "event", "name": "thank_you"})


def send(config: dict[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    """Let the target deliver rows."""
    outbox = outbox or Kept()
    TargetMailchimp(config=config).carrier(outbox, lambda: None).deliver(rows)
    return outbox


def happened(vendor: Mailchimp, kind: str = "event") -> list[tuple[str, str]]:
    return [(each.email, each.detail) for each in vendor.operations if each.kind == kind]


def posts(vendor: Mailchimp) -> list[str]:
    return [call.path for call in vendor.calls if call.method == "POST"]


def test_an_event_goes_to_its_contact_with_what_is_known_and_starts_a_journey(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    outbox = send(config, event(properties={"shop": "Gent"}))
    assert outbox.states == {KIM: "accepted"}
    (call,) = (call for call in vendor.calls if call.method == "POST")
    assert json.loads(call.body) == {
        "name": "thank_you", "occurred_at": "2026-02-27T09:12:00+00:00", "is_syncing": False,
        "properties": {"shop": "Gent"},
    }  # fmt: skip
    assert happened(vendor, "journey") == [(KIM, "thank_you")]
    assert "known@" not in call.path


def test_an_event_of_a_back_fill_starts_nothing(vendor: Mailchimp, config: dict[str, Any]) -> None:
    assert send(config, event(is_syncing=True)).states == {KIM: "accepted"}
    assert (happened(vendor), happened(vendor, "journey")) == ([(KIM, "thank_you")], [])


def test_that_somebody_left_or_a_back_fill_is_over_is_told_to_nobody(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, noted(), Row("over", "add", "event:thank_you:~", noted().payload))
    assert outbox.states == {"left": "accepted", "over": "accepted"}
    assert vendor.calls == []


def test_who_is_no_contact_becomes_one_first(vendor: Mailchimp, config: dict[str, Any]) -> None:
    rows = [
        event("ann@example.org", is_known=False, is_mailed=False),
        event(),
        event("bob@example.org", is_known=False),
    ]
    assert set(send(config, *rows).states.values()) == {"accepted"}
    assert vendor.audience.get("ann@example.org").status == "subscribed"
    assert [path.rpartition("/")[2].partition("?")[0] for path in posts(vendor)] == ["57afe96172", *["events"] * 3]


def test_who_is_only_a_customer_of_the_shop_is_subscribed_first(vendor: Mailchimp, config: dict[str, Any]) -> None:
    vendor.audience.enter("ada@example.org", "transactional", vendor.clock())
    assert send(config, event("ada@example.org", is_mailed=False)).states == {"ada@example.org": "accepted"}
    assert happened(vendor, "journey") == [("ada@example.org", "thank_you")]


def test_who_turns_out_to_be_known_keeps_the_status_they_have(vendor: Mailchimp, config: dict[str, Any]) -> None:
    assert send(config, event("left@example.org", is_known=False)).states == {"left@example.org": "accepted"}
    assert vendor.audience.get("left@example.org").status == "unsubscribed"
    assert happened(vendor, "journey") == []


def test_who_cannot_become_a_contact_is_rejected_and_the_others_go_on(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    outbox = send(config, event("no address", is_known=False), event("ann@example.org", is_known=False))
    assert outbox.states == {"no address": "rejected", "ann@example.org": "accepted"}
    assert [email for email, _ in happened(vendor)] == ["ann@example.org"]


def test_a_contact_that_is_gone_is_rejected_and_not_made_again(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, event("gone@example.org"), event())
    assert outbox.reasons["gone@example.org"] == "Resource Not Found"
    assert (outbox.states[KIM], vendor.audience.find("gone@example.org")) == ("accepted", None)


def test_stops_where_the_audience_itself_is_missing(config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError):
        send({**config, "list_id": "nosuch"}, event())


@pytest.mark.parametrize("fault", [{}, {"status": 502}, {"status": 500}])
def test_d5_an_event_whose_answer_was_lost_is_not_repeated_on_a_guess(
    vendor: Mailchimp, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    vendor.faults.add(match="POST .*/events", reset="after", **fault)
    assert send(config, event()).states == {KIM: "unknown"}
    assert len(happened(vendor)) == 1


def test_d5_the_next_run_looks_whether_it_is_there(vendor: Mailchimp, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*/events", reset="after")
    assert send(config, event()).states == {KIM: "unknown"}
    assert send(config, event(is_repeat=True)).reasons == {KIM: "there already"}
    assert happened(vendor) == [(KIM, "thank_you")]


def test_one_that_is_not_there_is_told_again_and_another_of_its_name_is_another(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config, event(at="2026-01-27T09:12:00.000000Z"))
    assert send(config, event(is_repeat=True)).states == {KIM: "accepted"}
    assert len(happened(vendor)) == 2


def test_a_look_up_that_fails_leaves_it_unknown(vendor: Mailchimp, config: dict[str, Any]) -> None:
    vendor.faults.add(match="GET .*/events", status=503, times=9)
    assert send(config, event(is_repeat=True)).states == {KIM: "unknown"}
    assert happened(vendor) == []


@pytest.mark.parametrize("status", [429, 503])
def test_tries_again_when_throttled(vendor: Mailchimp, config: dict[str, Any], status: int) -> None:
    vendor.faults.add(match="POST .*/events", status=status, times=2)
    assert send(config, event()).states == {KIM: "accepted"}
    assert len(happened(vendor)) == 1


@pytest.mark.parametrize(
    "said",
    [{"name": "x"}, {"name": "x" * 31}, {"properties": {"n": 1}}, {"at": "today"}, {"is_syncing": 1}, {"more": 1}],
)
def test_goes_on_after_an_event_that_cannot_be_read(
    vendor: Mailchimp, config: dict[str, Any], said: dict[str, Any]
) -> None:
    outbox = send(config, event(key="bad", **said), event())
    assert (outbox.reasons["bad"], outbox.states[KIM]) == ("malformed payload", "accepted")
    assert len(happened(vendor)) == 1


def test_an_event_is_added_and_never_changed(config: dict[str, Any]) -> None:
    assert send(config, event(operation="change")).reasons == {KIM: "malformed payload"}


def test_two_events_of_one_address_go_one_after_the_other(vendor: Mailchimp, config: dict[str, Any]) -> None:
    rows = [event("ann@example.org", is_known=False, key="1"), event("Ann@Example.org", is_known=False, key="2")]
    assert send(config, *rows).states == {"1": "accepted", "2": "accepted"}
    assert len(happened(vendor)) == 2


def test_who_is_withheld_by_the_outbox_is_told_nothing(vendor: Mailchimp, config: dict[str, Any]) -> None:
    rows = [event("ann@example.org", is_known=False), event()]
    outbox = send(config, *rows, outbox=Kept(withheld=["ann@example.org"]))
    assert outbox.states == {KIM: "accepted"}
    assert b"ann@" not in b"".join(call.body for call in vendor.calls)


def test_every_call_is_fixed_before_it_goes(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, event("ann@example.org", is_known=False), event())
    sent = [call.body for call in vendor.calls if call.method == "POST"]
    assert sent == [fixed.call.body for fixed in outbox.calls if fixed.call]
