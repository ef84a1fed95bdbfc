"""Tilroy's sales: receipts of tills, orders of the webshop, their lines, and the vouchers they redeem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from mappers.canonical.person import card_of, email_of
from mappers.canonical.reading import Reading
from mappers.canonical.tilroy.orders import is_told_elsewhere
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    flag,
    instant,
    minor,
    part,
    parts,
    plain,
    required,
    rounded_minor,
    text,
    thousandths,
    whole,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Order, OrderLine, Record, Voucher

CHANNELS = {"TILL": "store", "ECOM": "web", "B2B": "b2b"}
DISCOUNTS = {"1": "percent", "2": "amount", "3": "promotion"}
ROUNDING_MINOR = 5  # cash is rounded to five cents
KNOWN = frozenset({
    "idTilroySale", "id", "saleDate", "timestamp", "dateExported", "status", "orderNumber", "shop", "customer",
    "customerEmail", "customerCard", "channel", "currency", "currencyData", "totalAmountSell",
    "totalAmountDiscount", "totalAmountPaid", "lines", "vouchers", "vat", "payments", "isReturn", "anonymous",
    "isVatInclusive", "till", "user", "language", "deliveryAddress", "invoice", "invoice2", "idSourceCustomer",
    "idSourceShop", "idSourceTill", "idSourceUser", "totalAmountStandard", "customerCode",
})  # fmt: skip
KNOWN_OF_LINE = frozenset({
    "_id", "idTilroySaleLine", "lineNumber", "sku", "code", "description", "ean", "quantity", "quantityNet",
    "sellPrice", "standardPrice", "discount", "discountType", "lineTotalStandard", "lineTotalSell",
    "lineTotalDiscount", "lineTotalVatExcl", "lineTotalVat", "vatPercentage", "idSaleLineReturned", "returnReason",
    "collectMethod", "colour", "size", "picture", "timestamp", "costPrice", "lineTotalCost", "serialNumberSale",
    "standardUnitPrice", "idSourceSku",
})  # fmt: skip
PRIVATE_OR_INTERNAL = ("customer", "pp")  # copies of the customer's record, and fields the vendor keeps for itself


def sales(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make an order, its lines and its redemptions; all of a sale or nothing, and nothing of what is told elsewhere."""
    if is_told_elsewhere(record):
        return
    sale = required(record, "idTilroySale")
    ordered_at, changed_at = _times(record, reading)
    currency = _currency(record, reading)
    shared = {
        "source": reading.source,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "changed_at": changed_at,
        "currency": currency,
    }
    lines = [_line(line, sale, shared) for line in parts(record, "lines")]
    order = unchecked(Order)(**shared, source_id=sale, ordered_at=ordered_at, **_order(record, lines))
    yield from (order, *lines, *_redemptions(record, order))


def _times(record: VendorRecord, reading: Reading) -> tuple[datetime, datetime]:
    """Return when it was sold and when it was last told of.

    The till's clock is local and says one hour twice a year twice; where the UTC stamp names the same moment, it
    decides which of the two.
    """
    stamp = instant(record, "timestamp")
    sold = instant(record, "saleDate", reading.zone) or stamp
    if sold is None:
        raise Unreadable("missing_key", "saleDate")
    told = instant(record, "dateExported") or stamp or sold
    if stamp and sold.tzinfo is reading.zone:
        local = stamp.astimezone(reading.zone)
        if abs((local.replace(tzinfo=None) - sold.replace(tzinfo=None)).total_seconds()) < 1:
            return local, told
    return sold, told


def _currency(record: VendorRecord, reading: Reading) -> str:
    """Return the currency's code; the vendor writes a number of its own in some services."""
    said = text(part(record, "currencyData"), "code") or text(record, "currency") or ""
    return said if len(said) == 3 and said.isalpha() else reading.currency


