"""A shop for tests of the target: who has an account, and the rows a hub would send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from plugins.sandbox.retailer import EmptyRetailer, WebAccount
from plugins.sandbox.stand_in import Call
from plugins.sandbox.woocommerce import WooCommerce
from plugins.wire.outbox import Row
from targets.woocommerce.api import Api
from targets.woocommerce.delivery import Delivery
from tests.plugins.sandbox.woocommerce.retailers import ARTICLES, HOME, ORDER
from tests.targets.kept import Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPT_IN = (("newsletter_optin", "no"), ("newsletter_optin_at", "2026-02-01T10:00:00+01:00"))
WRITTEN_AT = "2026-03-01T11:00:00+00:00"


def shop_of(accounts: int = 3, orders: int = 1) -> WooCommerce:
    """Return a shop with accounts 5, 6 and so on; the first one has placed orders 70, 71 and so on."""
    people = [
        WebAccount(5 + n, f"k{n}@example.nl", NOON, NOON, "Noor", "Vos", address=HOME, meta=OPT_IN)
        for n in range(accounts)
    ]
    placed = [replace(ORDER, id=70 + n, refunds=(), coupon_codes=()) for n in range(orders)]
    retailer = EmptyRetailer(NOON, articles=ARTICLES, web_accounts=people, web_orders=placed)
    return WooCommerce(retailer=retailer)


def consent(customer: str, operation: Any = "change", key: str = "", **said: bool | None) -> Row:
    payload = {"kind": "consent", "customer": customer, "consent": said, "at": WRITTEN_AT}
    return Row(key or f"consent-{customer}", operation, customer, payload)


def points(customer: str, value: int | None, tier: str | None = None) -> Row:
    payload = {"kind": "points", "customer": customer, "points": value, "tier": tier}
    return Row(f"points-{customer}", "change", customer, payload)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def voucher(code: str = "RTD7K2", operation: Any = "add", **more: Any) -> Row:
    payload = {
        "kind": "voucher", "code": code, "email": "k0@example.nl", "type": "giftvoucher", "full_minor": 1000,
        "open_minor": 1000, "currency": "EUR", "starts_on": "2026-02-01", "ends_on": "2027-01-31", **more,
    }  # fmt: skip
    return Row(f"voucher-{code}-{operation}", operation, code, payload)


def stock(sku: str = "JAS-1", pieces: Any = 7, operation: Any = "change", key: str = "") -> Row:
    payload = {"kind": "stock", "sku": sku, "stock": pieces, "title": "Regenjas", "gtin": None}
    return Row(key or f"stock-{sku}", operation, f"stock:{sku}", payload)


def erasure(customer: str) -> Row:
    return Row(f"erase-{customer}", "erase", customer, {"kind": "customer", "customer": customer})


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, now: datetime = NOON) -> Kept:
    outbox = outbox or Kept()
    Delivery(Api(config), outbox, clock=lambda: now).deliver(rows)
    return outbox


def states(outbox: Kept) -> dict[str, str]:
    return outbox.states


def reasons(outbox: Kept) -> set[str]:
    return set(outbox.reasons.values())


def fields(shop: WooCommerce, customer: int) -> dict[str, str]:
    """Return the plugin fields of an account."""
    return {each["key"]: each["value"] for each in shop.users.rows[customer]["meta_data"]}


def coupon(shop: WooCommerce, code: str = "rtd7k2") -> dict[str, Any]:
    """Return the one coupon with that code."""
    (row,) = (row for row in shop.coupons.rows.values() if row["code"] == code)
    return row


def writing(shop: WooCommerce) -> list[Call]:
    """Return the calls that asked for a change."""
    return [call for call in shop.calls if call.method != "GET"]


def writes(shop: WooCommerce) -> list[tuple[str, str]]:
    return [(call.method, call.path.removeprefix("/wp-json/wc/v3")) for call in writing(shop)]


def bodies(shop: WooCommerce) -> list[Any]:
    return [json.loads(call.body or b"{}") for call in writing(shop)]
