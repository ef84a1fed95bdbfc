"""What every WooCommerce record has: its times, its amounts, and the fields that plugins left on it."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    VendorRecord,
    instant,
    number,
    parts,
    plain,
    rest,
    rounded_minor,
    text,
    whole,
)

CHANGED = ("date_created", "date_created_gmt", "date_modified", "date_modified_gmt")
OURS = "rotonde_"
"""What begins the plugin fields that we write: copies of what is known here, said by nobody."""


def of(reading: Reading, record: VendorRecord, key: str, known: Collection[str]) -> dict[str, Any]:
    """Return what every canonical record says of itself."""
    return {
        "source": reading.source,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "source_id": key,
        "changed_at": changed_at(record),
        "raw": rest(record, known),
    }


def changed_at(record: VendorRecord) -> datetime | None:
    return instant(record, "date_modified_gmt", UTC) or instant(record, "date_created_gmt", UTC)


def gross(record: VendorRecord, net: str, tax: str) -> int | None:
    """Return an amount with its VAT in cents; the vendor keeps both with decimals of its own, so add, then round."""
    amount = number(record, net)
    return None if amount is None else rounded_minor({net: amount + (number(record, tax) or 0)}, net)


def without_ours(record: VendorRecord) -> VendorRecord:
    fields = [each for each in parts(record, "meta_data") if not (text(each, "key") or "").startswith(OURS)]
    return {**record, "meta_data": fields}


def plugin_fields(record: VendorRecord) -> dict[str, str | None]:
    """Return plugin fields by key, as texts; of a key that stands twice the newest counts."""
    found = sorted(parts(record, "meta_data"), key=lambda each: whole(each, "id") or 0)
    return {key: _said(each.get("value")) for each in found if (key := text(each, "key"))}


def _said(value: Any) -> str | None:
    """Return a plugin's value as it was reported; nothing is made of it here."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(plain(value), ensure_ascii=False) if isinstance(value, (bool, dict, list)) else str(value)


def goods(line: VendorRecord) -> dict[str, Any]:
    """Return which product a line is about: the variation where there is one."""
    ids = [text(line, "variation_id"), text(line, "product_id")]
    return {
        "product_id": next((each for each in ids if each not in (None, "0")), None),
        "sku": text(line, "sku"),
        "gtin": text(line, "global_unique_id"),
        "description": text(line, "name"),
    }
