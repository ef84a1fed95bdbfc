"""One store of the account: its products, customers, orders and carts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from plugins.sandbox.mailchimp.problems import Refusal, not_found
from plugins.sandbox.mailchimp.queries import stamp
from plugins.sandbox.mailchimp.shapes import CART, CART_LINE, CUSTOMER, ORDER, ORDER_LINE, PRODUCT, VARIANT, blank

Fields = dict[str, Any]
SHAPES = {"carts": CART, "orders": ORDER}
LINES = {"carts": CART_LINE, "orders": ORDER_LINE}
NOUNS = {"carts": "cart", "orders": "order", "products": "product", "customers": "customer", "lines": "line item"}
VARIANTS_SHOWN = 50


@dataclass
class Store:
    """What one store holds, by the ids that its owner gives."""

    fields: Fields
    created_at: datetime
    updated_at: datetime
    products: dict[str, Fields] = field(default_factory=dict)
    customers: dict[str, Fields] = field(default_factory=dict)
    orders: dict[str, Fields] = field(default_factory=dict)
    carts: dict[str, Fields] = field(default_factory=dict)

    @property
    def is_syncing(self) -> bool:
        """Tell whether its automations rest."""
        return bool(self.fields.get("is_syncing"))

    def trades(self, kind: str) -> dict[str, Fields]:
        """Return the orders or the carts."""
        return self.orders if kind == "orders" else self.carts

    def line(self, kind: str, sent: Fields) -> Fields:
        """Return a line as it is kept; its product and variant must be there."""
        product = self.products.get(str(sent.get("product_id")))
        if product is None:
            refuse("A product with the provided ID does not exist in the account for this list.")
        if sent.get("product_variant_id") not in product["variants"]:
            refuse("A product with the provided variant ID does not exist in the account for this list.")
        return {name: sent[name] for name in LINES[kind] if name in sent}

    def show_product(self, product: Fields) -> Fields:
        """Return a product as the API shows it, with fifty of its variants at most."""
        own = {name: value for name, value in product.items() if name not in ("variants", "created_at", "updated_at")}
        variants = [show_variant(each) for each in list(product["variants"].values())[:VARIANTS_SHOWN]]
        code = self.fields["currency_code"]
        return {"currency_code": code, **blank(PRODUCT), **own, "variants": variants, "_links": []}

    def show_customer(self, customer: Fields) -> Fields:
        """Return a customer as the API shows it."""
        theirs = [each for each in self.orders.values() if each["customer"] is customer]
        counts = {"orders_count": len(theirs), "total_spent": sum(each["order_total"] for each in theirs)}
        return {**blank(CUSTOMER), **dated(customer), **counts, "_links": []}

    def show_trade(self, kind: str, trade: Fields) -> Fields:
        """Return an order or a cart as the API shows it."""
        own = {**trade, "customer": self.show_customer(trade["customer"])}
        own["lines"] = [self.show_line(kind, each) for each in trade["lines"].values()]
        if kind == "carts":
            return {**blank(CART), **dated(own), "_links": []}
        told = {name: value for name, value in own.items() if name not in ("created_at", "updated_at")}
        return {**blank(ORDER), **told, "store_id": self.fields["id"], "_links": []}

    def show_line(self, kind: str, line: Fields) -> Fields:
        """Return a line as the API shows it, with the titles of its product as long as that is there."""
        product: Mapping[str, Any] = self.products.get(line["product_id"], {})
        variant = product.get("variants", {}).get(line["product_variant_id"], {})
        titles = {"product_title": product.get("title", ""), "product_variant_title": variant.get("title", "")}
        picture = {"image_url": product.get("image_url", "")} if kind == "orders" else {}
        return {**blank(LINES[kind]), **line, **titles, **picture, "_links": []}


def show_variant(variant: Fields) -> Fields:
    """Return a variant as the API shows it."""
    return {**blank(VARIANT), **dated(variant), "_links": []}


def dated(kept: Fields) -> Fields:
    """Return what is kept of a thing, with its times as the API writes them."""
    return {**kept, "created_at": stamp(kept["created_at"]), "updated_at": stamp(kept["updated_at"])}


def found(things: Mapping[str, Fields], key: str) -> Fields:
    """Return one thing by its id, or refuse with 404."""
    if key not in things:
        raise not_found()
    return things[key]


def free(things: Mapping[str, Any], key: str, noun: str) -> None:
    """Refuse an id that is taken."""
    if key in things:
        refuse(f"A {noun} with the provided ID already exists in the account for this list.")


def refuse(detail: str) -> NoReturn:
    """Refuse what names something that is not there, or is there already."""
    raise Refusal(400, "Bad Request", detail)
