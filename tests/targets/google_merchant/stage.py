"""What the tests of the target share: rows as the hub would plan them, a delivery, and what Google shows afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.wire.outbox import Row
from targets.google_merchant.api import Api
from targets.google_merchant.delivery import Items, Place
from targets.google_merchant.promotions import Promotions
from targets.google_merchant.shelves import Shelves
from tests.targets.kept import Kept

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIELDS = {
    "id": "WW5001-M", "title": "Ardenna Regenjas Texel zwart, maat M", "description": "Waterdicht, ademend.",
    "link": "https://wandelwind.example/p/WW5001-M", "image_link": "https://wandelwind.example/i/WW5001.jpg",
    "availability": "in_stock", "price": "99.95 EUR", "brand": "Ardenna", "gtin": "4006381333931",
}  # fmt: skip


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def item(offer: str = "WW5001-M", operation: Any = "add", key: str = "", **fields: str | None) -> Row:
    """Return the row of an item, with other texts where some are given."""
    payload = {"kind": "item", "id": offer, "fields": {**FIELDS, **fields}}
    return Row(key or offer, operation, f"item:{offer}", payload)


def gone(offer: str = "WW5001-M", key: str = "") -> Row:
    """Return the row that takes an item out."""
    return Row(key or offer, "remove", f"item:{offer}", {"kind": "item", "id": offer, "fields": {}})


def shelf(offer: str = "SKU-1", store: str = "AMS-01", operation: Any = "add", key: str = "", **fields: Any) -> Row:
    """Return the row of what a shop has of an item."""
    told = {"quantity": 4, **fields} if operation != "remove" else fields
    payload = {"kind": "shelf", "item": offer, "store": store, **told}
    return Row(key or f"{store}:{offer}", operation, f"shelf:{store}:{offer}", payload)


def shelves(config: Mapping[str, Any], outbox: Kept) -> Shelves:
    return Shelves(Api(config), outbox, into=Place.of(config))


def told_shops(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    kept = outbox or Kept()
    shelves(config, kept).deliver(rows)
    return kept


def has(vendor: GoogleMerchant, offer: str = "SKU-1", store: str = "AMS-01") -> dict[str, Any] | None:
    """Return what was said last of an item in a shop, None where that was taken back or never said."""
    said = vendor.stock.get((f"nl~NL~{offer}", store))
    return said[-1][1] if said else None


def known(vendor: GoogleMerchant, config: Mapping[str, Any], *offers: str) -> None:
    """Put items in, and let Google show them."""
    deliver(config, *(item(offer) for offer in offers))
    vendor.clock.forward(minutes=5)  # type: ignore[attr-defined]


def promotion(operation: Any = "add", key: str = "HERFST", **fields: Any) -> Row:
    """Return the row of a promotion that anybody may use."""
    payload = {
        "kind": "promotion", "id": "HERFST", "source": "tilroy", "promotion": "1", "title": "10% korting",
        "percent": 10, "minor": None, "from_minor": None, "currency": "EUR", "places": ["web"], "products": "all",
        "code": None, "country": "NL", "page": None, "starts_at": "2026-11-01T00:00:00Z",
        "ends_at": "2026-11-30T00:00:00Z", **fields,
    }  # fmt: skip
    return Row(key, operation, f"promotion:{payload['id']}", payload)


def promoted(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    kept = outbox or Kept()
    into = str(config.get("promotion_data_source") or "")
    Promotions(Api(config), kept, source=into, language=str(config["content_language"])).deliver(rows)
    return kept


def carrier(config: Mapping[str, Any], outbox: Kept) -> Items:
    return Items(Api(config), outbox, into=Place.of(config))


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    kept = outbox or Kept()
    carrier(config, kept).deliver(rows)
    return kept


def put(vendor: GoogleMerchant, offer: str = "WW5001-M") -> dict[str, Any] | None:
    """Return what was put in last of an item, None where it was taken out or never put."""
    kept = vendor.items.get(f"nl~NL~{offer}")
    told = kept.newest if kept else None
    return told["productAttributes"] if told else None


def writes(vendor: GoogleMerchant) -> list[tuple[str, int]]:
    """Return the calls that wrote: the method, and the status."""
    return [(each.method, each.status) for each in vendor.calls if "productInputs" in each.path]
