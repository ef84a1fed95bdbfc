"""Rows about the store, and what they leave in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.mailchimp.store import Store
from plugins.wire.outbox import Row
from plugins.wire.staging import settle
from targets.mailchimp.items import Items
from targets.mailchimp.target import TargetMailchimp
from tests.targets.kept import Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIST = "57afe96172"
SHOP = {"store_id": "shop"}
STORE_PATH = "/3.0/ecommerce/stores/shop"
COAT = {
    "id": "COAT-M",
    "title": "Rain coat, size M",
    "description": "Keeps dry.",
    "link": "https://shop.example/coat",
    "image_link": "https://shop.example/coat.jpg",
    "price": "99.95 EUR",
    "availability": "in_stock",
    "brand": "Ardenna",
}


def item(key: str = "COAT-M", operation: Any = "add", **fields: str) -> Row:
    """Return an item of the range."""
    told = {} if operation == "remove" else {**COAT, "id": key, **fields}
    return Row(f"item {key}", operation, f"item:{key}", {"kind": "item", "id": key, "fields": told})


def line(key: str = "COAT-M", quantity: int = 1) -> dict[str, Any]:
    """Return a line of a purchase or basket."""
    return {"id": key, "quantity": quantity, "unit_minor": 7995}


def purchase(reference: str = "tilroy:71234", email: str = "ann@example.org", **said: Any) -> Row:
    """Return something bought."""
    payload = {
        "kind": "purchase", "reference": reference, "place": "shop", "at": "2026-02-27T09:12:00.000000Z",
        "currency": "EUR", "total_minor": 7995, "store": "87", "email": email, "fields": {}, "items": [line()],
    }  # fmt: skip
    return Row(reference, "add", f"purchase:{reference}", {**payload, **said})


def basket(reference: str = "draft-12", operation: Any = "add", **said: Any) -> Row:
    """Return a basket that waits."""
    payload = {
        "kind": "basket", "reference": reference, "at": "2026-02-27T09:12:00.000000Z", "currency": "EUR",
        "total_minor": 7995, "email": "ann@example.org", "url": "https://shop.example/cart/12", "items": [line()],
    }  # fmt: skip
    gone = {"kind": "basket", "reference": reference}
    return Row(reference, operation, f"basket:{reference}", gone if operation == "remove" else {**payload, **said})


def send(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    """Let the target deliver rows to the store; its automations are woken as at the end of a run."""
    outbox = outbox or Kept()
    target = TargetMailchimp(config={**SHOP, **config})
    carrier = target.carrier(outbox, lambda: None)
    carrier.deliver(rows)
    items = carrier.carriers["item"]
    assert isinstance(items, Items)
    settle(outbox, items.became, items.count, sleep=lambda _: None)
    target.settle()
    return outbox


def shop(vendor: Mailchimp) -> Store:
    """Return the store."""
    return vendor.stores["shop"]


def writes(vendor: Mailchimp) -> list[str]:
    """Return the calls that wrote, without where the store is."""
    return [f"{call.method} {call.path.removeprefix(STORE_PATH)}" for call in vendor.calls if call.method != "GET"]
