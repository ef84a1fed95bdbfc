"""Discounts of a Shopify shop that need a code: each code is one voucher."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from mappers.canonical.reading import Reading
from mappers.canonical.shopify.record import number, of
from mappers.canonical.vendor_record import (
    VendorRecord,
    instant,
    part,
    parts,
    required,
    rounded_minor,
    text,
    whole,
)
from mappers.canonical.vendor_record import (
    number as decimal,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Record, Voucher

DISCOUNT_KNOWS = ("title", "status", "startsAt", "endsAt", "createdAt", "updatedAt", "codes", "__typename")
OVER = "EXPIRED"


def discounts(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give each code; one that is over, or used up, has nothing left. Discounts without a code are none."""
    discount = part(record, "discount")
    for code in parts(discount, "codes"):
        used, most = whole(code, "asyncUsageCount") or 0, whole(discount, "usageLimit")
        is_over = text(discount, "status") == OVER or (most is not None and used >= most)
        yield unchecked(Voucher)(
            **of(reading, discount, number(code), DISCOUNT_KNOWS),
            **_worth(discount, reading, is_over),
            code=required(code, "code"),
            customer_id=_customer(discount),
            status=text(discount, "status"),
            starts_on=_day(discount, "startsAt", reading),
            ends_on=_day(discount, "endsAt", reading),
            usage_count=used,
        )


def _worth(discount: VendorRecord, reading: Reading, is_over: bool) -> dict[str, Any]:
    value = part(part(discount, "customerGets"), "value")
    part_of = decimal(value, "percentage")
    if part_of is not None:
        return {"kind": "percent", "percent_basis_points": rounded_minor({"percent": part_of * 100}, "percent")}
    money = part(value, "amount")
    amount = rounded_minor(money, "amount")
    return {
        "kind": "fixed_product" if value.get("appliesOnEachItem") else "fixed_cart",
        "amount_minor": amount,
        "open_minor": 0 if is_over else amount,
        "currency": text(money, "currencyCode") or reading.currency,
    }


def _customer(discount: VendorRecord) -> str | None:
    """Return whose code it is, where it is for one."""
    customers = parts(part(discount, "context"), "customers")
    return number(customers[0]) if len(customers) == 1 else None


def _day(discount: VendorRecord, field: str, reading: Reading) -> date | None:
    moment = instant(discount, field)
    return moment.astimezone(reading.zone).date() if moment else None
