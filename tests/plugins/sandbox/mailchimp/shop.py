"""The documented behaviour of e-commerce, row by row, over a store with one of everything."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.mailchimp.contract import INVALID, UNKNOWN, Row, refused
from tests.plugins.sandbox.mailchimp.stage import ELS, Caller, key_of

NEW = "new@example.com"
STORES = "/3.0/ecommerce/stores"
STORE = f"{STORES}/shop"
PRODUCTS, CUSTOMERS, ORDERS, CARTS = (f"{STORE}/{name}" for name in ("products", "customers", "orders", "carts"))
COAT, ELS_THERE, ORDER, CART = f"{PRODUCTS}/coat", f"{CUSTOMERS}/{key_of(ELS)}", f"{ORDERS}/o-1", f"{CARTS}/c-1"
BAD = refused("Bad Request")

SHOP = {"id": "shop", "list_id": "57afe96172", "name": "Shop", "currency_code": "EUR", "domain": "shop.example"}
VARIANT = {"id": "coat", "title": "Rain coat", "price": 99.95, "inventory_quantity": 3}
PRODUCT = {"id": "coat", "title": "Rain coat", "url": "https://shop.example/coat", "variants": [VARIANT]}
CUSTOMER = {"id": key_of(ELS), "email_address": ELS, "opt_in_status": False}
LINE = {"id": "1", "product_id": "coat", "product_variant_id": "coat", "quantity": 2, "price": 99.95}


def another(body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a body under another id."""
    return {**body, "id": "other", **fields}


def trade(**fields: Any) -> dict[str, Any]:
    """Return an order or a cart of Els."""
    return {
        "id": "other",
        "customer": {"id": key_of(ELS)},
        "currency_code": "EUR",
        "order_total": 199.9,
        "lines": [LINE],
        **fields,
    }


def opened() -> Caller:
    """Return a caller of an account with a store that has one of everything."""
    caller = Caller()
    bodies = (
        (STORES, SHOP),
        (PRODUCTS, PRODUCT),
        (CUSTOMERS, CUSTOMER),
        (ORDERS, trade(id="o-1")),
        (CARTS, trade(id="c-1", checkout_url="https://shop.example/cart/1")),
    )
    for path, body in bodies:
        response = caller.call("POST", path, body)
        assert response.status_code == 200, response.get_data(as_text=True)
    return caller


