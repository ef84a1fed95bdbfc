"""Orders of a WooCommerce shop: their lines, the coupons used, what went back, and baskets left at the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mappers.canonical.person import email_of
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    instant,
    number,
    part,
    parts,
    required,
    rest,
    rounded_minor,
    text,
    thousandths,
)
from mappers.canonical.woocommerce.baskets import baskets, is_draft
from mappers.canonical.woocommerce.people import consents, guest
from mappers.canonical.woocommerce.record import CHANGED, goods, gross, of, plugin_fields, without_ours
from plugins.store.codec import unchecked
from plugins.store.entities import Order, OrderLine, Record, Voucher

PAID = frozenset({"processing", "completed", "refunded"})
NOT_PAID = frozenset({"auto-draft", "cancelled", "checkout-draft", "failed", "on-hold", "pending", "trash"})
VAT_RATES = (0, 600, 900, 1200, 2100)
"""Basis points, in the Netherlands and Belgium."""
ORDER_KNOWS = (
    "id", *CHANGED, "number", "status", "currency", "customer_id", "total", "total_tax", "cart_tax", "discount_total",
    "discount_tax", "shipping_total", "shipping_tax", "line_items", "fee_lines", "refunds", "currency_symbol",
)  # fmt: skip
LINE_KNOWS = (
    "id", "name", "product_id", "variation_id", "quantity", "subtotal", "subtotal_tax", "total", "total_tax", "sku",
    "global_unique_id", "price", "parent_name", "image",
)  # fmt: skip


def orders(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the order and its lines, the guest who placed it, and what was ticked; of a draft the basket only."""
    record = without_ours(record)
    key, status, billing = required(record, "id"), text(record, "status"), part(record, "billing")
    customer = text(record, "customer_id")
    is_guest = customer in (None, "0")
    buyer = f"guest:{key}" if is_guest else customer
    gone = {"is_deleted": status == "trash"}
    if is_guest and (text(billing, "email") or text(billing, "phone")):
        yield guest(record, billing, reading, key, gone)
    yield from baskets(record, reading, buyer, gone)
    if is_draft(record):
        return  # nothing was ordered, and nothing that was ticked was sent
    yield _order(record, reading, key, buyer, gone)
    lines = [*parts(record, "line_items"), *parts(record, "fee_lines")]
    for place, line in enumerate(lines, start=1):
        yield _line(line, record, reading, {"line_number": place, **gone})
    for line in parts(record, "coupon_lines"):
        if number := text(line, "id"):
            yield _redemption(line, f"{key}:{number}", record, reading, {"customer_id": buyer, **gone})
    yield from consents(record, reading, f"order:{key}", buyer, email_of(text(billing, "email")))


def refunds(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give a negative line for each returned one, and one for money that belongs to no line; together the refund."""
    key, order = required(record, "id"), required(record, "parent_id")
    same = {"order_id": order, "returns_order_id": order, "return_reason": text(record, "reason")}
    amount = rounded_minor(record, "amount")
    if amount is None:
        raise Unreadable("missing_key", "amount")
    left = -abs(amount)
    for line in [*parts(record, "line_items"), *parts(record, "fee_lines")]:
        part_key = f"refund:{key}:{required(line, 'id')}"
        money = -abs(gross(line, "total", "total_tax") or 0)
        quantity = -abs(thousandths(line, "quantity") or 0)
        left -= money
        yield unchecked(OrderLine)(
            **of(reading, record, part_key, tuple(record)),
            **same,
            **goods(line),
            quantity_thousandths=quantity,
            currency=reading.currency,
            unit_minor=_each(money, quantity),
            total_minor=money,
            tax_basis_points=_vat(line),
            returns_line_id=plugin_fields(line).get("_refunded_item_id") or None,
        )
    if left:
        yield unchecked(OrderLine)(
            **of(reading, record, f"refund:{key}:amount", tuple(record)),
            **same,
            quantity_thousandths=0,
            currency=reading.currency,
            total_minor=left,
        )


def _order(record: VendorRecord, reading: Reading, key: str, buyer: str | None, gone: dict[str, bool]) -> Order:
    ordered_at = instant(record, "date_created_gmt", UTC)
    if ordered_at is None:
        raise Unreadable("missing_key", "date_created_gmt")
    return unchecked(Order)(
        **of(reading, record, key, ORDER_KNOWS),
        **gone,
        order_number=text(record, "number"),
        customer_id=buyer,
        email=email_of(text(part(record, "billing"), "email")),
        channel="web",
        ordered_at=ordered_at,
        status=text(record, "status"),
        is_paid=_is_paid(record),
        fulfilment="shipped" if parts(record, "shipping_lines") else None,
        currency=text(record, "currency") or reading.currency,
        total_minor=rounded_minor(record, "total") or 0,
        tax_minor=rounded_minor(record, "total_tax"),
        discount_minor=gross(record, "discount_total", "discount_tax"),
        shipping_minor=gross(record, "shipping_total", "shipping_tax"),
        coupon_codes=[code for each in parts(record, "coupon_lines") if (code := text(each, "code"))],
    )


def _is_paid(record: VendorRecord) -> bool:
    """Tell whether it was paid; of a status that a plugin made, the date of payment decides."""
    status = text(record, "status")
    return status in PAID or (status not in NOT_PAID and text(record, "date_paid_gmt") is not None)


def _line(line: VendorRecord, order: VendorRecord, reading: Reading, facts: dict[str, Any]) -> OrderLine:
    total, before = gross(line, "total", "total_tax") or 0, gross(line, "subtotal", "subtotal_tax")
    quantity = thousandths({"quantity": 1, **line}, "quantity") or 0
    own = of(reading, order, required(line, "id"), tuple(order))
    discount = (before - total) or None if before is not None else None
    return unchecked(OrderLine)(
        **{**own, "raw": rest(line, LINE_KNOWS)},
        **facts,
        **goods(line),
        order_id=required(order, "id"),
        quantity_thousandths=quantity,
        currency=text(order, "currency") or reading.currency,
        unit_minor=_each(total if before is None else before, quantity),
        discount_minor=discount,
        discount_kind="coupon" if discount and parts(order, "coupon_lines") else None,
        total_minor=total,
        tax_basis_points=_vat(line),
    )


def _redemption(line: VendorRecord, key: str, order: VendorRecord, reading: Reading, facts: dict[str, Any]) -> Voucher:
    """Return the use of a coupon: what it took off this order, VAT included."""
    return unchecked(Voucher)(
        **of(reading, order, key, tuple(order)),
        **facts,
        code=text(line, "code"),
        kind="redemption",
        currency=text(order, "currency") or reading.currency,
        amount_minor=gross(line, "discount", "discount_tax"),
        redeemed_at=instant(order, "date_created_gmt", UTC),
        order_id=text(order, "id"),
    )


def _each(total_minor: int, quantity_thousandths: int) -> int | None:
    if not quantity_thousandths:
        return None
    return int((Decimal(abs(total_minor)) * 1000 / abs(quantity_thousandths)).quantize(Decimal(1), ROUND_HALF_UP))


def _vat(line: VendorRecord) -> int | None:
    """Return the one known rate that explains the line's tax to the cent."""
    net, tax = number(line, "total"), number(line, "total_tax")
    if not net or tax is None:
        return None
    fits = [rate for rate in VAT_RATES if abs(net * rate / 10000 - tax) <= Decimal("0.01")]
    return fits[0] if len(fits) == 1 else None
