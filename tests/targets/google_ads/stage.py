"""What the tests of purchases share: rows, a delivery, whole runs of the target, and what counts afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from plugins.sandbox.google_ads import GoogleAds
from plugins.wire.outbox import PlainOutbox, Row
from targets.google_ads.api import Api
from targets.google_ads.purchases import Conversions, Purchases
from targets.google_ads.target import TargetGoogleAds
from tests.targets.kept import Kept

PAYLOAD: dict[str, Any] = {
    "kind": "purchase", "reference": "tilroy:71234", "place": "shop", "at": "2026-03-01T09:12:00.000000Z",
    "currency": "EUR", "total_minor": 7995, "store": "87", "email": "A.nn+club@gmail.com",
    "fields": {"phone": "+31612345678", "first_name": "Ann"},
    "items": [{"id": "WW5001-M", "quantity": 1, "unit_minor": 7995}],
}  # fmt: skip
WEB = {"place": "web", "store": None}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def bought(reference: str = "tilroy:71234", operation: Any = "add", **more: Any) -> Row:
    return Row(reference, operation, f"purchase:{reference}", {**PAYLOAD, "reference": reference, **more})


def carrier(config: Mapping[str, Any], outbox: Kept, **more: Any) -> Purchases:
    return Purchases(Api(config), outbox, into=Conversions.of(config), **more)


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, **more: Any) -> Kept:
    kept = outbox or Kept()
    carrier(config, kept, **more).deliver(rows)
    return kept


def requests(vendor: GoogleAds) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if call.path == "/v1/events:ingest"]


def counted(vendor: GoogleAds) -> set[tuple[str, str]]:
    """Return the purchases that count, by conversion action and transaction."""
    return set(vendor.transactions)


class Run:
    """One run of the target in this process, over an outbox that outlives it."""

    def __init__(self, config: Mapping[str, Any], outbox: Kept, *rows: Row) -> None:
        Run.outbox = outbox
        target = TargetGoogleAds(config={**config, "outbox": f"{__name__}:opened"})
        target.sleep = lambda _seconds: None
        target.delivery.deliver(rows)
        target.settle()
        self.counts, self.reasons = target.delivery.counts, target.delivery.reasons

    outbox: Kept


def opened(_destination: str) -> PlainOutbox:
    """Open the outbox of a run."""
    return Run.outbox
