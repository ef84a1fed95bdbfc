"""Tilroy's vouchers, balances and points, as the till reports them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    instant,
    minor,
    number,
    part,
    required,
    rest,
    rounded_minor,
    text,
    whole,
)
from plugins.store.codec import unchecked
from plugins.store.entities import LoyaltyBalance, LoyaltyMovement, Record, Voucher

KNOWN_OF_VOUCHER = frozenset({
    "tilroyId", "customerId", "barcode", "amounts", "type", "status", "startDate", "endDate", "shop", "customer",
})  # fmt: skip
KNOWN_OF_POINTS = frozenset({"tilroyId", "customerId", "amount", "points", "customer", "shop", "date", "saleId"})


def _status(record: VendorRecord) -> str | None:
    """Return the vendor's word, or `used` for a sold voucher of which nothing is open any more."""
    status = text(record, "status")
    is_spent = status == "sold" and number(part(record, "amounts"), "open") == 0
    return "used" if is_spent else status


def vouchers(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a voucher of a customer; a gift voucher is money, of which no part of a cent is dropped."""
    amounts, kind = part(record, "amounts"), text(record, "type")
    cents = minor if kind == "giftvoucher" else rounded_minor
    yield unchecked(Voucher)(
        source=reading.source,
        source_id=required(record, "tilroyId"),
        stream=reading.stream,
        seen_at=reading.seen_at,
        code=text(record, "barcode"),
        kind=kind,
        customer_id=_customer(record),
        status=_status(record),
        currency=reading.currency,
        amount_minor=cents(amounts, "full"),
        open_minor=cents(amounts, "open"),
        starts_on=_local_day(record, "startDate", reading),
        ends_on=_local_day(record, "endDate", reading),
        store_id=text(part(record, "shop"), "tilroyId"),
        raw=rest(record, KNOWN_OF_VOUCHER),
    )


def balances(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a balance of points; the customer is the one who was asked for."""
    customer = required(record, "customerId")
    yield unchecked(LoyaltyBalance)(
        source=reading.source,
        source_id=customer,
        stream=reading.stream,
        seen_at=reading.seen_at,
        customer_id=customer,
        points=_points(record),
        amount_minor=rounded_minor(record, "amount"),
        currency=reading.currency,
        valid_until=_local_day(record, "validUntil", reading),
        raw=rest(record, {"customerId", "points", "amount", "validUntil"}),
    )


def points(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a movement of points."""
    occurred_at = instant(record, "date", reading.zone)
    if occurred_at is None:
        raise Unreadable("missing_key", "date")
    yield unchecked(LoyaltyMovement)(
        source=reading.source,
        source_id=required(record, "tilroyId"),
        stream=reading.stream,
        seen_at=reading.seen_at,
        customer_id=_customer(record),
        points=_points(record),
        amount_minor=rounded_minor(record, "amount"),
        currency=reading.currency,
        occurred_at=occurred_at,
        order_id=text(record, "saleId"),
        store_id=text(part(record, "shop"), "tilroyId"),
        raw=rest(record, KNOWN_OF_POINTS),
    )


def _points(record: VendorRecord) -> int:
    said = whole(record, "points")
    if said is None:
        raise Unreadable("missing_key", "points")
    return said


def _customer(record: VendorRecord) -> str | None:
    return text(part(record, "customer"), "tilroyId") or text(record, "customerId")


def _local_day(record: VendorRecord, field: str, reading: Reading) -> date | None:
    """Return the day a moment falls on in the shop; 23:00 UTC in winter is the next day's midnight."""
    moment = instant(record, field, reading.zone)
    return moment.astimezone(reading.zone).date() if moment else None
