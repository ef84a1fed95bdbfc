"""An order whose answer was lost: found by its reference, placed after all, or left to a person; never twice."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Row
from tests.plugins.sandbox.tilroy.shop_floor import Clock
from tests.targets.tilroy.till import deliver, order, orders, pieces, went

O = "/orderapi/production"  # noqa: E741 - as the other services are named here
SENT_AT = "2026-03-10T12:00:00+00:00"
IN_SHOP = f"{O}/v2/orders?shopNumber=101&orderNumber=A2K8290LP8"
EXPORTED = f"{O}/export/orders?dateExportedSince=2026-03-10T11:50:00.000Z"


def again(key: str = "again", **facts: Any) -> Row:
    """The same order once more, after an answer was lost."""
    return order(key, since=SENT_AT, **facts)


def asked(till: Tilroy) -> list[str]:
    """Give what was asked of the order service, in its order."""
    return [f"{each.method} {each.path}?{each.query}".rstrip("?") for each in till.calls if O in each.path]


@pytest.mark.parametrize("fault", [{"reset": "after"}, {"reset": "after", "status": 500}], ids=str)
def test_what_did_happen_is_found_and_not_sent(till: Tilroy, config: dict[str, Any], fault: dict[str, Any]) -> None:
    till.faults.add(match="POST", **fault)
    assert deliver(till, config, order()).states == {"o": "unknown"}
    assert isinstance(till.clock, Clock)
    till.clock.pass_by(3600)
    outbox = deliver(till, config, again())
    assert (outbox.states["again"], outbox.reasons["again"]) == ("accepted", "found in the till")
    assert (len(orders(till)), len(went(till)), pieces(till)) == (1, 1, 3)
    assert all(fixed.call and fixed.call.method == "GET" for fixed in outbox.calls)


def test_what_did_not_happen_is_sent_after_both_lists_were_read_to_their_end(
    till: Tilroy, config: dict[str, Any]
) -> None:
    till.faults.add(match="POST", status=500)
    deliver(till, config, order())
    assert deliver(till, config, again()).reasons == {"again": ""}
    assert len(orders(till)) == 1
    assert asked(till) == [
        f"GET {IN_SHOP}&page=1&count=100",
        f"GET {EXPORTED}&page=1&count=100",
        f"POST {O}/orders",
    ]


@pytest.mark.parametrize("act", ["dispatch_order", "cancel_order"])
def test_what_was_sent_or_cancelled_since_is_there_too(till: Tilroy, config: dict[str, Any], act: str) -> None:
    deliver(till, config, order())
    till.perform(act, number="A2K8290LP8")
    assert deliver(till, config, again()).reasons == {"again": "found in the till"}
    assert len(orders(till)) == 1


def test_it_is_found_after_the_shop_that_takes_orders_was_changed(till: Tilroy, config: dict[str, Any]) -> None:
    deliver(till, config, order())
    assert deliver(till, {**config, "shop_number": 900}, again()).reasons == {"again": "found in the till"}


@responses.activate
def test_it_is_found_where_the_till_gave_it_another_number(till: Tilroy, config: dict[str, Any]) -> None:
    responses.get(f"{config['api_url']}{O}/v2/orders", json=[])
    told = [{"orderNumber": "SO1", "externalReference": "channable:830011"}]
    responses.get(f"{config['api_url']}{O}/export/orders", json=told)
    assert deliver(till, config, again()).reasons == {"again": "found in the till"}


@responses.activate
def test_it_is_found_before_the_till_has_exported_it(till: Tilroy, config: dict[str, Any]) -> None:
    told = [{"orderNumber": "A2K8290LP8", "externalReference": "channable:830011"}]
    responses.get(f"{config['api_url']}{O}/v2/orders", json=told)
    assert deliver(till, config, again()).reasons == {"again": "found in the till"}
    assert len(responses.calls) == 1


def test_an_export_of_many_pages_is_read_to_its_end(till: Tilroy, config: dict[str, Any]) -> None:
    others = [order(f"o{at}", reference=f"channable:{at}", number=f"N{at}") for at in range(101)]
    deliver(till, config, *others, order("last", number="unlike"))
    before = len(till.calls)
    assert deliver(till, config, again()).reasons == {"again": "found in the till"}
    pages = [call.query.partition("page=")[2] for call in till.calls[before:]]
    assert pages == ["1&count=100", "1&count=100", "2&count=100"]


@responses.activate
def test_a_server_that_always_gives_the_first_page_does_not_keep_it_asking(
    till: Tilroy, config: dict[str, Any]
) -> None:
    for path in ("v2/orders", "export/orders"):
        other = [{"orderNumber": "N1", "externalReference": "channable:1"}]
        responses.get(f"{config['api_url']}{O}/{path}", json=other)
    made = [{"orderNumber": "A2K8290LP8", "externalReference": "channable:830011"}]
    responses.post(f"{config['api_url']}{O}/orders", json=made, status=201)
    assert deliver(till, config, again()).states == {"again": "accepted"}
    assert [call.request.method for call in responses.calls] == ["GET"] * 4 + ["POST"]


@pytest.mark.parametrize("reference", [None, "", "NA"])
@responses.activate
def test_an_order_of_that_number_without_a_reference_is_left_to_a_person(
    till: Tilroy, config: dict[str, Any], reference: str | None
) -> None:
    responses.get(f"{config['api_url']}{O}/v2/orders", json=[])
    typed = [{"orderNumber": "A2K8290LP8", "externalReference": reference}]
    responses.get(f"{config['api_url']}{O}/export/orders", json=typed)
    outcome = deliver(till, config, again()).final["again"]
    reason = "an order of this number has no reference: a person must look"
    assert (outcome.state, outcome.reason) == ("unknown", reason)


def test_another_system_s_order_of_that_number_is_another_order(till: Tilroy, config: dict[str, Any]) -> None:
    deliver(till, config, order(reference="other:1"))
    assert deliver(till, config, again()).reasons == {"again": ""}
    assert len(orders(till)) == 2


BROKEN = [{"status": 503, "times": 3}, {"reset": "before"}, {"status": 400}, {"cut_at": 1},
          {"status": 200, "body": '{"code": "InternalError", "message": ""}'}, {"status": 200, "body": "<html>"},
          {"status": 200, "body": "[3]"}, {"status": 404, "body": '{"code": "NotFound", "message": ""}'}]  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN, ids=str)
@pytest.mark.parametrize("path", ["v2", "export"])
def test_nothing_is_sent_when_the_look_up_fails(
    till: Tilroy, config: dict[str, Any], path: str, fault: dict[str, Any]
) -> None:
    till.faults.add(match=f"GET .*/{path}/orders", **fault)
    assert deliver(till, config, again()).states == {"again": "unknown"}
    assert went(till) == []


def test_what_may_have_happened_is_never_called_rejected(till: Tilroy, config: dict[str, Any]) -> None:
    rows = again("unreadable", lines=[]), again("foreign", currency="GBP")
    assert deliver(till, config, *rows).states == {"unreadable": "unknown", "foreign": "unknown"}


FAULTS: list[dict[str, Any]] = [
    {}, {"status": 500}, {"status": 504}, {"status": 429, "times": 3}, {"reset": "before"}, {"reset": "after"},
    {"cut_at": 5}, {"status": 500, "reset": "after"}, {"status": 504, "reset": "after"},
]  # fmt: skip
Fault = dict[str, Any]
Story = list[tuple[Fault, Fault]]
"""What goes wrong in each run: with the calls that write, and with those that read."""


def standing(till: Tilroy, reference: str) -> int:
    return len([each for each in orders(till) if each["externalReference"] == reference])


def settle(till: Tilroy, config: dict[str, Any], story: Story) -> None:
    """Send an order as often as the journal would, whatever goes wrong; then without faults, to the end."""
    reference = f"channable:{len(till.calls)}"
    facts = {"reference": reference, "number": reference.upper()}
    row = order(**facts)
    for post, get in [*story, ({}, {})]:
        till.faults.clear()
        for method, fault in (("POST", post), ("GET", get)):
            if fault:
                till.faults.add(match=method, **fault)
        state = deliver(till, config, row).states[row.key]
        assert standing(till, reference) <= 1
        if state == "accepted":
            break
        assert state == "unknown"
        row = again(**facts)
    assert (state, standing(till, reference)) == ("accepted", 1)


@pytest.mark.parametrize("first", FAULTS, ids=str)
def test_d2_whatever_of_two_calls_goes_wrong_one_order_stands_in_the_till(
    till: Tilroy, config: dict[str, Any], first: Fault
) -> None:
    for second, look_up in product(FAULTS, FAULTS):
        settle(till, config, [(first, {}), (second, look_up)])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(st.tuples(st.sampled_from(FAULTS), st.sampled_from(FAULTS)), max_size=5))
def test_d2_no_schedule_of_faults_places_an_order_twice(till: Tilroy, config: dict[str, Any], story: Story) -> None:
    settle(till, config, story)
