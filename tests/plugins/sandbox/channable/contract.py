"""The documented behaviour, row by row: what is asked, and what must come back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.plugins.sandbox.channable.stage import (
    BACK,
    GONE,
    OFFERS,
    OLD,
    OLD_ORDERS,
    OPEN,
    ORDERS,
    PROJECT,
    RETURNS,
    SENT,
    STOCK,
)

DONE = {"status": "success"}
ERROR = {"status": "error"}
RESUBMITTED = {**ERROR, "message": "Can not resubmit a sent shipment"}


class Row(NamedTuple):
    """One promise of the vendor's page."""

    promise: str
    method: str
    path: str
    body: Any
    status: int
    says: dict[str, Any] = {}  # noqa: RUF012 - never written to
    """Part of the answer; of a 422 where its first mistake stands, as `loc`."""


def at(*place: str | int) -> dict[str, Any]:
    """Return where the first mistake stands."""
    return {"loc": list(place)}


def stock(*items: Any) -> list[Any]:
    """Return a body of updates."""
    return list(items)


ONE = {"id": "WW1-M", "stock": 4, "title": "Jas", "gtin": "8719990000011"}
SHIPPED, ITSELF = f"{OLD_ORDERS}/{OPEN}/shipment", f"{OLD_ORDERS}/{OPEN}"
PARCEL = {"tracking_code": "3SABC", "transporter": "POSTNL"}

