"""The code of an offer becomes a coupon that takes off what was promised, from whom it was promised to, once."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.sandbox.woocommerce import WooCommerce
from plugins.wire.outbox import Row
from targets.woocommerce.payloads import meant
from tests.targets.woocommerce.shop import bodies, coupon, deliver, reasons, states
from tests.targets.woocommerce.test_vouchers import buy

COAT = "JAS-1"


def offer(operation: Any = "add", **more: Any) -> Row:
    payload = {
        "kind": "offer", "code": "RTD7K2", "email": "k0@example.nl", "percent": None, "minor": 500, "from_minor": None,
        "products": [], "currency": "EUR", "starts_on": "2026-02-01", "ends_on": "2027-01-31", "is_open": True, **more,
    }  # fmt: skip
    return Row(f"offer-{operation}", operation, "offer:7", payload)


def coat(shop: WooCommerce) -> str:
    """Return the number of the coat."""
    return next(str(key) for key, row in shop.products.rows.items() if row["sku"] == COAT)


def test_makes_a_coupon_of_an_amount(shop: WooCommerce, config: dict[str, Any]) -> None:
    assert set(states(deliver(config, offer())).values()) == {"accepted"}
    assert bodies(shop) == [
        {
            "code": "RTD7K2",
            "discount_type": "fixed_cart",
            "amount": "5.00",
            "usage_limit": 1,
            "individual_use": False,
            "product_ids": [],
            "minimum_amount": "0.00",
            "email_restrictions": ["k0@example.nl"],
            "date_expires": "2027-01-31T23:59:59",
            "description": "Offer",
        }
    ]
    assert buy(shop) == "5.00"
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop)


def test_a_percentage_is_taken_off_what_it_is_for(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, offer(percent=10, minor=None, products=[coat(shop)]))
    full = buy(shop, code="")
    assert full == "0.00"
    *_, order = shop.orders.rows.values()
    total = float(order["line_items"][0]["total"]) + float(order["line_items"][0]["total_tax"])
    assert buy(shop) == f"{total / 10:.2f}"


@pytest.mark.parametrize(
    "more", [{"products": ["9999"]}, {"from_minor": 1_000_000}], ids=["another product", "too little"]
)
def test_a_code_is_not_taken_where_it_does_not_count(shop: WooCommerce, config: dict[str, Any], more: Any) -> None:
    assert set(states(deliver(config, offer(**more))).values()) == {"accepted"}
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop)


def test_what_is_over_takes_nothing_off_and_names_nobody(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, offer())
    deliver(config, offer(operation="change", is_open=False, email=None))
    found = coupon(shop)
    assert (found["amount"], found["email_restrictions"]) == ("0.00", [])
    assert "400 woocommerce_rest_invalid_coupon" in buy(shop)


def test_an_offer_in_another_currency_is_refused(shop: WooCommerce, config: dict[str, Any]) -> None:
    assert reasons(deliver(config, offer(currency="GBP"))) == {"not the currency of the shop"}


@pytest.mark.parametrize(
    "more", [{"percent": 10}, {"minor": None}, {"percent": 0, "minor": None}, {"products": ["x"]}, {"ends_on": None},
             {"minor": -1}, {"is_open": "yes"}, {"code": ""}],
    ids=str,
)  # fmt: skip
def test_what_is_no_offer_is_not_sent(more: Any) -> None:
    assert meant(offer(**more)) is None
