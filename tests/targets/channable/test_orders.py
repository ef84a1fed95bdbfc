"""What became of orders is told once: sent or cancelled, whole or in parts, also where answers are lost."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from plugins.sandbox.channable import Channable
from plugins.wire.outbox import Row
from tests.plugins.sandbox.channable.stage import GONE, OPEN, SENT
from tests.targets.channable.rows import cancellation, deliver, shipment, writes
from tests.targets.kept import Kept

Config = dict[str, Any]
AGAIN = {"since": "2026-03-02T12:00:00.000000Z"}
TOLD = {"shipment": shipment, "cancellation": cancellation}
each_kind = pytest.mark.parametrize("kind", TOLD)
STATE = {"shipment": "shipped", "cancellation": "cancelled"}
FOUND = {"shipment": "sent already", "cancellation": "cancelled already"}
KEY = f"order {OPEN}"


def lines(vendor: Channable, order: int = OPEN) -> list[str]:
    return [str(each.id) for each in vendor.orders[order].items]


def two_lines(vendor: Channable) -> int:
    """Let somebody buy two things; give the order."""
    vendor.perform("order", sku="WW2")
    made = vendor.orders[max(vendor.orders)]
    vendor.perform("order", sku="WW1-M")
    other = vendor.orders.pop(max(vendor.orders))
    made.items.append(other.items[0])
    return made.id


def statuses(vendor: Channable, order: int) -> list[str]:
    return [each.status for each in vendor.orders[order].items]


def asked(vendor: Channable) -> list[str]:
    return [each.method for each in vendor.calls]


def test_ships_an_order(vendor: Channable, config: Config) -> None:
    _, kept = deliver(config, shipment(OPEN))
    assert kept.states == {KEY: "accepted"}
    assert vendor.orders[OPEN].status == "shipped"
    assert vendor.orders[OPEN].items[0].tracks["tracking_code"] == "3SABC"


def test_cancels_an_order_without_a_word(vendor: Channable, config: Config) -> None:
    assert deliver(config, cancellation(OPEN))[1].states == {KEY: "accepted"}
    assert (vendor.orders[OPEN].status, vendor.calls[-1].body) == ("cancelled", b"")


def test_a_part_is_sent_and_the_rest_cancelled(vendor: Channable, config: Config) -> None:
    order = two_lines(vendor)
    first, second = lines(vendor, order)
    deliver(config, shipment(order, items=[first]))
    assert json.loads(vendor.calls[-1].body)["order_item_ids"] == [int(first)]
    assert (vendor.orders[order].status, statuses(vendor, order)) == ("partial", ["shipped", "waiting"])
    _, kept = deliver(config, cancellation(order, items=[second]))
    assert (kept.states, statuses(vendor, order)) == ({f"order {order}": "accepted"}, ["shipped", "cancelled"])


def test_an_order_that_was_sent_already_is_sent(vendor: Channable, config: Config) -> None:
    _, kept = deliver(config, shipment(SENT))
    assert (kept.states, kept.reasons) == ({f"order {SENT}": "accepted"}, {f"order {SENT}": "sent already"})


def test_an_order_that_was_cancelled_already_is_looked_up_and_found(vendor: Channable, config: Config) -> None:
    _, kept = deliver(config, cancellation(GONE))
    assert kept.reasons == {f"order {GONE}": "cancelled already"}
    assert kept.states == {f"order {GONE}": "accepted"}
    assert asked(vendor) == ["POST", "GET"]


def test_a_part_counts_as_told_only_when_all_of_it_was(vendor: Channable, config: Config) -> None:
    order = two_lines(vendor)
    first, second = lines(vendor, order)
    deliver(config, shipment(order, items=[first]))
    assert deliver(config, shipment(order, items=[first]))[1].reasons == {f"order {order}": "sent already"}
    both = deliver(config, shipment(order, items=[first, second]))[1]
    assert (both.states, both.reasons) == (
        {f"order {order}": "rejected"}, {f"order {order}": "its state does not allow it"},
    )  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [(shipment, cancellation), (cancellation, shipment)])
def test_what_was_told_otherwise_before_is_refused_and_stays(
    vendor: Channable, config: Config, first: Any, second: Any
) -> None:
    deliver(config, first(OPEN))
    before = vendor.orders[OPEN].status
    _, kept = deliver(config, second(OPEN))
    assert (kept.states, kept.reasons) == ({KEY: "rejected"}, {KEY: "its state does not allow it"})
    assert vendor.orders[OPEN].status == before


@each_kind
def test_an_order_that_cannot_be_told_of_is_rejected_and_the_next_one_goes(
    vendor: Channable, config: Config, kind: str
) -> None:
    of = TOLD[kind]
    _, kept = deliver(config, of(1), of(OPEN))
    assert kept.states == {"order 1": "rejected", KEY: "accepted"}
    assert kept.reasons["order 1"] == "no such order"


@each_kind
def test_an_order_that_a_person_keeps_is_refused(vendor: Channable, config: Config, kind: str) -> None:
    vendor.orders[OPEN].state = "manual"
    assert deliver(config, TOLD[kind](OPEN))[1].states == {KEY: "rejected"}


@each_kind
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_d2_after_a_server_error_nothing_is_sent_again_before_the_order_was_read(
    vendor: Channable, config: Config, kind: str, status: int
) -> None:
    vendor.faults.add(match="POST .*/orders/", status=status)
    assert deliver(config, TOLD[kind](OPEN))[1].states == {KEY: "unknown"}
    assert vendor.orders[OPEN].status == "not_shipped"
    assert deliver(config, TOLD[kind](OPEN, repeat=AGAIN))[1].states == {KEY: "accepted"}
    assert asked(vendor) == ["GET", "POST"]


@each_kind
def test_what_did_happen_is_found_and_not_sent(vendor: Channable, config: Config, kind: str) -> None:
    vendor.faults.add(match="POST .*/orders/", reset="after")
    assert deliver(config, TOLD[kind](OPEN))[1].states == {KEY: "unknown"}
    _, kept = deliver(config, TOLD[kind](OPEN, repeat=AGAIN))
    assert (kept.states, kept.reasons) == ({KEY: "accepted"}, {KEY: FOUND[kind]})
    assert asked(vendor) == ["POST", "GET"]


FAULTS: list[dict[str, Any] | None] = [
    None, {"reset": "before"}, {"reset": "after"}, {"status": 503}, {"status": 429}, {"cut_at": 7},
    {"status": 200, "body": "[3]"}, {"status": 202, "body": "{}"},
]  # fmt: skip
OF_LOOK_UPS = [None, {"status": 400}, {"status": 200, "body": '{"order": {}}'}, {"reset": "before"}]


@each_kind
@pytest.mark.parametrize(("fault", "second", "look"), list(product(FAULTS, FAULTS[:4], OF_LOOK_UPS)), ids=str)
def test_d2_each_thing_is_told_once_whatever_answer_is_lost(
    vendor: Channable, config: Config, kind: str, fault: Any, second: Any, look: Any
) -> None:
    """Tell it, and again as the hub would, until it is settled."""
    for method, given in (("POST", fault), ("POST", second), ("GET", look)):
        if given:
            vendor.faults.add(match=f"{method} .*/orders/", **given)
    states = [deliver(config, TOLD[kind](OPEN))[1].states[KEY]]
    while states[-1] == "unknown" and len(states) < 6:
        states.append(deliver(config, TOLD[kind](OPEN, repeat=AGAIN))[1].states[KEY])
    assert (states[-1], set(states[:-1]) <= {"unknown"}) == ("accepted", True)
    assert vendor.orders[OPEN].status == STATE[kind]
    assert sum(f"items {STATE[kind]}" in each.message for each in vendor.orders[OPEN].events) == 1


@each_kind
@pytest.mark.parametrize("said", ["processing", "awaiting_confirmation"])
def test_what_the_marketplace_has_not_decided_is_asked_again_later(
    vendor: Channable, config: Config, kind: str, said: str
) -> None:
    vendor.orders[OPEN].state = said
    assert deliver(config, TOLD[kind](OPEN, repeat=AGAIN))[1].states == {KEY: "unknown"}
    assert writes(vendor) == []


@each_kind
def test_what_is_on_its_way_to_the_marketplace_is_told(vendor: Channable, config: Config, kind: str) -> None:
    vendor.orders[OPEN].state = f"pending_{kind}"
    assert deliver(config, TOLD[kind](OPEN, repeat=AGAIN))[1].states == {KEY: "accepted"}
    assert writes(vendor) == []


def test_no_reason_repeats_what_the_vendor_says_of_an_order(vendor: Channable, config: Config) -> None:
    said = json.dumps({"status": "error", "message": "Els Peeters, Kerkstraat 12"})
    for status in (400, 409, 422, 200):
        vendor.faults.add(match="/shipment", status=status, body=said, headers={"Content-Type": "application/json"})
        _, kept = deliver(config, shipment(OPEN))
        assert kept.states == {KEY: "rejected"}
        assert "Els" not in str(kept.reasons)


BROKEN = [
    {"order": "els@example.nl"}, {"order": "../1"}, {"order": 830032}, {"items": []}, {"items": ["x"]}, {"items": [1]},
    {"tracking_code": ""}, {"email": "els@example.nl"},
]  # fmt: skip


@pytest.mark.parametrize("wrong", BROKEN, ids=str)
def test_a_row_that_cannot_be_read_makes_no_call(vendor: Channable, config: Config, wrong: dict[str, Any]) -> None:
    row = shipment(OPEN)
    broken = Row("broken", "add", row.wire_id, {**row.payload, **wrong})
    _, kept = deliver(config, broken, Row("taken back", "remove", row.wire_id, row.payload))
    assert kept.states == {"broken": "rejected", "taken back": "rejected"}
    assert set(kept.reasons.values()) == {"malformed payload"}
    assert vendor.calls == []


def test_what_may_not_go_any_more_does_not_go(vendor: Channable, config: Config) -> None:
    delivery, kept = deliver(config, shipment(OPEN), outbox=Kept(withheld=[KEY]))
    assert (vendor.calls, delivery.counts, kept.states) == ([], {"dropped": 1}, {})
