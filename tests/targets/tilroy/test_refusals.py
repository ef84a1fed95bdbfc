"""Each row that is refused, by us or by Tilroy, and what becomes of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from tests.targets.tilroy.till import ELS, JAN, Kept, balance, consent, deliver, erasure, movement, voucher

UNKNOWN = "HTTP 404 NotFound"
REFUSED: list[tuple[Row, str]] = [
    (consent(customer="1", email=True), "HTTP 400 BadRequest"),
    (consent(customer="1", sms=True), UNKNOWN),
    (voucher(customer="1"), UNKNOWN),
    (movement(5, customer="1"), UNKNOWN),
    (movement(-999), "HTTP 400 BadRequest: points are not taken off; the till may have fewer of the customer"),
    (consent(), "payload.consent: too_short; see docs/tilroy.md"),
    (consent(phone=False), "payload.consent: literal_error; see docs/tilroy.md"),
    (consent(operation="remove", sms=True), "payload.consent: a removal that grants; send it as a change"),
    (consent(customer="els@example.be"), "payload.customer: string_pattern_mismatch; see docs/tilroy.md"),
    (consent(customer="1/../880123", sms=True), "payload.customer: string_pattern_mismatch; see docs/tilroy.md"),
    (voucher(open_minor=1001), "payload: more_open_than_given; see docs/tilroy.md"),
    (voucher(full_minor=10.5), "payload.full_minor: int_type; see docs/tilroy.md"),
    (voucher(**{"els@example.be": 1}), "payload: extra_forbidden; see docs/tilroy.md"),
    (voucher(currency="USD"), "payload.currency: not EUR, and a voucher at Tilroy names none; set currency"),
    (voucher(operation="remove"), "operation: 'remove' of kind voucher; see docs/tilroy.md"),
    (movement(0), "payload: no_points; see docs/tilroy.md"),
    (voucher(code="\ud800"), "payload.code: string_unicode; see docs/tilroy.md"),
    (Row("x", "erase", ELS, {"kind": "person"}), "payload: union_tag_invalid; see docs/tilroy.md"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "reason"), REFUSED, ids=[f"{at}:{why[:40]}" for at, (_, why) in enumerate(REFUSED)])
def test_goes_on_after_a_row_that_is_refused(till: Tilroy, config: dict[str, Any], row: Row, reason: str):
    outbox = deliver(till, config, row, movement(5, "last", customer=JAN))
    assert (outbox.final[row.key].state, outbox.final[row.key].reason) == ("rejected", reason)
    assert (outbox.states["last"], balance(till, JAN)) == ("accepted", 35)


@pytest.mark.parametrize("lacking", ["shop_number", "cents_per_100_points"])
def test_what_cannot_be_booked_waits_and_says_which_setting_it_needs(
    till: Tilroy, config: dict[str, Any], lacking: str
):
    del config[lacking]
    outbox = deliver(till, config, movement(5), consent(email=True))
    assert outbox.states == {"m": "dropped", "c": "accepted"}
    assert outbox.reasons["m"].endswith(f"set {lacking}")


def test_what_may_have_happened_is_never_called_rejected(till: Tilroy, config: dict[str, Any]):
    del config["shop_number"]
    unreadable = movement(5, "unreadable", since="yesterday", known=[])
    unbooked = movement(5, "unbooked", since="2026-03-10T12:00:00Z", known=[])
    outbox = deliver(till, config, unreadable, unbooked)
    assert outbox.states == {"unreadable": "unknown", "unbooked": "unknown"}
    assert outbox.reasons["unreadable"] == "payload.repeat.since: datetime_from_date_parsing; see docs/tilroy.md"


def test_who_is_gone_already_is_forgotten(till: Tilroy, config: dict[str, Any]):
    outbox = deliver(till, config, erasure(customer="880125"))
    assert outbox.states["e"] == "accepted"


def test_a_wrong_address_is_not_taken_for_a_customer_who_is_gone(till: Tilroy, config: dict[str, Any]):
    outbox = Kept()
    with pytest.raises(HopelessError, match="HTTP 404"):
        deliver(till, {**config, "api_url": config["api_url"].replace("tilroy", "till")}, erasure(), outbox=outbox)
    assert outbox.states == {"e": "unknown"}


@pytest.mark.parametrize(("key", "status"), [("tenant_key", 401), ("gateway_key", 403), ("bearer_token", 401)])
def test_stops_at_once_when_a_key_is_refused(till: Tilroy, config: dict[str, Any], key: str, status: int):
    outbox = Kept()
    with pytest.raises(HopelessError, match=f"HTTP {status}"):
        deliver(till, {**config, key: "wrong"}, erasure(), erasure("f", JAN), outbox=outbox)
    assert (outbox.states, len(till.calls)) == ({"e": "unknown"}, 1)
