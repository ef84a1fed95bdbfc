"""What the tests of the target share: rows, a delivery against the stand-in, and what reached it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.wire.outbox import Row
from targets.google_analytics.api import Api
from targets.google_analytics.purchases import Purchases
from tests.targets.kept import Kept

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BROWSER = "1187465820.1761823410"
TOLD = {
    "kind": "purchase", "reference": "tilroy:71234", "place": "shop", "at": "2026-11-20T09:12:00.250000Z",
    "currency": "EUR", "total_minor": 14985, "store": "87", "visitor": BROWSER,
    "items": [{"id": "WW5001-M", "quantity": 2, "unit_minor": 4995},
              {"id": "WW5002", "quantity": 1, "unit_minor": 4995}],
}  # fmt: skip


def bought(key: str = "p1", operation: Any = "add", **said: Any) -> Row:
    return Row(key, operation, f"purchase:{key}", {**TOLD, "reference": key, **said})


def carrier(config: Mapping[str, Any], outbox: Kept, **more: Any) -> Purchases:
    return Purchases(Api(config), outbox, clock=lambda: NOON, **more)


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    outbox = outbox or Kept()
    carrier(config, outbox).deliver(rows)
    return outbox


def paths(vendor: GoogleAnalytics) -> list[str]:
    return [call.path for call in vendor.calls]


def bodies(vendor: GoogleAnalytics) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls]


def kept(vendor: GoogleAnalytics) -> list[str]:
    """Return the transactions that were counted."""
    return [each["order"] for each in vendor.collected]
