"""Rows of every kind, what carries them, and what went over the wire."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plugins.sandbox.meta import Meta
from plugins.wire.outbox import Row
from plugins.wire.staging import settle
from targets.meta.api import Api
from targets.meta.items import Items
from targets.meta.purchases import Purchases
from tests.targets.kept import Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = {
    "title": "Trui blauw", "description": "Warm", "availability": "in stock", "condition": "new", "brand": "Merk",
    "price": "49.95 EUR", "link": "https://shop.example/p/1", "image_link": "https://shop.example/i/1.jpg",
}  # fmt: skip
LINES = ({"id": "WW5001-M", "quantity": 2, "unit_minor": 3000}, {"id": "WW5002", "quantity": 1, "unit_minor": 1995})


def sha(text: str) -> str:
    """Return what is sent instead of a value."""
    return hashlib.sha256(text.encode()).hexdigest()


def item(key: str, operation: Any = "add", name: str = "", **fields: str) -> Row:
    """Return a row about an item; `name` is the row's key, by default the item's."""
    told = {} if operation == "remove" else {**FIELDS, **fields}
    return Row(name or key, operation, f"item:{key}", {"kind": "item", "id": key, "fields": told})


def purchase(key: str, *, age: timedelta = timedelta(hours=3), **payload: Any) -> Row:
    """Return a row about a purchase in a shop, made a while ago."""
    at = (datetime.now(UTC) - age).isoformat().replace("+00:00", "Z")
    told = {
        "kind": "purchase", "reference": f"till:{key}", "place": "shop", "at": at, "currency": "EUR",
        "total_minor": 7995, "store": "87", "email": f"{key}@example.org", "fields": {}, "items": list(LINES),
    }  # fmt: skip
    return Row(key, "add", f"purchase:till:{key}", {**told, **payload})


@dataclass
class Bringing:
    """A run that brings items, and asks what became of them."""

    items: Items
    outbox: Kept

    def settle(self) -> Kept:
        """Ask what became of batches."""
        settle(self.outbox, self.items.became, self.items.count, sleep=lambda _seconds: None)
        return self.outbox


def bring(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, **options: Any) -> Bringing:
    """Bring items to the catalogue; nothing is asked yet."""
    outbox = outbox or Kept()
    items = Items(Api(config), outbox, catalog_id=str(config.get("catalog_id") or ""), **options)
    items.deliver(rows)
    return Bringing(items, outbox)


def tell(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, **options: Any) -> Kept:
    """Tell the dataset of purchases."""
    outbox = outbox or Kept()
    Purchases(Api(config), outbox, dataset_id=str(config.get("dataset_id") or ""), **options).deliver(rows)
    return outbox


def sent(vendor: Meta, edge: str) -> Sequence[Any]:
    """Return the bodies that were posted to an edge."""
    return [json.loads(call.body) for call in vendor.calls if call.method == "POST" and call.path.endswith(f"/{edge}")]


def asked(vendor: Meta, part: str) -> int:
    """Return how often something was read whose path or query has a text in it."""
    return sum(call.method == "GET" and part in f"{call.path}?{call.query}" for call in vendor.calls)
