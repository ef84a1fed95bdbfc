"""Erasing: the orders lose person and address, then the account goes."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.sandbox.woocommerce import WooCommerce
from plugins.wire.retry import HopelessError
from tests.targets.woocommerce.shop import consent, deliver, erasure, reasons, shop_of, states, writes

PERSON = ("noor", "sanne", "bakker", "kerkstraat", "3511", "@example", "06")


def people(shop: WooCommerce, order: int) -> str:
    """Return all that an order says of a person."""
    row = shop.orders.rows[order]
    return f"{row['billing']} {row['shipping']} {row['customer_note']}".lower()


def test_blanks_the_orders_and_then_deletes_the_account(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.change_order(shop.orders.rows[70], {"customer_note": "Bij Bakker op 14, bel 06-12345678"})
    before = dict(shop.orders.rows[70])
    assert states(deliver(config, erasure("5"))) == {"erase-5": "accepted"}
    assert writes(shop) == [("PUT", "/orders/70"), ("DELETE", "/customers/5")]
    assert 5 not in shop.users.rows
    assert not [word for word in PERSON if word in people(shop, 70)]
    kept = ("number", "status", "total", "total_tax", "line_items", "coupon_lines", "date_paid")
    assert [shop.orders.rows[70][name] for name in kept] == [before[name] for name in kept]


def test_blanks_what_was_thrown_away_too_and_nobody_elses(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.perform("place_order", sku="JAS-1", email="gast@example.nl", customer_id="6", first_name="Gast")
    shop.perform("trash_order", order_id="70")
    deliver(config, erasure("5"))
    assert "sanne" not in people(shop, 70)
    assert "gast" in people(shop, 71)


def test_an_older_shop_is_asked_for_what_was_thrown_away(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.perform("trash_order", order_id="70")
    shop.faults.add(match="GET .*status=any", status=200, body="[]")
    deliver(config, erasure("5"))
    assert "sanne" not in people(shop, 70)


def test_every_page_of_the_orders_is_blanked(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.orders = shop_of(orders=130).orders
    deliver(config, erasure("5"))
    assert len(writes(shop)) == 131
    assert not [order for order in shop.orders.rows if "sanne" in people(shop, order)]


def test_who_is_gone_already_is_gone(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, erasure("5"))
    outbox = deliver(config, erasure("5"), erasure("99"))
    assert states(outbox) == {"erase-5": "accepted", "erase-99": "accepted"}


def test_no_erasure_holds_up_a_withdrawal(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, consent("5", email=False), erasure("5"), consent("6", "remove", email=False))
    assert set(states(outbox).values()) == {"accepted"}
    assert [path for _, path in writes(shop)] == ["/customers/batch", "/orders/70", "/customers/5"]


def test_an_order_that_cannot_be_blanked_keeps_the_account_and_not_the_others(
    shop: WooCommerce, config: dict[str, Any]
) -> None:
    shop.orders = shop_of(orders=3).orders
    refusal = '{"code":"rest_invalid_param","message":"sanne@example.nl"}'
    shop.faults.add(match="PUT .*/orders/71", status=400, body=refusal)
    outbox = deliver(config, erasure("5"))
    assert states(outbox) == {"erase-5": "rejected"}
    assert reasons(outbox) == {"an order keeps its address: rest_invalid_param"}
    assert [order for order in shop.orders.rows if "sanne" in people(shop, order)] == [71]
    assert states(deliver(config, erasure("5"))) == {"erase-5": "accepted"}


def test_an_order_that_is_gone_meanwhile_is_no_obstacle(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="PUT", status=400, body='{"code":"woocommerce_rest_shop_order_invalid_id"}')
    assert states(deliver(config, erasure("5"))) == {"erase-5": "accepted"}


def test_a_shop_that_ignores_the_question_loses_no_address(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="GET", status=200, body='[{"id":70,"customer_id":5},{"id":71,"customer_id":0}]')
    with pytest.raises(HopelessError, match="ignores 'customer'"):
        deliver(config, erasure("5"))
    assert writes(shop) == []


@pytest.mark.parametrize("match", ["PUT", "DELETE"])
def test_an_answer_that_is_lost_is_unknown_and_ends_the_erasure(
    shop: WooCommerce, config: dict[str, Any], match: str
) -> None:
    shop.faults.add(match=match, reset="after")
    outbox = deliver(config, erasure("5"), erasure("6"))
    assert states(outbox) == {"erase-5": "unknown", "erase-6": "accepted"}
    assert (5 in shop.users.rows) == (match == "PUT")


def test_a_look_up_that_fails_deletes_nothing(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="GET", status=503, times=3)
    assert states(deliver(config, erasure("5"))) == {"erase-5": "unknown"}
    assert writes(shop) == []
