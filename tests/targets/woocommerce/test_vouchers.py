"""Vouchers as coupons: looked up, made or changed, and never good for more than is left."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from plugins.sandbox.woocommerce import WooCommerce
from tests.targets.woocommerce.shop import bodies, coupon, deliver, reasons, states, voucher, writes


def buy(shop: WooCommerce, code: str = "rtd7k2", email: str = "k0@example.nl") -> str:
    """Let somebody buy a coat with a coupon; return why that is refused, or what was taken off."""
    try:
        shop.perform("place_order", sku="JAS-1", email=email, coupon=code)
    except LookupError as refused:
        return str(refused.__cause__)
    *_, order = shop.orders.rows.values()
    return f"{float(order['discount_total']) + float(order['discount_tax']):.2f}"


def test_makes_a_coupon_of_what_is_left(shop: WooCommerce, config: dict[str, Any]) -> None:
    assert set(states(deliver(config, voucher(open_minor=705))).values()) == {"accepted"}
    assert bodies(shop) == [
        {
            "code": "RTD7K2",
            "discount_type": "fixed_cart",
            "amount": "7.05",
            "usage_limit": 1,
            "individual_use": False,
            "email_restrictions": ["k0@example.nl"],
            "date_expires": "2027-01-31T23:59:59",
            "description": "Gift voucher of 10.00 EUR",
        }
    ]
    assert coupon(shop)["date_expires_gmt"] == "2027-01-31T22:59:59"  # the whole last day, in the shop's zone


def test_a_voucher_for_anybody_without_an_end_says_so(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, voucher(), voucher(operation="change", email=None, ends_on=None, starts_on=None))
    assert (coupon(shop)["email_restrictions"], coupon(shop)["date_expires"]) == ([], None)


def test_changes_the_coupon_with_that_code_in_any_case_of_letters(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.add_coupon({"code": "rtd7k2", "amount": "10", "usage_limit": 5})
    deliver(config, voucher(operation="change", open_minor=300))
    assert (coupon(shop)["amount"], coupon(shop)["usage_limit"]) == ("3.00", 1)
    assert writes(shop) == [("PUT", f"/coupons/{coupon(shop)['id']}")]


def test_a_coupon_that_was_made_meanwhile_is_changed(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.add_coupon({"code": "rtd7k2", "amount": "10"})
    shop.faults.add(match="GET .*code=RTD7K2", status=200, body="[]")
    outbox = deliver(config, voucher(open_minor=300))
    assert set(states(outbox).values()) == {"accepted"}
    assert [method for method, _ in writes(shop)] == ["POST", "PUT"]
    assert coupon(shop)["amount"] == "3.00"


def test_a_code_that_is_taken_and_never_found_is_rejected(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.add_coupon({"code": "rtd7k2", "amount": "10"})
    shop.faults.add(match="GET .*code=RTD7K2", status=200, body="[]", times=2)
    assert reasons(deliver(config, voucher())) == {"woocommerce_rest_coupon_code_already_exists"}


def test_a_voucher_is_good_for_one_order_of_its_owner(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop, email="other@example.nl")
    assert buy(shop) == "10.00"
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop)


def test_what_is_left_does_not_open_a_coupon_that_was_used(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    buy(shop)
    deliver(config, voucher(operation="change", open_minor=300))
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop)


@pytest.mark.parametrize("operation", ["add", "change"])
def test_a_spent_voucher_cannot_be_used(shop: WooCommerce, config: dict[str, Any], operation: str) -> None:
    if operation == "change":
        deliver(config, voucher())
    deliver(config, voucher(operation=operation, open_minor=0, ends_on=None))
    assert coupon(shop)["amount"] == "0.00"
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop)


def test_the_same_voucher_twice_is_one_coupon(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, voucher())
    before = {name: value for name, value in coupon(shop).items() if "modified" not in name}
    assert set(states(deliver(config, voucher())).values()) == {"accepted"}
    assert {name: value for name, value in coupon(shop).items() if "modified" not in name} == before


def test_a_create_that_did_its_work_before_it_failed_is_found(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.add_coupon({"code": "rtd7k2"})
    shop.faults.add(match="GET .*code=RTD7K2", status=200, body="[]")
    shop.faults.add(match="POST", status=502)
    assert set(states(deliver(config, voucher())).values()) == {"accepted"}
    assert len(shop.coupons.rows) == 1


def test_a_voucher_that_starts_later_waits(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, voucher(starts_on="2026-03-02"), voucher("RTDNOW", starts_on="2026-03-01"))
    assert (writes(shop), len(outbox.calls)) == ([("POST", "/coupons")], 1)


def test_a_voucher_begins_with_the_day_of_the_shops(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, voucher(starts_on="2026-03-02"), now=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert writes(shop) == [("POST", "/coupons")]


def test_a_voucher_in_another_currency_is_refused(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, voucher(currency="GBP"), voucher("RTDEUR"))
    assert list(states(outbox).values()) == ["rejected", "accepted"]
    assert [each["code"] for each in shop.coupons.rows.values()] == ["rtdeur"]


@pytest.mark.parametrize("body", ["[]", '{"code":"internal_error","data":{"status":500}}'])
def test_a_currency_that_cannot_be_read_changes_nothing(shop: WooCommerce, config: dict[str, Any], body: str) -> None:
    shop.faults.add(match="GET .*currencies", status=200, body=body)
    outbox = deliver(config, voucher(), voucher("RTDEUR"))
    assert list(states(outbox).values()) == ["unknown", "accepted"]


@pytest.mark.parametrize("body", ['{"id":60}', '[{"id":60,"code":"welkom10"}]', "<html>maintenance", ""])
def test_a_look_up_that_tells_something_else_changes_nothing(
    shop: WooCommerce, config: dict[str, Any], body: str
) -> None:
    shop.faults.add(match="GET .*code=RTD7K2", status=200, body=body)
    outbox = deliver(config, voucher(), voucher("RTDEUR"))
    assert list(states(outbox).values()) == ["unknown", "accepted"]
    assert [json.loads(call.body)["code"] for call in shop.calls if call.method == "POST"] == ["RTDEUR"]


def test_a_look_up_that_fails_leaves_the_others_alone(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="GET .*code=RTD7K2", status=503, times=3)
    outbox = deliver(config, voucher(), voucher("RTDEUR"))
    assert list(states(outbox).values()) == ["unknown", "accepted"]
    assert not [each for each in reasons(outbox) if "RTD7K2" in each]


def test_a_refused_coupon_leaves_the_others_alone(shop: WooCommerce, config: dict[str, Any]) -> None:
    refusal = '{"code":"woocommerce_rest_invalid_email","message":"k0@example.nl is no address"}'
    shop.faults.add(match="POST", status=400, body=refusal)
    outbox = deliver(config, voucher(), voucher("RTDEUR"))
    assert list(states(outbox).values()) == ["rejected", "accepted"]
    assert reasons(outbox) == {"woocommerce_rest_invalid_email", ""}
