"""The documented behaviour of the API, one row each: what is asked, what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plugins.sandbox.woocommerce.retailers import SMALL
from tests.plugins.sandbox.woocommerce.shop import Caller

TAKEN = {"email": "SANNE@example.nl"}
CHEAP = {"code": "welkom10", "amount": "5"}
FOREIGN = {
    "billing": {"email": "x@example.nl"},
    "line_items": [{"product_id": 1}],
    "coupon_lines": [{"code": "welkom10"}],
}

REFUSED: list[tuple[str, str, Any, int, str, str]] = [
    # asked with, status, code, words of the message
    ("GET", "/customers?per_page=101", None, 400, "rest_invalid_param", "per_page"),
    ("GET", "/customers?per_page=ten", None, 400, "rest_invalid_param", "per_page"),
    ("GET", "/customers?page=0&orderby=modified", None, 400, "rest_invalid_param", "page, orderby"),
    ("GET", "/customers?role=boss", None, 400, "rest_invalid_param", "role"),
    ("GET", "/customers?email=nobody", None, 400, "rest_invalid_param", "email"),
    ("GET", "/customers/999", None, 404, "wc_user_invalid_id", "Invalid user ID."),
    ("POST", "/customers", {}, 400, "rest_missing_callback_param", "email"),
    ("POST", "/customers", TAKEN, 400, "registration-error-email-exists", "already registered"),
    ("POST", "/customers", {"email": "nope"}, 400, "customer_invalid_email", "Invalid email address"),
    ("POST", "/customers", {"email": "a@b.nl", "first_name": None}, 400, "rest_invalid_param", "first_name"),
    ("POST", "/customers", '{"email":', 400, "rest_invalid_json", "Invalid JSON body passed."),
    ("PUT", "/customers/5", {"billing": "Kerkstraat"}, 400, "rest_invalid_param", "billing"),
    ("PUT", "/customers/5", {"billing": {"email": ""}}, 400, "rest_invalid_param", "billing"),
    ("PUT", "/customers/5", {"billing": {"email": None}}, 400, "rest_invalid_param", "billing"),
    ("PUT", "/customers/6", TAKEN, 400, "registration-error-email-exists", "already registered"),
    ("DELETE", "/customers/5", None, 501, "woocommerce_rest_trash_not_supported", "Customers do not"),
    ("POST", "/customers/batch", {"delete": [5] * 101}, 413, "woocommerce_rest_request_entity_too_large", "100 items"),
    ("DELETE", "/customers/999?force=true", None, 404, "wc_user_invalid_id", "Invalid user ID."),
    ("GET", "/orders?modified_after=gisteren", None, 400, "rest_invalid_param", "modified_after"),
    ("GET", "/orders?modified_after=2026-13-01T00:00:00", None, 400, "rest_invalid_param", "modified_after"),
    ("GET", "/orders?status=on-hand", None, 400, "rest_invalid_param", "status"),
    ("GET", "/orders/999", None, 404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID."),
    ("PUT", "/orders/999", {}, 400, "woocommerce_rest_shop_order_invalid_id", "Invalid ID."),
    ("PUT", "/orders/70", {"billing": {"email": ""}}, 400, "rest_invalid_param", "billing"),
    ("POST", "/orders", {"status": "on-hand"}, 400, "rest_invalid_param", "status"),
    ("POST", "/orders", FOREIGN, 400, "woocommerce_rest_invalid_coupon", "&quot;welkom10&quot;"),
    ("POST", "/orders/70/refunds", {"amount": "9999"}, 500, "woocommerce_rest_cannot_create_order_refund", "amount"),
    ("POST", "/coupons", CHEAP, 400, "woocommerce_rest_coupon_code_already_exists", "already exists"),
    (
        "POST",
        "/orders",
        {**FOREIGN, "coupon_lines": [{"code": "oud"}]},
        400,
        "woocommerce_rest_invalid_coupon",
        "expired",
    ),
    ("PUT", "/products/12", {"stock_quantity": 1}, 404, "woocommerce_rest_invalid_product_id", "variations"),
    ("PUT", "/coupons/999", {}, 400, "woocommerce_rest_shop_coupon_invalid_id", "Invalid ID."),
    ("POST", "/coupons", {"code": "x", "date_expires": "2026-01-31"}, 400, "rest_invalid_param", "date_expires"),
    ("POST", "/coupons", {"code": "x", "discount_type": "half"}, 400, "rest_invalid_param", "discount_type"),
    ("POST", "/products", {"sku": "JAS-1"}, 400, "product_invalid_sku", "duplicated SKU"),
    ("GET", "/products/999", None, 404, "woocommerce_rest_product_invalid_id", "Invalid ID."),
    ("GET", "/nope", None, 404, "rest_no_route", "No route was found"),
    ("DELETE", "/customers", None, 404, "rest_no_route", "No route was found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "words"), REFUSED)
def test_refuses_what_the_shop_refuses(method: str, path: str, body: Any, status: int, code: str, words: str):
    answer = Caller(SMALL).ask(method, path, body)
    refusal = json.loads(answer.data)
    assert (answer.status_code, refusal["code"]) == (status, code)
    assert words in refusal["message"]
    assert refusal["data"] == 500 if status == 500 else refusal["data"]["status"] == status


LISTED: list[tuple[str, list[int]]] = [
    ("/customers?orderby=id", [5, 6]),
    ("/customers", [6, 5]),  # by name
    ("/customers?role=all&orderby=id", [1, 5, 6]),
    ("/customers?email=Sanne@example.nl", [5]),
    ("/customers?modified_after=2030-01-01T00:00:00", [6, 5]),  # ignored in silence
    ("/customers?page=9", []),
    ("/customers?include=6,1", [6]),
    ("/customers?offset=1&orderby=id", [6]),
    ("/orders?orderby=id&order=asc", [70, 71]),
    ("/orders?modified_after=2025-12-01T23:30:00Z", [70]),  # strictly after
    ("/orders?modified_after=2025-12-01T23:29:59Z", [71, 70]),
    ("/orders?modified_after=2025-12-01T23:30:00&dates_are_gmt=true", [70]),
    ("/orders?modified_after=2025-12-02T00:30:00", [70]),  # local time of the shop
    ("/orders?modified_after=2025-12-01T23:30:00", [71, 70]),  # the trap: one hour too early
    ("/orders?modified_after=2025-12-02T00:30:00%2B01:00", [70]),
    ("/orders?status=processing,failed", [71]),
    ("/orders?status[]=processing&status[]=completed&order=asc", [70, 71]),
    ("/orders?customer=0", [71]),
    ("/orders?customer=5&status=trash", []),
    ("/orders?search=sanne", [70]),
    ("/refunds", [77]),
    ("/orders/70/refunds", [77]),
    ("/orders/71/refunds", []),
    ("/products?orderby=id", [2, 1]),
    ("/products?sku=JAS-1", [1]),
    ("/products?sku=TRUI-M", [13]),
    ("/products?status=trash", []),
    ("/products?type=variable", [2]),
    ("/products/2/variations?orderby=id&order=asc", [12, 13]),
    ("/coupons?orderby=id&order=asc", [60, 61]),
    ("/coupons?code=Welkom10", [60]),
]


@pytest.mark.parametrize(("path", "ids"), LISTED)
def test_lists_what_was_asked_for(path: str, ids: list[int]):
    assert [row["id"] for row in Caller(SMALL).get(path)] == ids


def test_tells_the_totals_past_the_last_page_too():
    answer = Caller(SMALL).ask("GET", "/customers?per_page=1&page=50")
    assert json.loads(answer.data) == []
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("2", "2")
    assert answer.headers["Link"].endswith('/customers?per_page=1&page=2>; rel="prev"')


def test_trims_an_answer_to_the_fields_asked_for():
    (row,) = Caller(SMALL).get("/orders?_fields=status,id,billing.email&customer=5")
    assert row == {"id": 70, "status": "completed", "billing": {"email": "sanne@example.nl"}}


def test_goes_on_after_a_failed_item_of_a_batch():
    body = {
        "create": [{"email": "new@example.nl"}, {"email": "sanne@example.nl"}],
        "update": [{"id": 99, "first_name": "x"}, {"id": 6, "first_name": "Anna"}],
        "delete": [5, 98],
    }
    answer = Caller(SMALL).ask("POST", "/customers/batch", body)
    told = json.loads(answer.data)
    assert answer.status_code == 200
    assert [row["id"] for rows in told.values() for row in rows] == [7, 0, 99, 6, 5, 98]
    assert told["create"][1]["error"]["data"] == {"status": 400}
    assert told["update"][0]["error"]["code"] == "wc_user_invalid_id"


def test_merges_plugin_fields_by_key_and_deletes_on_null():
    shop = Caller(SMALL)
    shop.ask("PUT", "/customers/5", {"meta_data": [{"key": "opt", "value": "0"}, {"key": "tier", "value": "gold"}]})
    shop.ask("PUT", "/customers/5", {"meta_data": [{"key": "tier", "value": None}], "billing": {"phone": "0612345678"}})
    row = shop.get("/customers/5")
    assert [(field["key"], field["value"]) for field in row["meta_data"]] == [("opt", "0")]
    assert (row["billing"]["phone"], row["billing"]["city"]) == ("0612345678", "Utrecht")


def test_takes_person_and_address_out_of_an_order_and_keeps_the_rest():
    shop = Caller(SMALL)
    before = shop.get("/orders/70")
    shop.ask("PUT", "/orders/70", {"billing": {"first_name": "", "email": None}, "shipping": {"city": ""}})
    after = shop.get("/orders/70")
    assert (after["billing"]["first_name"], after["billing"]["email"], after["shipping"]["city"]) == ("", "", "")
    assert [after[kept] == before[kept] for kept in ("number", "total", "line_items", "customer_id")] == [True] * 4


def test_refuses_a_coupon_that_was_used_as_often_as_it_may_be():
    shop = Caller(SMALL)
    shop.ask("POST", "/coupons", {"code": "once", "amount": "5", "usage_limit": 1})
    asked = {"line_items": [{"product_id": 1}], "coupon_lines": [{"code": "ONCE"}]}
    assert shop.ask("POST", "/orders", asked).status_code == 201
    assert "Usage limit" in shop.post("/orders", asked)["message"]


def test_keeps_a_trashed_order_in_the_list_and_a_trashed_product_out_of_it():
    shop = Caller(SMALL)
    assert json.loads(shop.ask("DELETE", "/orders/71").data)["status"] == "processing"
    shop.ask("DELETE", "/products/1")
    assert {row["id"]: row["status"] for row in shop.get("/orders")} == {70: "completed", 71: "trash"}
    assert [row["id"] for row in shop.get("/products")] == [2]
    assert [row["id"] for row in shop.get("/products?status=trash")] == [1]


def test_forgets_an_order_that_was_deleted_by_force():
    shop = Caller(SMALL)
    shop.ask("DELETE", "/orders/70?force=true")
    assert shop.ask("GET", "/orders/70").status_code == 404
    assert shop.get("/refunds") == []


def test_leaves_a_draft_behind_when_a_coupon_is_refused():
    shop = Caller(SMALL)
    draft = shop.post("/orders", FOREIGN)["data"]["new_draft_order_id"]
    assert shop.get(f"/orders/{draft}")["status"] == "checkout-draft"


def test_touches_the_order_but_not_the_customer():
    shop = Caller(SMALL)
    before = shop.get("/customers/5")["date_modified_gmt"]
    shop.post("/orders/70/refunds", {"amount": "1.00", "line_items": [{"id": 501, "quantity": 1, "refund_total": 1}]})
    shop.post("/orders", {"customer_id": 5, "line_items": [{"product_id": 1}]})
    assert shop.get("/orders/70")["date_modified_gmt"] == "2026-01-15T09:00:00"
    assert shop.get("/customers/5")["date_modified_gmt"] == before


def test_lowers_the_letters_of_a_coupon():
    made = Caller(SMALL).post("/coupons", {"code": "ZOMER5", "amount": 5})
    assert (made["code"], made["amount"]) == ("zomer5", "5.00")


def test_takes_a_post_for_another_method_where_the_host_blocks_it():
    shop = Caller(SMALL)
    shop.ask("POST", "/customers/5?_method=PUT", {"first_name": "Sanna"})
    shop.ask("POST", "/customers/6?force=true", headers={"X-HTTP-Method-Override": "DELETE"})
    assert [row["first_name"] for row in shop.get("/customers")] == ["Sanna"]


def test_names_the_currency():
    shop = Caller(SMALL)
    assert shop.get("/data/currencies/current")["code"] == "EUR"
    assert shop.get("/settings/general/woocommerce_currency")["value"] == "EUR"