def _order(record: VendorRecord, lines: Sequence[OrderLine]) -> dict[str, Any]:
    channel = _channel(record)
    total = minor(record, "totalAmountSell")
    total = sum(line.total_minor for line in lines) if total is None else total
    paid = rounded_minor(record, "totalAmountPaid")
    return {
        "order_number": text(record, "orderNumber"),
        "customer_id": _id(record, "customer"),
        "email": email_of(text(record, "customerEmail")),
        "card": card_of(text(record, "customerCard")),
        "channel": channel,
        "store_id": _id(record, "shop"),
        "till_id": _id(record, "till") or text(part(record, "till"), "number"),
        "status": text(record, "status"),
        "is_paid": paid is None or paid + ROUNDING_MINOR >= total,
        "fulfilment": _fulfilment(channel, parts(record, "lines")),
        "total_minor": total,
        "tax_minor": _tax(parts(record, "vat")),
        "discount_minor": rounded_minor(record, "totalAmountDiscount"),
        "coupon_codes": [code for voucher in _used(record) if (code := text(voucher, "voucher"))],
        "raw": _unknown(record, KNOWN),
    }


def _channel(record: VendorRecord) -> str:
    code = text(part(record, "channel"), "code") or "TILL"
    if code not in CHANNELS:
        raise Unreadable("unknown_value", "channel.code")
    return CHANNELS[code]


def _id(record: VendorRecord, field: str) -> str | None:
    """Return the id of a customer or shop; 0 stands for nobody."""
    found = text(part(record, field), "idTilroy")
    return None if found == "0" else found


def _fulfilment(channel: str, lines: Sequence[VendorRecord]) -> str | None:
    ways = [way for line in lines if (way := part(line, "collectMethod"))]
    if any(flag(way, "isClickAndCollect") for way in ways):
        return "click_and_collect"
    if channel == "web" or any(flag(way, "isHomeDelivery") for way in ways):
        return "shipped"
    return "carried_out" if channel == "store" else None


def _tax(rates: Sequence[VendorRecord]) -> int | None:
    amounts = [rounded_minor(rate, "vatAmount" if "vatAmount" in rate else "amountVat") for rate in rates]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _line(line: VendorRecord, sale: str, shared: dict[str, Any]) -> OrderLine:
    position = whole(line, "lineNumber")
    key = text(line, "idTilroySaleLine")
    if key is None and position is None:
        raise Unreadable("missing_key", "lines.idTilroySaleLine")
    sku = part(line, "sku")
    quantity, total = thousandths(line, "quantity"), minor(line, "lineTotalSell")
    if quantity is None or total is None:
        raise Unreadable("missing_key", "lines.quantity" if quantity is None else "lines.lineTotalSell")
    returned = text(line, "idSaleLineReturned")
    return unchecked(OrderLine)(
        **shared,
        source_id=key or f"{sale}:{position}",
        order_id=sale,
        line_number=position,
        product_id=text(sku, "idTilroy"),
        sku=text(sku, "idSource"),
        gtin=text(line, "ean"),
        description=text(line, "description"),
        quantity_thousandths=quantity,
        unit_minor=rounded_minor(line, "sellPrice"),
        list_minor=rounded_minor(line, "standardPrice"),
        discount_minor=rounded_minor(line, "lineTotalDiscount"),
        discount_kind=DISCOUNTS.get(text(line, "discountType") or "0"),
        total_minor=total,
        tax_basis_points=minor(line, "vatPercentage"),
        returns_line_id=None if returned == "0" else returned,
        return_reason=text(part(line, "returnReason"), "code") if returned else None,
        raw=_unknown(line, KNOWN_OF_LINE),
    )


def _unknown(record: VendorRecord, known: frozenset[str]) -> dict[str, Any]:
    return {
        key: plain(record[key])
        for key in record.keys() - known
        if record[key] and not key.startswith(PRIVATE_OR_INTERNAL)
    }


def _used(record: VendorRecord) -> list[VendorRecord]:
    """Return the vouchers of a sale, without those that it only showed."""
    return [
        voucher
        for voucher in parts(record, "vouchers")
        if flag(voucher, "isUsed") is not False and flag(voucher, "used") is not False
    ]


def _redemptions(record: VendorRecord, order: Order) -> Iterator[Voucher]:
    for voucher in _used(record):
        code = text(voucher, "voucher")
        key = text(voucher, "idTilroySaleVoucher") or text(voucher, "voucherId") or code
        if key is None:
            raise Unreadable("missing_key", "vouchers.voucher")
        yield unchecked(Voucher)(
            source=order.source,
            source_id=f"{order.source_id}:{key}",
            stream=order.stream,
            seen_at=order.seen_at,
            changed_at=order.changed_at,
            code=code,
            kind="redemption",
            customer_id=order.customer_id,
            redeemed_at=order.ordered_at,
            order_id=order.source_id,
            store_id=order.store_id,
        )
