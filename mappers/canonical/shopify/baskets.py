"""Baskets of a Shopify shop that were left at the checkout, and those that were paid for after all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappers.canonical.person import email_of
from mappers.canonical.reading import Reading
from mappers.canonical.shopify.record import cents, goods, number, of, pointed
from mappers.canonical.vendor_record import VendorRecord, instant, part, parts, text, thousandths
from plugins.store.codec import unchecked
from plugins.store.entities import Basket, Record


def abandoned_checkouts(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the basket: open until somebody pays for it."""
    is_open = text(record, "completedAt") is None
    mail = part(part(record, "customer"), "defaultEmailAddress")
    total = part(part(record, "totalPriceSet"), "shopMoney")
    yield unchecked(Basket)(
        **of(reading, record, number(record), tuple(record)),
        customer_id=pointed(record, "customer"),
        email=email_of(text(mail, "emailAddress")),
        opened_at=instant(record, "createdAt"),
        updated_at=instant(record, "updatedAt"),
        status="open" if is_open else "closed",
        currency=text(total, "currencyCode") or reading.currency,
        total_minor=cents(record, "totalPriceSet"),
        url=text(record, "abandonedCheckoutUrl"),
        lines=[_line(each) for each in parts(record, "lineItems")] if is_open else [],
    )


def _line(line: VendorRecord) -> dict[str, Any]:
    """Return what of a line is asked of a basket: product, pieces in thousandths, and cents with VAT."""
    return {
        **{name: said for name, said in goods(line).items() if said is not None},
        "quantity_thousandths": thousandths(line, "quantity"),
        "total_minor": cents(line, "discountedTotalPriceSet"),
    }