ROWS = [
    Row("counts what is on the page, not what there is", "GET", f"{ORDERS}?limit=2", None, 200, {"total": 2}),
    Row("counts nothing on a page after the last", "GET", f"{ORDERS}?offset=4", None, 200, {"total": 0, "orders": []}),
    Row("gives a hundred orders unless asked for fewer", "GET", ORDERS, None, 200, {"total": 4, "error_count": 0}),
    Row("gives no more than a hundred", "GET", f"{ORDERS}?limit=101", None, 422, at("query", "limit")),
    Row("gives no fewer than one", "GET", f"{ORDERS}?limit=0", None, 422, at("query", "limit")),
    Row("begins at no negative place", "GET", f"{ORDERS}?offset=-1", None, 422, at("query", "offset")),
    Row("wants whole numbers", "GET", f"{ORDERS}?limit=ten", None, 422, at("query", "limit")),
    Row("wants words of its own", "GET", f"{ORDERS}?status=sent", None, 422, at("query", "status", 0)),
    Row("wants a yes or no", "GET", f"{ORDERS}?errors=maybe", None, 422, at("query", "errors")),
    Row("wants something to search for", "GET", f"{ORDERS}?search=", None, 422, at("query", "search")),
    Row("wants dates it can read", "GET", f"{ORDERS}?last_modified_after=yesterday", None, 422),
    Row("wants a project's number", "GET", f"/v2{PROJECT}x/orders", None, 422, at("path", "project_id")),
    Row("wants an order's number", "GET", f"{ORDERS}/first", None, 422, at("path", "order_id")),
    Row("knows no other project", "GET", "/v2/companies/4120/projects/1/orders", None, 404, ERROR),
    Row("lets nobody into another company", "GET", "/v2/companies/1/projects/53000/orders", None, 403, ERROR),
    Row("knows no other order", "GET", f"{ORDERS}/1", None, 404, ERROR),
    Row("knows no other path", "GET", f"/v2{PROJECT}/products", None, 404, ERROR),
    Row("has v2 for reading orders only", "POST", f"{ORDERS}/{OPEN}/shipment", PARCEL, 404, ERROR),
    Row("reads no returns in v2", "GET", f"/v2{PROJECT}/returns", None, 404, ERROR),
    Row("does not take every method", "DELETE", ORDERS, None, 405, ERROR),
    Row("still answers v1", "GET", f"{OLD_ORDERS}?channel=98001", None, 200, {"total": 3}),
    Row("still shows an order in v1", "GET", ITSELF, None, 200),
    Row("ships an order", "POST", SHIPPED, PARCEL, 200, {**DONE, "channable_order_id": OPEN}),
    Row("ships a part", "POST", SHIPPED, {**PARCEL, "order_item_ids": [996]}, 200, DONE),
    Row("ships without a code", "POST", SHIPPED, {}, 200, DONE),
    Row("needs a body to ship", "POST", SHIPPED, None, 422, at("body")),
    Row("ships no items of others", "POST", SHIPPED, {"order_item_ids": [991]}, 400, ERROR),
    Row("ships no empty list", "POST", SHIPPED, {"order_item_ids": []}, 400, ERROR),
    Row(
        "wants item ids as numbers", "POST", SHIPPED, {"order_item_ids": ["996"]}, 422, at("body", "order_item_ids", 0)
    ),
    Row("wants codes as texts", "POST", SHIPPED, {"tracking_code": 3}, 422, at("body", "tracking_code")),
    Row("ships nothing twice", "POST", f"{OLD_ORDERS}/{SENT}/shipment", PARCEL, 409, RESUBMITTED),
    Row("ships nothing that was cancelled", "POST", f"{OLD_ORDERS}/{GONE}/shipment", PARCEL, 409, ERROR),
    Row("ships no order it does not know", "POST", f"{OLD_ORDERS}/1/shipment", PARCEL, 404, ERROR),
    Row("cancels an order without a body", "POST", f"{ITSELF}/cancel", None, 200, DONE),
    Row("cancels a part", "POST", f"{ITSELF}/cancel", {"order_item_ids": [997]}, 200, DONE),
    Row("cancels nothing that was sent", "POST", f"{OLD_ORDERS}/{SENT}/cancel", None, 409, ERROR),
    Row("cancels nothing twice", "POST", f"{OLD_ORDERS}/{GONE}/cancel", None, 409, ERROR),
    Row("cancels no order it does not know", "POST", f"{OLD_ORDERS}/1/cancel", None, 404, ERROR),
    Row("leaves an order to a person", "POST", f"{ITSELF}/manual", None, 200, DONE),
    Row("lists returns", "GET", RETURNS, None, 200, {"total": 1, "error_count": 0}),
    Row("shows a return", "GET", f"{RETURNS}/{BACK}", None, 200),
    Row("knows no other return", "GET", f"{RETURNS}/1", None, 404, ERROR),
    Row("decides about a return", "POST", f"{RETURNS}/{BACK}/status", {"status": "accepted"}, 200, DONE),
    Row("takes no other decision", "POST", f"{RETURNS}/{BACK}/status", {"status": "new"}, 422, at("body", "status")),
    Row("needs a decision", "POST", f"{RETURNS}/{BACK}/status", {}, 422, at("body", "status")),
    Row("takes stock as a bare list", "POST", STOCK, stock(ONE), 200, DONE),
    Row("takes stock under the old name", "POST", OFFERS, stock({**ONE, "price": 79.95}), 200, DONE),
    Row("takes id and stock alone", "POST", STOCK, stock({"id": "WW2", "stock": 0}), 200, DONE),
    Row("takes no list in an object", "POST", STOCK, {"items": [ONE]}, 422, at("body")),
    Row("takes at most fifty", "POST", STOCK, stock(*[ONE] * 51), 422, at("body")),
    Row("wants ids as texts", "POST", STOCK, stock(ONE, {**ONE, "id": 77}), 422, at("body", 1, "id")),
    Row("wants whole pieces", "POST", STOCK, stock({**ONE, "stock": 1.5}), 422, at("body", 0, "stock")),
    Row("needs a number of pieces", "POST", STOCK, stock({"id": "WW2"}), 422, at("body", 0, "stock")),
    Row("takes no empty list", "POST", STOCK, stock(), 400, ERROR),
    Row("refuses a body that is too large", "POST", STOCK, stock({**ONE, "title": "x" * 1_000_000}), 413, ERROR),
    Row("lists what was said of stock", "GET", OFFERS, None, 200, {"total": 0, "offers": []}),
    Row("wiped who bought long ago", "GET", f"{ORDERS}?search={OLD}", None, 200, {"total": 1}),
]
