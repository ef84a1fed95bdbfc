"""What every Shopify record has: its number, its time, its amounts, and whom and what it points to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import Unreadable, VendorRecord, instant, part, required, rest, rounded_minor, text


def number(record: VendorRecord, field: str = "id") -> str:
    """Return the number in a global id, `gid://shopify/Order/5001`."""
    found = required(record, field).rpartition("/")[2].partition("?")[0]
    if not (found.isascii() and found.isdigit()):
        raise Unreadable("wrong_type", field)
    return found


def pointed(record: VendorRecord, field: str) -> str | None:
    """Return the number of the record that one points to."""
    other = part(record, field)
    return number(other) if text(other, "id") else None


def of(reading: Reading, record: VendorRecord, key: str, known: Collection[str]) -> dict[str, Any]:
    """Return what every canonical record says of itself."""
    return {
        "source": reading.source,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "source_id": key,
        "changed_at": instant(record, "updatedAt") or instant(record, "createdAt"),
        "raw": rest(record, known),
    }


def cents(record: VendorRecord, field: str) -> int | None:
    """Return an amount in cents, in the money of the shop."""
    return rounded_minor(part(part(record, field), "shopMoney"), "amount")


def currency(record: VendorRecord, reading: Reading) -> str:
    """Return the currency of the shop."""
    return text(record, "currencyCode") or reading.currency


def goods(line: VendorRecord) -> dict[str, Any]:
    """Return what a line is about: the variant, or the article where its variant is gone."""
    variant, product = pointed(line, "variant"), pointed(line, "product")
    names = (text(line, "title"), text(line, "variantTitle"))
    return {
        "product_id": variant or (product and f"product:{product}"),
        "sku": text(line, "sku"),
        "description": " - ".join(each for each in names if each) or None,
    }
