"""Baskets of a WooCommerce shop: the drafts that its checkout keeps of who has not paid, until they do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

from mappers.canonical.person import email_of
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    VendorRecord,
    instant,
    part,
    parts,
    required,
    rounded_minor,
    text,
    thousandths,
)
from mappers.canonical.woocommerce.record import changed_at, goods, gross, of
from plugins.store.codec import unchecked
from plugins.store.entities import Basket

DRAFT = "checkout-draft"
CLOSES_FOR = timedelta(days=31)
"""An order closes the basket it was: the same number. Of older orders nobody asks any more what was in the basket."""


def is_draft(order: VendorRecord) -> bool:
    """Tell whether an order is a basket still."""
    return text(order, "status") == DRAFT


def baskets(order: VendorRecord, reading: Reading, buyer: str | None, gone: dict[str, bool]) -> Iterator[Basket]:
    """Give the basket that an order is, or lately was."""
    opened_at = instant(order, "date_created_gmt", UTC)
    if not is_draft(order) and (opened_at is None or reading.seen_at - opened_at > CLOSES_FOR):
        return
    yield unchecked(Basket)(
        **of(reading, order, required(order, "id"), tuple(order)),
        **gone,
        customer_id=buyer,
        email=email_of(text(part(order, "billing"), "email")),
        opened_at=opened_at,
        updated_at=changed_at(order),
        status="open" if is_draft(order) else text(order, "status"),
        currency=text(order, "currency") or reading.currency,
        total_minor=rounded_minor(order, "total"),
        lines=[_line(each) for each in parts(order, "line_items")] if is_draft(order) else [],
    )


def _line(line: VendorRecord) -> dict[str, Any]:
    """Return what of a line is asked of a basket: product, pieces in thousandths, and cents with VAT."""
    return {
        **{name: said for name, said in goods(line).items() if said is not None},
        "quantity_thousandths": thousandths(line, "quantity"),
        "total_minor": gross(line, "total", "total_tax"),
    }
