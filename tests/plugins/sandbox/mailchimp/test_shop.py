"""The stand-in keeps the documented behaviour of e-commerce, and gives nobody consent they did not give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.sandbox.mailchimp.contract import Row
from tests.plugins.sandbox.mailchimp.shop import (
    CARTS,
    COAT,
    CUSTOMER,
    CUSTOMERS,
    ELS_THERE,
    LINE,
    NEW,
    ORDER,
    ORDERS,
    PRODUCTS,
    ROWS,
    SHOP,
    STORE,
    STORES,
    another,
    opened,
    trade,
)
from tests.plugins.sandbox.mailchimp.stage import ELS, JAN, TOM, Caller, Clock, member_path

URL = "https://shop.example/cart/2"


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(row: Row) -> None:
    response = opened().call(row.method, row.path, row.body)
    assert response.status_code == row.status, response.get_data(as_text=True)
    if row.status == 204:
        assert response.data == b""
        return
    assert response.json is not None
    assert {name: response.json.get(name) for name in row.says} == row.says


def test_pages_and_trims_as_everywhere() -> None:
    caller = opened()
    caller.call("POST", PRODUCTS, another({"title": "Hat", "variants": [{"id": "hat", "title": "Hat"}]}))
    page = caller.get(f"{PRODUCTS}?fields=products.id,total_items&count=1&offset=1")
    assert page == {"products": [{"id": "other"}], "total_items": 2}


@pytest.mark.parametrize(("opt_in", "status"), [(False, "transactional"), (True, "subscribed")])
def test_who_is_new_is_entered_as_they_opted(opt_in: bool, status: str) -> None:
    caller = opened()
    caller.call("POST", CUSTOMERS, another(CUSTOMER, email_address=NEW, opt_in_status=opt_in))
    assert caller.member(NEW)["status"] == status


@pytest.mark.parametrize("opt_in", [False, True])
def test_who_is_known_keeps_the_status(opt_in: bool) -> None:
    caller = opened()
    caller.call("POST", CUSTOMERS, another(CUSTOMER, email_address=JAN, opt_in_status=opt_in))
    caller.call("PATCH", ELS_THERE, {"opt_in_status": opt_in})
    assert (caller.member(JAN)["status"], caller.member(ELS)["status"]) == ("unsubscribed", "subscribed")


def test_who_was_erased_cannot_come_back_as_a_customer() -> None:
    caller = opened()
    caller.call("POST", f"{member_path(TOM)}/actions/delete-permanent")
    response = caller.call("POST", CUSTOMERS, another(CUSTOMER, email_address=TOM))
    assert (response.status_code, response.json and response.json["title"]) == (400, "Forgotten Email Not Subscribed")


def test_a_store_goes_with_all_that_is_in_it() -> None:
    caller = opened()
    caller.call("DELETE", STORE)
    assert caller.get("/3.0/ecommerce/orders")["total_items"] == 0
    assert caller.call("GET", ORDER).status_code == 404
    assert caller.call("POST", STORES, SHOP).status_code == 200


def test_a_customer_goes_alone_and_orders_and_carts_must_be_deleted_too() -> None:
    caller = opened()
    caller.call("DELETE", ELS_THERE)
    assert caller.get(CUSTOMERS)["total_items"] == 0
    assert caller.get(ORDER)["customer"]["email_address"] == ELS
    assert caller.vendor.holding(ELS) == {"email": "subscribed", "tags": "vip", "orders": "1", "carts": "1"}


def test_orders_keep_the_lines_of_a_product_that_is_gone() -> None:
    caller = opened()
    caller.call("DELETE", COAT)
    assert [each["product_id"] for each in caller.get(ORDER)["lines"]] == ["coat"]


def test_a_cart_sets_a_mail_off_where_it_can_be_bought_and_the_store_is_not_syncing() -> None:
    caller = opened()
    caller.call("POST", CARTS, trade(id="without address"))
    caller.call("PATCH", STORE, {"is_syncing": True})
    caller.call("POST", CARTS, trade(id="while syncing", checkout_url=URL))
    caller.call("POST", ORDERS, trade(id="old", financial_status="paid"))
    caller.call("PATCH", STORE, {"is_syncing": False})
    caller.call("POST", CARTS, trade(id="c-2", checkout_url=URL))
    caller.call("POST", ORDERS, trade(id="new", financial_status="paid"))
    caller.call("POST", ORDERS, trade(id="without status"))
    assert caller.vendor.triggered == [
        ("abandoned cart", "c-1"),
        ("abandoned cart", "c-2"),
        ("order notification", "new"),
    ]


def test_a_refused_order_leaves_nothing_behind() -> None:
    caller = opened()
    body = trade(customer=another(CUSTOMER, email_address=NEW), lines=[LINE, {**LINE, "id": "2", "product_id": "hat"}])
    assert caller.call("POST", ORDERS, body).status_code == 400
    assert caller.call("GET", member_path(NEW)).status_code == 404
    assert caller.get(CUSTOMERS)["total_items"] == 1


def test_a_restart_keeps_the_store(tmp_path: Path) -> None:
    memory, clock = tmp_path / "mailchimp.jsonl", Clock()
    first = Caller(clock, memory)
    for path, body in ((STORES, SHOP), (CUSTOMERS, CUSTOMER)):
        first.call("POST", path, body)
    assert Caller(clock, memory).get(CUSTOMERS) == first.get(CUSTOMERS)
