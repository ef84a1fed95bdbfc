"""Tilroy's orders: how far the delivery of each line is, of orders that another connection placed; nothing of others.

Each purchase is told once. An order that another system placed in the till carries that system's name of it, and is
told there; the receipt that the till makes when it is sent is of the same purchase. An order of Tilroy's own webshop
comes with its receipt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    instant,
    part,
    parts,
    required,
    text,
    thousandths,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Delivery, Record

NAME = re.compile(r"[a-z][a-z0-9_-]*:\S+")
"""How an order of another connection is called in the till: the connection, and its id there."""
STATUSES = {**dict.fromkeys("RNQIMX", "open"), "D": "shipped", "C": "cancelled"}
"""By the letter of a line; one that is not available waits for somebody to cancel it or to find it elsewhere."""
SILENT = frozenset("LS")
"""Finished and sold: nothing says whether something was sent, so what was told of the line before stands."""


def orders(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give how far each line is; nothing of an order of Tilroy's own, and nothing of a line that says nothing new."""
    if not is_told_elsewhere(record):
        return
    of_source, _, of_order_id = required(record, "externalReference").partition(":")
    number = required(record, "orderNumber")
    shared = {
        "source": reading.source,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "changed_at": _told_at(record),
        "of_source": of_source,
        "of_order_id": of_order_id,
        "order_number": number,
    }
    seen: Counter[str] = Counter()
    for line in parts(record, "lines"):
        product = text(part(part(line, "product"), "sku"), "tilroyId") or ""
        seen[product] += 1  # lines have no number of their own in the export
        if status := _status(line):
            key = f"{number}:{product}:{seen[product]}"
            yield unchecked(Delivery)(**shared, source_id=key, **_how_far(line, status, record))


def _how_far(line: VendorRecord, status: str, record: VendorRecord) -> dict[str, Any]:
    quantity = thousandths(line, "quantity")
    if quantity is None:
        raise Unreadable("missing_key", "lines.quantity")
    code, method = _newest_parcel(record) if status == "shipped" else (None, None)
    named = text(part(line, "dispatchMethod"), "code") if status == "shipped" else None
    return {
        "product_id": text(part(part(line, "product"), "sku"), "tilroyId"),
        "quantity_thousandths": quantity,
        "status": status,
        "carrier": method or named,
        "tracking_code": code,
        "store_id": text(part(line, "shopHandling"), "tilroyId") or text(part(record, "shop"), "tilroyId"),
    }


def is_told_elsewhere(record: VendorRecord) -> bool:
    """Tell whether another connection brings the same purchase; any other reference is a clerk's own note."""
    return bool(NAME.fullmatch(text(record, "externalReference") or ""))


def _told_at(record: VendorRecord) -> datetime | None:
    """Return when the order was exported; where that is not said, the newest moment that stands in it."""
    dated = [record, *parts(record, "lines")]
    moments = (instant(record, "dateCompleted"), *(instant(each, "timestamp") for each in dated))
    return instant(record, "dateExported") or max((each for each in moments if each), default=None)


def _status(line: VendorRecord) -> str | None:
    letter = required(line, "status")
    if letter in SILENT:
        return None
    if letter not in STATUSES:
        raise Unreadable("unknown_value", "lines.status")
    return STATUSES[letter]


def _newest_parcel(record: VendorRecord) -> tuple[str | None, str | None]:
    """Return number and carrier of what was sent last; which line lies in which parcel is not told."""
    sent = sorted(parts(record, "dispatches"), key=lambda each: text(each, "date") or "")
    if not sent:
        return None, None
    codes = [code for each in parts(sent[-1], "parcels") if (code := text(part(each, "tracking"), "code"))]
    return next(iter(codes), None), text(part(sent[-1], "method"), "code")
