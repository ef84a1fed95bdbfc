"""Orders of a Shopify shop and of its till: their lines, the codes used, and what went back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappers.canonical.person import email_of
from mappers.canonical.reading import Reading
from mappers.canonical.shopify.people import guest
from mappers.canonical.shopify.record import cents, currency, goods, number, of, pointed
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    flag,
    instant,
    part,
    parts,
    required,
    rest,
    rounded_minor,
    text,
    thousandths,
    whole,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Order, OrderLine, Record, Voucher

PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
ORDER_KNOWS = (
    "id", "name", "email", "createdAt", "updatedAt", "currencyCode", "discountCodes", "retailLocation", "customer",
    "totalPriceSet", "totalTaxSet", "totalDiscountsSet", "totalShippingPriceSet", "lineItems", "billingAddress",
    "shippingAddress", "phone",
)  # fmt: skip
LINE_KNOWS = (
    "id", "sku", "title", "variantTitle", "quantity", "originalUnitPriceSet", "product", "variant", "taxLines",
    "discountAllocations", "__parentId",
)  # fmt: skip


def orders(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the order, its lines, the codes it used and the guest who placed it; of a test order nothing."""
    if flag(record, "test"):
        return
    key = number(record)
    buyer = pointed(record, "customer")
    if buyer is None and (text(record, "email") or text(record, "phone")):
        buyer = f"guest:{key}"
        yield guest(record, reading, buyer)
    yield _order(record, reading, key, buyer)
    for place, line in enumerate(parts(record, "lineItems"), start=1):
        yield _line(line, record, reading, key, place)
    yield from _redemptions(record, reading, key, buyer)


def refunds(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give a negative line for each returned one, and one for money that belongs to no line; together the refund."""
    if flag(record, "test"):
        return
    order = number(record)
    for refund in parts(record, "refunds"):
        yield from _refund(refund, record, reading, order)


def _order(record: VendorRecord, reading: Reading, key: str, buyer: str | None) -> Order:
    ordered_at = instant(record, "processedAt") or instant(record, "createdAt")
    if ordered_at is None:
        raise Unreadable("missing_key", "createdAt")
    shop = pointed(record, "retailLocation")
    is_at_till = shop is not None or text(record, "sourceName") == "pos"
    is_cancelled = text(record, "cancelledAt") is not None
    return unchecked(Order)(
        **of(reading, record, key, ORDER_KNOWS),
        order_number=text(record, "name"),
        customer_id=buyer,
        email=email_of(text(record, "email")),
        channel="store" if is_at_till else "web",
        store_id=shop,
        ordered_at=ordered_at,
        status="CANCELLED" if is_cancelled else text(record, "displayFinancialStatus"),
        is_paid=text(record, "displayFinancialStatus") in PAID and not is_cancelled,
        fulfilment="carried_out" if is_at_till else "shipped" if part(record, "shippingAddress") else None,
        currency=currency(record, reading),
        total_minor=cents(record, "totalPriceSet") or 0,
        tax_minor=cents(record, "totalTaxSet"),
        discount_minor=cents(record, "totalDiscountsSet"),
        shipping_minor=cents(record, "totalShippingPriceSet"),
        coupon_codes=_codes(record),
    )


def _line(line: VendorRecord, order: VendorRecord, reading: Reading, key: str, place: int) -> OrderLine:
    pieces, unit = whole(line, "quantity") or 0, cents(line, "originalUnitPriceSet") or 0
    off = sum(cents(each, "allocatedAmountSet") or 0 for each in parts(line, "discountAllocations"))
    total = unit * pieces - off
    if flag(order, "taxesIncluded") is False:
        total += sum(cents(each, "priceSet") or 0 for each in parts(line, "taxLines"))
    return unchecked(OrderLine)(
        **{**of(reading, order, number(line), tuple(order)), "raw": rest(line, LINE_KNOWS)},
        **goods(line),
        order_id=key,
        line_number=place,
        quantity_thousandths=pieces * 1000,
        currency=currency(order, reading),
        unit_minor=unit,
        discount_minor=off or None,
        discount_kind="coupon" if any(_code(each) for each in parts(line, "discountAllocations")) else None,
        total_minor=total,
        tax_basis_points=_vat(line),
    )


def _refund(refund: VendorRecord, order: VendorRecord, reading: Reading, key: str) -> Iterator[OrderLine]:
    mine = number(refund)
    amount = cents(refund, "totalRefundedSet")
    if amount is None:
        raise Unreadable("missing_key", "totalRefundedSet")
    same: dict[str, Any] = {"order_id": key, "returns_order_id": key, "return_reason": text(refund, "note")}
    same["currency"] = currency(order, reading)
    left = -amount
    for back in parts(refund, "refundLineItems"):
        line = part(back, "lineItem")
        money, quantity = -_paid_back(back, order), -(thousandths(back, "quantity") or 0)
        left -= money
        yield unchecked(OrderLine)(
            **of(reading, order, f"refund:{mine}:{number(back)}", tuple(order)),
            **same,
            **goods(line),
            quantity_thousandths=quantity,
            unit_minor=None if not quantity else abs(money) * 1000 // abs(quantity),
            total_minor=money,
            returns_line_id=number(line),
        )
    if left:
        own = of(reading, order, f"refund:{mine}:amount", tuple(order))
        yield unchecked(OrderLine)(**own, **same, quantity_thousandths=0, total_minor=left)


def _paid_back(back: VendorRecord, order: VendorRecord) -> int:
    money = cents(back, "subtotalSet") or 0
    return money + (cents(back, "totalTaxSet") or 0 if flag(order, "taxesIncluded") is False else 0)


def _redemptions(record: VendorRecord, reading: Reading, key: str, buyer: str | None) -> Iterator[Voucher]:
    """Give the use of each code: what it took off this order, VAT included."""
    took: dict[str, int] = {}
    for line in parts(record, "lineItems"):
        for each in parts(line, "discountAllocations"):
            if code := _code(each):
                took[code.lower()] = took.get(code.lower(), 0) + (cents(each, "allocatedAmountSet") or 0)
    for code in _codes(record):
        yield unchecked(Voucher)(
            **of(reading, record, f"{key}:{code.lower()}", tuple(record)),
            code=code,
            kind="redemption",
            customer_id=buyer,
            currency=currency(record, reading),
            amount_minor=took.get(code.lower()),
            redeemed_at=instant(record, "createdAt"),
            order_id=key,
        )


def _codes(record: VendorRecord) -> list[str]:
    codes = record.get("discountCodes")
    return [required({"code": each}, "code") for each in codes] if isinstance(codes, list) else []


def _code(allocation: VendorRecord) -> str | None:
    return text(part(allocation, "discountApplication"), "code")


def _vat(line: VendorRecord) -> int | None:
    """Return the rate of the one tax on a line."""
    rates = [rounded_minor(each, "ratePercentage") for each in parts(line, "taxLines")]
    return rates[0] if len(rates) == 1 else None
