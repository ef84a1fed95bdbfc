"""What the tests of items share: a clock, items, and a delivery against the stand-in's catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from plugins.sandbox.pinterest import Pinterest
from plugins.wire.outbox import Row
from targets.pinterest.api import Api
from targets.pinterest.items import Items, Market
from tests.targets.kept import Kept

NL = ("NL", "nl")
HERE = Market(*NL)
FIELDS = {
    "id": "WW5001-M", "title": "Jas in blauw, maat M", "description": "Warm", "link": "https://www.example.nl/p/1",
    "image_link": "https://www.example.nl/p/1.jpg", "price": "99.95 EUR", "availability": "in stock",
    "condition": "new", "brand": "Ardenna", "gtin": "8712345678906", "color": "blauw", "size": "M",
    "item_group_id": "WW5001", "product_type": "Kleding > Jassen",
}  # fmt: skip


@dataclass
class Clock:
    """A clock that moves when somebody waits."""

    at: datetime = field(default=datetime(2026, 11, 20, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def item(key: str, operation: Any = "add", seq: str = "", **fields: str | None) -> Row:
    said = {name: text for name, text in {**FIELDS, "id": key, **fields}.items() if text is not None}
    payload = {"kind": "item", "id": key, "fields": {} if operation == "remove" else said}
    return Row(f"{key}{seq}", operation, f"item:{key}", payload)


def items(
    config: Mapping[str, Any], clock: Clock, outbox: Kept, market: Market = HERE, **more: Any
) -> Items:  # fmt: skip
    return Items(Api(config), outbox, market=market, now=clock.seconds, sleep=clock.wait, **more)


def deliver(config: Mapping[str, Any], clock: Clock, *rows: Row, outbox: Kept | None = None, **more: Any) -> Kept:
    outbox = outbox or Kept()
    items(config, clock, outbox, **more).deliver(rows)
    return outbox


def carried_out(config: Mapping[str, Any], clock: Clock, *rows: Row, **more: Any) -> Kept:
    outbox = deliver(config, clock, *rows, **more)
    clock.wait(60)
    items(config, clock, outbox).ask()
    return outbox


def held(vendor: Pinterest, key: str) -> dict[str, Any] | None:
    vendor.settle()
    return vendor.items.get((NL, key))


def bodies(vendor: Pinterest) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if call.method == "POST" and "items" in call.path]
