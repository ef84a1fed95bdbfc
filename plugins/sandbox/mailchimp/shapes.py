"""What the bodies of e-commerce look like: the fields the vendor names, their types, and what is wrong with a body."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from plugins.sandbox.mailchimp.problems import FieldError, invalid
from plugins.sandbox.mailchimp.queries import moment

TEXT: Final = "string"
NUMBER: Final = "number"
WHOLE: Final = "integer"
FLAG: Final = "boolean"
MOMENT: Final = "moment"
KINDS: Mapping[str, tuple[type, ...]] = {
    TEXT: (str,), NUMBER: (int, float), WHOLE: (int,), FLAG: (bool,), MOMENT: (str,)
}  # fmt: skip
BLANKS: Mapping[str, Any] = {TEXT: "", NUMBER: 0, WHOLE: 0, FLAG: False, MOMENT: ""}
CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST_CUSTOMER_ID = 50

Shape = Mapping[str, Any]
"""Field: its type, the shape of an object, or a list with the shape of its items."""


def _texts(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), TEXT)


PLACE: Shape = _texts("address1 address2 city province province_code postal_code country country_code")
POINT: Shape = {**PLACE, "longitude": NUMBER, "latitude": NUMBER}
ADDRESS: Shape = {**POINT, **_texts("name phone company")}
STORE: Shape = {
    **_texts("id list_id name platform domain email_address currency_code money_format primary_locale timezone phone"),
    "is_syncing": FLAG,
    "address": POINT,
}
VARIANT: Shape = {
    **_texts("id title url sku image_url backorders visibility"),
    "price": NUMBER,
    "inventory_quantity": WHOLE,
}
IMAGE: Shape = {**_texts("id url"), "variant_ids": [TEXT]}
PRODUCT: Shape = {
    **_texts("id title handle url description type vendor image_url"),
    "variants": [VARIANT],
    "images": [IMAGE],
    "published_at_foreign": MOMENT,
}
CUSTOMER: Shape = {
    **_texts("id email_address company first_name last_name"),
    "opt_in_status": FLAG,
    "address": PLACE,
}
CART_LINE: Shape = {**_texts("id product_id product_variant_id"), "quantity": WHOLE, "price": NUMBER}
CART: Shape = {
    **_texts("id campaign_id checkout_url currency_code"),
    "customer": CUSTOMER,
    "order_total": NUMBER,
    "tax_total": NUMBER,
    "lines": [CART_LINE],
}
ORDER_LINE: Shape = {**CART_LINE, "discount": NUMBER}
ORDER: Shape = {
    **_texts("id campaign_id landing_site financial_status fulfillment_status currency_code order_url tracking_code"),
    **_texts("tracking_number tracking_carrier tracking_url"),
    **dict.fromkeys(("order_total", "discount_total", "tax_total", "shipping_total"), NUMBER),
    **dict.fromkeys(("processed_at_foreign", "cancelled_at_foreign", "updated_at_foreign"), MOMENT),
    "customer": CUSTOMER,
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "promos": [{"code": TEXT, "amount_discounted": NUMBER, "type": TEXT}],
    "lines": [ORDER_LINE],
    "outreach": {"id": TEXT},
}


def read(body: Mapping[str, Any], shape: Shape, required: Collection[str] = ()) -> dict[str, Any]:
    """Return what the vendor takes of a body; raises when a field is missing or of another type."""
    if found := [*_missing(body, required, ""), *_errors(body, shape, "")]:
        raise invalid(*found)
    return {name: value for name, value in body.items() if name in shape}


def need(body: Mapping[str, Any], required: Collection[str], where: str) -> None:
    """Refuse an object inside a body that lacks a field."""
    if found := list(_missing(body, required, f"{where}.")):
        raise invalid(*found)


def blank(shape: Shape) -> dict[str, Any]:
    """Return the fields of a shape that were never filled; objects and lists are not shown then."""
    return {name: BLANKS[kind] for name, kind in shape.items() if isinstance(kind, str)}


def _missing(body: Mapping[str, Any], required: Collection[str], where: str) -> Iterator[FieldError]:
    for name in required:
        if body.get(name) in (None, "", []):
            yield FieldError(f"{where}{name}", "This value should not be blank.")


def _errors(body: Mapping[str, Any], shape: Shape, where: str) -> Iterator[FieldError]:
    for name, value in body.items():
        if name in shape:
            yield from _wrong(f"{where}{name}", value, shape[name])
    code = body.get("currency_code")
    if isinstance(code, str) and not CURRENCY.fullmatch(code):
        yield FieldError(f"{where}currency_code", "This value should be a three-letter ISO 4217 code.")


def _wrong(where: str, value: Any, kind: Any) -> Iterator[FieldError]:
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield FieldError(where, "Schema describes array")
            return
        for place, each in enumerate(value):
            yield from _wrong(f"{where}.item:{place}", each, kind[0])
    elif isinstance(kind, Mapping):
        if isinstance(value, dict):
            yield from _errors(value, kind, f"{where}.")
        else:
            yield FieldError(where, "Schema describes object")
    elif not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != FLAG):
        yield FieldError(where, f"Schema describes {TEXT if kind == MOMENT else kind}")
    elif kind == MOMENT and value:
        moment(str(value), where)