ROWS = [
    Row("lists stores", "GET", STORES, None, 200, {"total_items": 1}),
    Row("shows a store", "GET", STORE, None, 200, {"id": "shop", "is_syncing": False, "list_id": "57afe96172"}),
    Row("knows no other store", "GET", f"{STORES}/none", None, 404, UNKNOWN),
    Row("makes a store with 200", "POST", STORES, another(SHOP, domain=""), 200, {"id": "other"}),
    Row("makes a store that syncs", "POST", STORES, another(SHOP, domain="", is_syncing=True), 200)._replace(
        says={"is_syncing": True}
    ),
    Row("refuses a store twice", "POST", STORES, SHOP, 400, BAD),
    Row("refuses a domain twice", "POST", STORES, another(SHOP), 400, BAD),
    Row("ties a store to an audience that is there", "POST", STORES, another(SHOP, list_id="0"), 400, INVALID),
    Row("wants a currency", "POST", STORES, another(SHOP, currency_code=""), 400, INVALID),
    Row("wants three letters of a currency", "POST", STORES, another(SHOP, currency_code="euro"), 400, INVALID),
    Row("wants a truth", "POST", STORES, another(SHOP, is_syncing="true"), 400, INVALID),
    Row("changes a store", "PATCH", STORE, {"is_syncing": True, "domain": "shop.example"}, 200, {"is_syncing": True}),
    Row("keeps the audience of a store", "PATCH", STORE, {"list_id": "0"}, 200, {"list_id": "57afe96172"}),
    Row("changes no other store", "PATCH", f"{STORES}/none", {}, 404, UNKNOWN),
    Row("deletes a store with 204", "DELETE", STORE, None, 204),
    Row("lists products", "GET", PRODUCTS, None, 200, {"total_items": 1, "store_id": "shop"}),
    Row("pages products by a thousand", "GET", f"{PRODUCTS}?count=1001", None, 400, INVALID),
    Row("shows a product", "GET", COAT, None, 200, {"title": "Rain coat", "currency_code": "EUR"}),
    Row("makes a product with 200", "POST", PRODUCTS, another(PRODUCT), 200, {"id": "other"}),
    Row("refuses a product twice", "POST", PRODUCTS, PRODUCT, 400, BAD),
    Row("wants a variant", "POST", PRODUCTS, another(PRODUCT, variants=[]), 400, INVALID),
    Row("wants a title of a variant", "POST", PRODUCTS, another(PRODUCT, variants=[{"id": "x"}]), 400, INVALID),
    Row("wants a number as price", "POST", PRODUCTS, another(PRODUCT, variants=[{**VARIANT, "price": "9"}]), 400),
    Row("wants whole pieces", "PATCH", f"{COAT}/variants/coat", {"inventory_quantity": 1.5}, 400, INVALID),
    Row("changes a product", "PATCH", COAT, {"title": "Coat"}, 200, {"title": "Coat", "id": "coat"}),
    Row("changes no other product", "PATCH", f"{PRODUCTS}/none", {"title": "Coat"}, 404, UNKNOWN),
    Row("deletes a product with 204", "DELETE", COAT, None, 204),
    Row("deletes no other product", "DELETE", f"{PRODUCTS}/none", None, 404, UNKNOWN),
    Row("lists variants", "GET", f"{COAT}/variants", None, 200, {"total_items": 1, "product_id": "coat"}),
    Row("shows a variant", "GET", f"{COAT}/variants/coat", None, 200, {"price": 99.95}),
    Row("adds a variant", "POST", f"{COAT}/variants", {"id": "coat-m", "title": "M"}, 200, {"id": "coat-m"}),
    Row("refuses a variant twice", "POST", f"{COAT}/variants", VARIANT, 400, BAD),
    Row("adds a variant by PUT", "PUT", f"{COAT}/variants/coat-m", {"id": "coat-m", "title": "M"}, 200),
    Row("changes a variant by PUT", "PUT", f"{COAT}/variants/coat", {**VARIANT, "price": 5}, 200, {"price": 5}),
    Row("changes a variant", "PATCH", f"{COAT}/variants/coat", {"price": 7.5}, 200, {"title": "Rain coat"}),
    Row("keeps the last variant", "DELETE", f"{COAT}/variants/coat", None, 400, BAD),
    Row("lists customers", "GET", CUSTOMERS, None, 200, {"total_items": 1}),
    Row("finds a customer by address", "GET", f"{CUSTOMERS}?email_address={ELS}", None, 200, {"total_items": 1}),
    Row("finds nobody else", "GET", f"{CUSTOMERS}?email_address={NEW}", None, 200, {"total_items": 0}),
    Row("shows a customer", "GET", ELS_THERE, None, 200, {"orders_count": 1, "total_spent": 199.9}),
    Row("makes a customer", "POST", CUSTOMERS, another(CUSTOMER, email_address=NEW), 200, {"opt_in_status": False}),
    Row("refuses a customer twice", "POST", CUSTOMERS, CUSTOMER, 400, BAD),
    Row("wants a word on consent", "POST", CUSTOMERS, {"id": "x", "email_address": NEW}, 400, INVALID),
    Row("wants fifty characters", "POST", CUSTOMERS, {**CUSTOMER, "id": "x" * 51}, 400, INVALID),
    Row("wants an address", "PUT", ELS_THERE, {"id": key_of(ELS), "opt_in_status": False}, 400, INVALID),
    Row("refuses a fake customer", "POST", CUSTOMERS, another(CUSTOMER, email_address="a@b.invalid"), 400, INVALID),
    Row("changes a customer by PUT", "PUT", ELS_THERE, {**CUSTOMER, "first_name": "Els"}, 200, {"first_name": "Els"}),
    Row("adds a customer by PUT", "PUT", f"{CUSTOMERS}/other", another(CUSTOMER), 200, {"id": "other"}),
    Row("wants consent in PUT", "PUT", ELS_THERE, {"id": key_of(ELS), "email_address": ELS}, 400, INVALID),
    Row("changes a customer", "PATCH", ELS_THERE, {"company": "Peeters"}, 200, {"email_address": ELS}),
    Row("changes no other customer", "PATCH", f"{CUSTOMERS}/none", {}, 404, UNKNOWN),
    Row("deletes a customer with 204", "DELETE", ELS_THERE, None, 204),
    Row("lists orders of the account", "GET", "/3.0/ecommerce/orders", None, 200, {"total_items": 1}),
    Row("lists orders", "GET", ORDERS, None, 200, {"total_items": 1}),
    Row("lists orders of a customer", "GET", f"{ORDERS}?customer_id={key_of(ELS)}", None, 200, {"total_items": 1}),
    Row("lists no orders of others", "GET", f"{ORDERS}?customer_id=none", None, 200, {"total_items": 0}),
    Row("lists orders that a mail led to", "GET", f"{ORDERS}?has_outreach=true", None, 200, {"total_items": 0}),
    Row("shows an order", "GET", ORDER, None, 200, {"order_total": 199.9, "store_id": "shop"}),
    Row("makes an order", "POST", ORDERS, trade(), 200, {"id": "other"}),
    Row("refuses an order twice", "POST", ORDERS, trade(id="o-1"), 400, BAD),
    Row("wants a known product", "POST", ORDERS, trade(lines=[{**LINE, "product_id": "hat"}]), 400, BAD),
    Row("wants a known variant", "POST", ORDERS, trade(lines=[{**LINE, "product_variant_id": "x"}]), 400, BAD),
    Row("wants lines", "POST", ORDERS, trade(lines=[]), 400, INVALID),
    Row("wants a total", "POST", ORDERS, {**trade(), "order_total": None}, 400, INVALID),
    Row("wants whole lines", "POST", ORDERS, trade(lines=[{"id": "1", "product_id": "coat"}]), 400, INVALID),
    Row("wants whole quantities", "POST", ORDERS, trade(lines=[{**LINE, "quantity": 1.5}]), 400, INVALID),
    Row("wants a customer", "POST", ORDERS, trade(customer={}), 400, INVALID),
    Row("wants an address of who is new", "POST", ORDERS, trade(customer={"id": "x"}), 400, INVALID),
    Row("takes who is new", "POST", ORDERS, trade(customer=another(CUSTOMER)), 200, {"id": "other"}),
    Row("wants moments", "POST", ORDERS, trade(processed_at_foreign="yesterday"), 400, INVALID),
    Row("changes an order", "PATCH", ORDER, {"financial_status": "paid"}, 200, {"financial_status": "paid"}),
    Row("deletes an order with 204", "DELETE", ORDER, None, 204),
    Row("lists the lines of an order", "GET", f"{ORDER}/lines", None, 200, {"total_items": 1, "order_id": "o-1"}),
    Row("shows a line of an order", "GET", f"{ORDER}/lines/1", None, 200, {"product_title": "Rain coat"}),
    Row("adds a line to an order", "POST", f"{ORDER}/lines", another(LINE), 200, {"id": "other"}),
    Row("changes a line of an order", "PATCH", f"{ORDER}/lines/1", {"quantity": 3}, 200, {"quantity": 3}),
    Row("keeps the last line", "DELETE", f"{ORDER}/lines/1", None, 400, BAD),
    Row("lists carts", "GET", CARTS, None, 200, {"total_items": 1}),
    Row("shows a cart", "GET", CART, None, 200, {"checkout_url": "https://shop.example/cart/1"}),
    Row("makes a cart", "POST", CARTS, trade(), 200, {"id": "other"}),
    Row("refuses a cart twice", "POST", CARTS, trade(id="c-1"), 400, BAD),
    Row("changes a cart", "PATCH", CART, {"order_total": 5}, 200, {"order_total": 5}),
    Row("deletes a cart with 204", "DELETE", CART, None, 204),
    Row("deletes no other cart", "DELETE", f"{CARTS}/none", None, 404, UNKNOWN),
    Row("lists the lines of a cart", "GET", f"{CART}/lines", None, 200, {"total_items": 1, "cart_id": "c-1"}),
    Row("shows a line of a cart", "GET", f"{CART}/lines/1", None, 200, {"quantity": 2}),
    Row("adds a line to a cart", "POST", f"{CART}/lines", another(LINE), 200, {"id": "other"}),
    Row("changes a line of a cart", "PATCH", f"{CART}/lines/1", {"quantity": 1}, 200, {"quantity": 1}),
    Row("refuses a line twice", "POST", f"{CART}/lines", LINE, 400, BAD),
]
