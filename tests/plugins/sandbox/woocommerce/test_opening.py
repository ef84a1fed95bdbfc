"""What the shop holds when it opens, and what happens at its side."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.retailer import Article
from plugins.sandbox.woocommerce import WooCommerce
from plugins.sandbox.woocommerce.money import split
from plugins.sandbox.woocommerce.opening import web_ids
from tests.plugins.sandbox.woocommerce.retailers import SMALL
from tests.plugins.sandbox.woocommerce.shop import Caller


def with_tax(row: dict[str, Any]) -> Decimal:
    """Return what a line costs, tax included."""
    return Decimal(row["total"]) + Decimal(row["total_tax"])


@pytest.mark.parametrize("percent", [0, 6, 9, 21])
def test_loses_no_cent_when_it_splits_off_tax(percent: int):
    assert all(sum(split(cents, percent)) == cents for cents in range(-2000, 2000))


def test_writes_lines_without_tax_and_totals_with_it():
    order = Caller(SMALL).get("/orders/70")
    assert [with_tax(line) for line in order["line_items"]] == [Decimal("125.91"), Decimal("59.00"), Decimal("2.50")]
    assert order["line_items"][0]["total"] == "104.06"
    assert order["total"] == "192.36"
    assert Decimal(order["discount_total"]) + Decimal(order["discount_tax"]) == Decimal("13.99")
    taxes = sum(Decimal(tax["tax_total"]) + Decimal(tax["shipping_tax_total"]) for tax in order["tax_lines"])
    assert taxes == Decimal(order["total_tax"])


def test_refunds_are_negative_lines_that_name_the_line():
    (refund,) = Caller(SMALL).get("/refunds")
    (line,) = refund["line_items"]
    assert (refund["amount"], refund["parent_id"], line["quantity"]) == ("59.00", 70, -1)
    assert with_tax(line) == Decimal("-59.00")
    assert [(field["key"], field["value"]) for field in line["meta_data"]] == [("_refunded_item_id", "502")]
    assert Caller(SMALL).get("/orders/70")["refunds"] == [{"id": 77, "reason": "te klein", "total": "-59.00"}]


def test_writes_local_time_beside_utc_and_no_offset():
    order = Caller(SMALL).get("/orders/70")
    assert order["date_created"] == "2025-12-02T00:30:00"
    assert order["date_created_gmt"] == "2025-12-01T23:30:00"


def test_knows_a_guest_only_by_the_billing_address():
    order = Caller(SMALL).get("/orders/71")
    assert (order["customer_id"], order["billing"]["email"]) == (0, "gast@example.nl")
    assert "customer" not in order["_links"]


def test_sells_one_sku_as_a_product_and_several_as_variations():
    shop = Caller(SMALL)
    jacket, jumper = shop.get("/products?orderby=id&order=asc")
    assert (jacket["type"], jacket["price"], jacket["regular_price"]) == ("simple", "69.95", "89.95")
    assert (jumper["type"], jumper["sku"], jumper["variations"]) == ("variable", "TRUI", [12, 13])
    small, medium = shop.get("/products/2/variations?orderby=id&order=asc")
    assert (small["stock_quantity"], medium["stock_quantity"]) == (3, 4)  # the webshop's own stock, where it has one
    assert small["attributes"][0]["option"] == "S"
    assert [line["variation_id"] for line in shop.get("/orders/70")["line_items"]] == [0, 13, 0]


def test_gives_variations_numbers_that_no_product_has():
    articles = [Article(sku, str(sku), product, "", "", "", "", 1) for sku, product in ((1, 7), (7, 7), (30, 31))]
    assert web_ids(articles) == {1: 101, 7: 107, 30: 31}
    assert web_ids(articles[2:]) == {30: 31}


def test_plugins_touch_the_customer_they_write_to():
    shop = Caller(SMALL)
    shop.shop.perform("set_meta", customer_id="5", key="newsletter_opt_in", value="no")
    row = shop.get("/customers/5")
    assert row["meta_data"][-1]["value"] == "no"
    assert row["date_modified_gmt"] == "2026-01-15T09:00:00"


def test_people_register_edit_buy_and_get_their_money_back():
    shop = Caller(SMALL)
    shop.shop.perform("register", email="new@example.nl", first_name="Noor", newsletter_opt_in="yes")
    shop.shop.perform("edit_customer", customer_id="7", city="Gent", last_name="Peeters")
    shop.shop.perform("place_order", sku="TRUI-S", email="new@example.nl", customer_id="7", quantity="2")
    number = shop.get("/orders?customer=7")[0]["id"]
    shop.shop.perform("refund_order", order_id=str(number), amount="118.00", reason="toch niet")
    order = shop.get(f"/orders/{number}")
    assert (order["total"], order["status"], order["created_via"]) == ("118.00", "refunded", "checkout")
    assert shop.get("/customers/7")["billing"]["city"] == "Gent"
    assert shop.get("/products/2/variations/12")["stock_quantity"] == 1


def test_refuses_an_act_on_an_unknown_field():
    with pytest.raises(LookupError, match="shoe_size"):
        Caller(SMALL).shop.perform("edit_customer", customer_id="5", shoe_size="41")


def test_refuses_an_act_on_nobody():
    with pytest.raises(LookupError, match="set_meta: 404 wc_user_invalid_id"):
        Caller(SMALL).shop.perform("set_meta", customer_id="999", key="a", value="b")


def test_remembers_after_a_restart(tmp_path: Path):
    first = Caller(SMALL, settings={"memory": tmp_path / "shop.jsonl"})
    first.post("/customers", {"email": "new@example.nl"})
    first.ask("POST", "/customers/6?force=true", headers={"X-HTTP-Method-Override": "DELETE"})
    first.shop.perform("place_order", sku="JAS-1", email="new@example.nl")
    second = Caller(SMALL, settings={"memory": tmp_path / "shop.jsonl"})
    assert second.get("/customers") == first.get("/customers")
    assert second.get("/orders") == first.get("/orders")


def test_forgets_nothing_of_the_retailer_between_two_shops():
    Caller(SMALL).ask("PUT", "/orders/70", {"status": "cancelled"})
    assert Caller(SMALL).get("/orders/70")["status"] == "completed"


def test_keeps_the_clock_of_its_site():
    shop = WooCommerce(retailer=SMALL, site_zone="Europe/London", clock=lambda: datetime(2026, 7, 1, 12, tzinfo=UTC))
    row = {"date_modified": "", "date_modified_gmt": ""}
    shop.touch(row)
    assert row == {"date_modified": "2026-07-01T13:00:00", "date_modified_gmt": "2026-07-01T12:00:00"}
