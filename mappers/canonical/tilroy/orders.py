"""Tilroy's orders: nothing of them becomes a canonical record, and neither does the receipt of somebody else's order.

Each purchase is told once. An order that another system placed in the till carries that system's name of it, and is
told there; the receipt that the till makes when it is sent is of the same purchase. An order of Tilroy's own webshop
comes with its receipt. How far a delivery is has no place in `order`: a record for it would be one more purchase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import VendorRecord, text
from plugins.store.entities import Record

NAME = re.compile(r"[a-z][a-z0-9_-]*:\S+")
"""How an order of another connection is called in the till: the connection, and its id there."""


def orders(_record: VendorRecord, _reading: Reading) -> Iterator[Record]:
    """Filter it out: the purchase is told elsewhere."""
    return iter(())


def is_told_elsewhere(record: VendorRecord) -> bool:
    """Tell whether another connection brings the same purchase; any other reference is a clerk's own note."""
    return bool(NAME.fullmatch(text(record, "externalReference") or ""))
