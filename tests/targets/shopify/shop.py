"""A shop for tests of the target: the stage's customers and some more, and the rows a hub would send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from plugins.sandbox.retailer import StorefrontCustomer
from plugins.sandbox.shopify import Shopify
from plugins.wire.outbox import Row
from targets.shopify.api import Api
from targets.shopify.delivery import Delivery
from tests.plugins.sandbox.shopify.stage import START, Clock, retailer
from tests.targets.kept import Kept

AGREED, LEFT, NO_ADDRESS, NEW = "7001", "7002", "7003", "7004"
"""Who said yes to both and ordered; who left; who has a number only; who never said anything or ordered."""
WRITTEN_AT = "2026-11-20T11:00:00Z"


def shop_of(more: int = 0) -> Shopify:
    """Return the stage's shop, with so many more customers from 8000 on."""
    at = START - timedelta(days=9)
    extra = [StorefrontCustomer(8000 + n, at, at, "Bo", f"No{n}", f"bo{n}@example.be") for n in range(more)]
    kept = retailer()
    shop = Shopify(clock=Clock(), retailer=replace(kept, storefront_customers=[*kept.storefront_customers, *extra]))
    shop.bucket.size = 10**7
    return shop


def consent(customer: str, operation: Any = "change", key: str = "", **said: bool | None) -> Row:
    payload = {"kind": "consent", "customer": customer, "consent": said, "at": WRITTEN_AT}
    return Row(key or f"consent-{customer}", operation, customer, payload)


def points(customer: str, value: int | None, tier: str | None = None) -> Row:
    payload = {"kind": "points", "customer": customer, "points": value, "tier": tier}
    return Row(f"points-{customer}", "change", customer, payload)


def voucher(code: str = "RTD7K2", operation: Any = "add", **more: Any) -> Row:
    payload = {
        "kind": "voucher", "code": code, "email": "els@example.be", "type": "giftvoucher", "full_minor": 1000,
        "open_minor": 1000, "currency": "EUR", "starts_on": "2026-02-01", "ends_on": "2027-01-31", **more,
    }  # fmt: skip
    return Row(f"voucher-{code}-{operation}", operation, code, payload)


def offer(operation: Any = "add", **more: Any) -> Row:
    payload = {
        "kind": "offer", "code": "OFFER1", "email": "els@example.be", "percent": None, "minor": 500, "from_minor": None,
        "products": [], "currency": "EUR", "starts_on": "2026-02-01", "ends_on": "2027-01-31", "is_open": True, **more,
    }  # fmt: skip
    return Row(f"offer-{operation}", operation, "offer:7", payload)


def stock(sku: str = "WW1-M", pieces: Any = 7, operation: Any = "change", key: str = "") -> Row:
    payload = {"kind": "stock", "sku": sku, "stock": pieces, "title": "Jas", "gtin": None}
    return Row(key or f"stock-{sku}", operation, f"stock:{sku}", payload)


def price(sku: str = "WW1-M", minor: Any = 7995, operation: Any = "change", key: str = "", **more: Any) -> Row:
    """Return the price of an article on a list; None takes it away."""
    told = {"price_minor": minor, "compare_at_minor": None, "currency": "EUR", **more}
    told = told if operation != "remove" else {key: each for key, each in more.items() if key == "list"}
    payload = {"kind": "price", "list": "Vaste klanten", "sku": sku, **told}
    return Row(key or f"price-{sku}", operation, f"price:{payload['list']}:{sku}", payload)


def erasure(customer: str) -> Row:
    return Row(f"erase-{customer}", "erase", customer, {"kind": "customer", "customer": customer})


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    outbox = outbox or Kept()
    Delivery(Api(config), outbox).deliver(rows)
    return outbox


def customer(shop: Shopify, number: str) -> Any:
    """Return a customer as the stand-in keeps them."""
    return shop.records["Customer", int(number)]


def fields(shop: Shopify, number: str) -> dict[str, str]:
    """Return our metafields of a customer."""
    kept = customer(shop, number).kept
    return {key: each.value for (space, key), each in kept.items() if space == "rotonde"}


def discount(shop: Shopify, code: str = "RTD7K2") -> Any:
    """Return the discount of a code."""
    return shop.codes_in_use[code.lower()]


def pieces(shop: Shopify, sku: str = "WW1-M") -> int:
    """Return how many of an article there are in Ghent."""
    (item,) = (each for each in shop.of_kind("InventoryItem") if each.sku == sku)
    return int(item.levels[92].available)


def prices(shop: Shopify, number: int = 1) -> dict[str, Any]:
    """Return what stands on a price list, by sku: the price, and the one it is compared with."""
    return {
        each["variant"].sku: tuple(each[name] and str(each[name]["amount"]) for name in ("price", "compareAtPrice"))
        for each in shop.records["PriceList", number].fixed.values()
    }


def bodies(shop: Shopify) -> list[dict[str, Any]]:
    """Return the documents that asked for a change, with their variables."""
    asked = [json.loads(call.body) for call in shop.calls if call.method == "POST"]
    return [each for each in asked if each["query"].startswith("mutation")]


def asked(shop: Shopify) -> list[str]:
    """Return the names of the mutations that were sent, document by document."""
    names = (
        "SetQuantities",
        "FixedPricesAdd",
        "FixedPricesDelete",
        "ConsentUpdate",
        "metafieldsSet",
        "BasicCreate",
        "BasicUpdate",
        "Deactivate",
        "customerDelete",
        "Erasure",
    )
    return ["+".join(name for name in names if name in each["query"]) for each in bodies(shop)]
