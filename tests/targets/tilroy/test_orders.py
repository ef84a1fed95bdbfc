"""Orders of marketplaces: what goes over the wire, what becomes of each, and that none is placed twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from plugins.sandbox.tilroy import Tilroy
from tests.targets.tilroy.till import JAN, balance, deliver, movement, order, orders, pieces, went

O = "/orderapi/production"  # noqa: E741 - as the other services are named here
SHOP = {"number": 101}
WAY = {"code": "home_delivery", "shopHandling": SHOP, "shopStock": SHOP}
BODY = {
    "shop": SHOP, "language": {"code": "NL"},
    "products": [{"qty": 2, "sku": {"tilroyId": "1001"}, "priceSell": 79.95, "collectMethod": WAY}],
    "orderNumber": "A2K8290LP8", "externalReference": "channable:830011", "tags": ["bol"],
}  # fmt: skip


def test_an_order_is_one_call_that_names_nobody(till: Tilroy, config: dict[str, Any]) -> None:
    outbox = deliver(till, config, order())
    assert (outbox.states, outbox.reasons) == ({"o": "accepted"}, {"o": ""})
    assert went(till) == [("POST", f"{O}/orders", BODY)]
    assert len(till.calls) == 1
    assert (orders(till)[0]["totalAmountInclVAT"], pieces(till)) == (159.9, 3)


def test_language_and_collect_method_are_the_tenant_s(till: Tilroy, config: dict[str, Any]) -> None:
    deliver(till, {**config, "order_language": "FR", "collect_method": "parcel"}, order())
    ((_, _, body),) = went(till)
    assert (body["language"], body["products"][0]["collectMethod"]) == ({"code": "FR"}, WAY | {"code": "parcel"})


def test_the_same_order_twice_in_a_run_is_placed_once(till: Tilroy, config: dict[str, Any]) -> None:
    outbox = deliver(till, config, order(), order("again"))
    assert outbox.reasons == {"o": "", "again": "found in the till"}
    assert (len(orders(till)), pieces(till)) == (1, 3)


def test_two_orders_of_one_marketplace_are_two(till: Tilroy, config: dict[str, Any]) -> None:
    other = order("p", reference="channable:830012", number="A2K8290LP9")
    assert deliver(till, config, order(), other).states == {"o": "accepted", "p": "accepted"}
    assert len(orders(till)) == 2


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"lines": [{"sku": "9", "quantity": 1, "unit_minor": 1}]}, "HTTP 400 BadRequest"),
    ({"lines": [{"sku": "SHOE-77", "quantity": 1, "unit_minor": 1}]},
     "payload.lines.sku: string_pattern_mismatch; see docs/tilroy.md"),
    ({"lines": [{"sku": "1001", "quantity": 0, "unit_minor": 1}]},
     "payload.lines.quantity: greater_than; see docs/tilroy.md"),
    ({"lines": [{"sku": "1001", "quantity": 1, "unit_minor": 1, "title": "x"}]},
     "payload.lines: extra_forbidden; see docs/tilroy.md"),
    ({"lines": []}, "payload.lines: too_short; see docs/tilroy.md"),
    ({"currency": "GBP"}, "payload.currency: not EUR, and an order at Tilroy names none; set currency"),
    ({"reference": ""}, "payload.reference: string_pattern_mismatch; see docs/tilroy.md"),
    ({"total_minor": 79.95}, "payload.total_minor: int_type; see docs/tilroy.md"),
    ({"customer": "els@example.be"}, "payload.customer: extra_forbidden; see docs/tilroy.md"),
    ({"els@example.be": 1}, "payload: extra_forbidden; see docs/tilroy.md"),
    ({"operation": "remove"}, "operation: 'remove' of kind order; see docs/tilroy.md"),
    ({"operation": "change"}, "operation: 'change' of kind order; see docs/tilroy.md"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "reason"), REFUSED, ids=[f"{at}:{why[:40]}" for at, (_, why) in enumerate(REFUSED)])
def test_goes_on_after_an_order_that_is_refused(
    till: Tilroy, config: dict[str, Any], facts: dict[str, Any], reason: str
) -> None:
    outbox = deliver(till, config, order(**facts), movement(5, "last", customer=JAN))
    assert (outbox.final["o"].state, outbox.final["o"].reason) == ("rejected", reason)
    assert (outbox.states["last"], balance(till, JAN), orders(till)) == ("accepted", 35, [])


def test_without_a_shop_it_waits_and_says_which_setting_it_needs(till: Tilroy, config: dict[str, Any]) -> None:
    del config["shop_number"]
    outbox = deliver(till, config, order())
    assert (outbox.states["o"], outbox.reasons["o"]) == ("dropped", "no shop to book on; set shop_number")


@responses.activate
def test_a_404_in_the_vendor_s_words_is_of_that_row(till: Tilroy, config: dict[str, Any]) -> None:
    body = {"code": "NotFound", "message": "Sku 1001 of Els Peeters not found"}
    responses.post(f"{config['api_url']}{O}/orders", status=404, json=body)
    outbox = deliver(till, config, order())
    assert (outbox.states["o"], outbox.reasons["o"]) == ("rejected", "HTTP 404 NotFound")


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 504}, {"status": 408},
                                   {"reset": "after"}, {"reset": "before"}, {"cut_at": 9}])  # fmt: skip
def test_an_answer_that_is_lost_is_unknown_and_not_sent_again(
    till: Tilroy, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    till.faults.add(match="POST", **fault)
    outbox = deliver(till, config, order(), movement(5, "next", JAN))
    assert outbox.states == {"o": "unknown", "next": "accepted"}
    assert len(orders(till)) <= 1
    assert [call.method for call in till.calls].count("POST") <= 2


def test_tries_again_when_throttled(till: Tilroy, config: dict[str, Any]) -> None:
    till.faults.add(match="POST", status=429, times=2)
    assert deliver(till, config, order()).states == {"o": "accepted"}
    assert len(orders(till)) == 1


ANSWERS: list[tuple[Any, str, str]] = [
    ([{"orderNumber": "A2K8290LP8", "externalReference": "channable:830011"}], "accepted", ""),
    ({"orderNumber": "SO1", "externalReference": "channable:830011"}, "accepted", ""),
    ([{"orderNumber": "SO1"}], "accepted", ""),
    ([{"orderNumber": "A2K8290LP8", "externalReference": "NA"}], "accepted", ""),
    ([{"orderNumber": "A2K8290LP8", "externalReference": "channable:1"}], "unknown", "an answer about another order"),
    ([], "unknown", "an answer about another order"),
    (None, "unknown", "orders of another shape"),
    ([{"number": "A2K8290LP8"}], "unknown", "an answer about another order"),
    ("taken", "unknown", "orders of another shape"),
    ({"code": "InternalError", "message": "Els"}, "unknown", "HTTP 201 with an error in it"),
]


@pytest.mark.parametrize(("answer", "state", "reason"), ANSWERS, ids=[f"{at}:{r[1]}" for at, r in enumerate(ANSWERS)])
@responses.activate
def test_an_answer_counts_only_when_it_is_about_the_order(
    till: Tilroy, config: dict[str, Any], answer: Any, state: str, reason: str
) -> None:
    body = "" if answer is None else json.dumps(answer)
    responses.post(f"{config['api_url']}{O}/orders", body=body, status=201, content_type="application/json")
    outcome = deliver(till, config, order()).final["o"]
    assert (outcome.state, outcome.reason) == (state, reason)
