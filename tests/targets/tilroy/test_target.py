"""What goes over the wire to Tilroy, and what becomes of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import requests
import responses

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Build, Fixed, Row
from targets.tilroy.api import Api
from targets.tilroy.delivery import Delivery
from targets.tilroy.terms import Terms
from tests.plugins.sandbox.tilroy.shop_floor import ask
from tests.targets.tilroy.till import (
    ELS,
    Kept,
    consent,
    deliver,
    erasure,
    movement,
    notifications,
    voucher,
    vouchers,
    went,
)  # fmt: skip

C, V = "/customerapi/production", "/voucherapi/production"
SHOP = {"number": 101}
VOUCHER = {
    "barcode": "RTD0001", "webcode": "", "options": {"generateWebcode": True}, "type": "giftvoucher",
    "amounts": {"full": 10.0, "open": 7.5, "used": 2.5}, "startDate": "2026-03-10", "endDate": "2027-03-10",
    "shop": SHOP, "status": "sold", "customer": {"tilroyId": ELS},
}  # fmt: skip
POINTS_PATH = f"{V}/loyalty/points"
POINTS = {"customer": {"tilroyId": ELS}, "shop": SHOP, "points": 25, "amount": 0.25}
DATES = {"date": "2026-03-10T12:00:00.000Z", "dateExpired": "2027-03-10T12:00:00.000Z", "sourceId": "burn:7"}
WIRE: list[tuple[Row, list[tuple[str, str, Any]]]] = [
    (consent(email=True), [("POST", f"{C}/subscriptions?tilroyId={ELS}", None)]),
    (consent(email=False), [("DELETE", f"{C}/subscriptions?tilroyId={ELS}", None)]),
    (consent(sms=True), [("PUT", f"{C}/customers/{ELS}", {"notifications": {"sms": True}})]),
    (consent(post=True), [("PUT", f"{C}/customers/{ELS}", {"notifications": {"mail": True}})]),
    (consent(operation="remove", email=False, sms=False, post=False),
     [("DELETE", f"{C}/subscriptions?tilroyId={ELS}", None),
      ("PUT", f"{C}/customers/{ELS}", {"notifications": {"newsletter": False, "sms": False, "mail": False}})]),
    (voucher(open_minor=750), [("POST", f"{V}/v2/vouchers", VOUCHER)]),
    (voucher(operation="change", open_minor=750), [("POST", f"{V}/v2/vouchers", VOUCHER)]),
    (voucher(open_minor=750, ends_on=None), [("POST", f"{V}/v2/vouchers", VOUCHER | {"endDate": "2099-12-31"})]),
    (voucher(open_minor=750, customer=None),
     [("POST", f"{V}/v2/vouchers", {key: value for key, value in VOUCHER.items() if key != "customer"})]),
    (movement(25), [("POST", POINTS_PATH, POINTS | DATES)]),
    (movement(-25), [("POST", f"{V}/loyalty/redeem", POINTS)]),
    (erasure(), [("DELETE", f"{C}/customers/{ELS}", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("row", "calls"), WIRE, ids=[f"{at}:{row.key}" for at, (row, _) in enumerate(WIRE)])
def test_each_decision_takes_exactly_these_calls(till: Tilroy, config: dict[str, Any], row: Row, calls: Any):
    outbox = deliver(till, config, row)
    assert outbox.states == {row.key: "accepted"}
    assert went(till) == calls
    assert [each.body for each in till.calls] == [fixed.call.body for fixed in outbox.calls if fixed.call]


def test_each_channel_is_the_flag_of_its_own_and_the_others_stay(till: Tilroy, config: dict[str, Any]):
    before = notifications(till)
    deliver(till, config, consent(email=False, sms=True))
    assert notifications(till) == before | {"newsletter": False, "sms": True}
    deliver(till, config, consent(post=True))
    assert notifications(till) == before | {"newsletter": False, "sms": True, "mail": True}


@pytest.mark.parametrize(
    ("path", "is_shown"),
    [
        (f"{C}/customers/{ELS}", True),
        (f"{C}/subscriptions", False),
        (f"{V}/v2/vouchers", False),
        (POINTS_PATH, False),
        ("/orderapi/production/orders", False),
    ],
)
def test_the_bearer_goes_only_where_personal_data_is(config: dict[str, Any], path: str, is_shown: bool):
    api = Api(config)
    ready = api.session.prepare_request(requests.Request("POST", f"{api.url}{path}"))
    assert (ready.headers["Tilroy-Api-Key"], "Authorization" in ready.headers) == (config["tenant_key"], is_shown)


def held(till: Tilroy) -> Any:
    """Give what the till holds of Els; a generated webcode may change, and says nothing."""
    customers = [each["notifications"] for each in ask(till, f"{C}/customers?card=2055500001").body]
    return customers, [{**each, "webcode": ""} for each in vouchers(till)]


@pytest.mark.parametrize("row", [consent(email=False, sms=True), voucher(), erasure()], ids=["consent", "voucher", "e"])
def test_what_is_set_twice_is_set_once(till: Tilroy, config: dict[str, Any], row: Row):
    deliver(till, config, row)
    once = held(till)
    assert deliver(till, config, row).states == {row.key: "accepted"}
    assert held(till) == once


def test_who_is_withheld_by_the_outbox_is_not_sent(till: Tilroy, config: dict[str, Any]):
    outbox = deliver(till, config, consent("a", email=False), movement(5), outbox=Kept(withheld=["a"]))
    assert outbox.states == {"m": "accepted"}
    assert [path for _, path, _ in went(till)] == [POINTS_PATH]


class Halfway(Kept):
    """An outbox that lets nobody go a second time."""

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        fixed = super().fix(rows, build)
        self.withheld = [*self.withheld, *(row.key for row in rows)]
        return fixed


def test_who_is_withheld_halfway_is_unknown(till: Tilroy, config: dict[str, Any]):
    delivery = Delivery(Api(config), Halfway(), Terms.of(config))
    delivery.deliver([consent(email=True, sms=True)])
    assert (delivery.counts, [method for method, _, _ in went(till)]) == ({"unknown": 1}, ["POST"])


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}])
def test_what_is_set_is_tried_again(till: Tilroy, config: dict[str, Any], fault: dict[str, Any]):
    till.faults.add(times=2, **fault)
    assert deliver(till, config, voucher()).states == {"v": "accepted"}


def test_a_lost_answer_is_unknown_and_the_rest_goes_on(till: Tilroy, config: dict[str, Any]):
    till.faults.add(match="DELETE .*subscriptions", reset="after")
    outbox = deliver(till, config, consent(email=False, sms=True), voucher())
    assert outbox.states == {"c": "unknown", "v": "accepted"}
    assert (notifications(till)["newsletter"], notifications(till)["sms"]) == (False, False)


@responses.activate
def test_an_error_with_status_200_is_no_success(till: Tilroy, config: dict[str, Any]):
    responses.post(f"{config['api_url']}{V}/v2/vouchers", json={"code": "InternalError", "message": "Els Peeters"})
    outbox = deliver(till, config, voucher())
    assert (outbox.states, outbox.reasons["v"]) == ({"v": "unknown"}, "HTTP 200 with an error in it")


@responses.activate
def test_a_set_that_is_answered_with_a_word_is_done(till: Tilroy, config: dict[str, Any]):
    responses.post(f"{config['api_url']}{C}/subscriptions", body="Created", status=201)
    assert deliver(till, config, consent(email=True)).states == {"c": "accepted"}
