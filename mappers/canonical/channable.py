"""Orders and returns of marketplaces, as Channable collects them, in canonical records.

Who bought stands behind the alias of a marketplace. The alias is kept, and never as an address of a person: neither
for telling who is who nor for writing to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mappers.canonical.person import person_fields
from mappers.canonical.reading import Maps, Reading
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
from plugins.store.entities import Customer, Order, OrderLine, Record

ACCEPTED = "accepted"
"""The one decision about a return that gives money back; an exchange is another order of the marketplace."""
ORDER_KNOWS = (
    "id", "channel_id", "platform_id", "status_shipped", "created", "modified", "data", "fulfillments", "attachments",
)  # fmt: skip
PRICE_KNOWS = ("currency", "total", "shipping", "discount", "subtotal", "transaction_id", "payment_details_iban")
LINE_KNOWS = ("id", "channable_order_item_id", "ean", "title", "quantity", "price", "gift_message")
GENDERS = {"male", "female"}


def orders(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the order, its lines, what of it was cancelled, and who bought; of a wiped one the person is gone."""
    bought = part(record, "data")
    if _is_trial(part(bought, "extra"), "order"):
        return
    yield _buyer(record, reading)
    yield _order(record, reading)
    left = _cancelled(record)
    for place, line in enumerate(parts(bought, "products"), start=1):
        made = _line(record, line, place, reading)
        yield made
        sku, quantity = made.sku or "", made.quantity_thousandths
        if gone := min(left[sku], quantity):
            left[sku] -= gone
            is_whole = text(record, "status_shipped") == "cancelled"  # then nothing of the order counts anyway
            yield _taken_back(f"cancelled:{made.source_id}", made, gone, "cancelled", is_deleted=is_whole)


def returns(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give a negative line for what was accepted; a return that is open, or came to nothing, takes it away again."""
    said = part(record, "data")
    item, meta, order = part(said, "item"), part(said, "meta"), part(record, "order")
    if _is_trial(meta, "return"):
        return
    key, order_id = f"return:{required(record, 'id')}", text(meta, "platform_order_id")
    quantity = thousandths(item, "quantity") or 0
    if text(record, "status") != ACCEPTED:
        if order_id:
            yield unchecked(OrderLine)(
                **_of(record, reading, key),
                is_deleted=True,
                order_id=order_id,
                quantity_thousandths=-quantity,
                currency=reading.currency,
                total_minor=0,
            )
        return
    sold = next((made for made in _sold(record, order, reading) if made.sku == text(item, "id")), None)
    if sold is None:
        raise Unreadable("missing_key", "order")
    yield _taken_back(key, sold, quantity, text(item, "reason"))


def _sold(record: VendorRecord, order: VendorRecord, reading: Reading) -> Iterator[OrderLine]:
    """Give the lines of the order that the tap looked up; they stand for no record of their own."""
    price = {"currency": order.get("currency")}
    bought = {**record, "id": order.get("id"), "data": {"price": price}}
    for place, line in enumerate(parts(order, "products"), start=1):
        yield _line(bought, line, place, reading)


def _taken_back(key: str, line: OrderLine, quantity: int, reason: str | None, *, is_deleted: bool = False) -> OrderLine:
    """Return the line that takes so much of another one back, at the price that was paid."""
    return unchecked(OrderLine)(
        source=line.source,
        source_id=key,
        stream=line.stream,
        seen_at=line.seen_at,
        changed_at=line.changed_at,
        is_deleted=is_deleted,
        order_id=line.order_id,
        sku=line.sku,
        gtin=line.gtin,
        description=line.description,
        quantity_thousandths=-quantity,
        currency=line.currency,
        unit_minor=line.unit_minor,
        total_minor=-((line.unit_minor or 0) * quantity // 1000),
        returns_line_id=line.source_id,
        returns_order_id=line.order_id,
        return_reason=reason,
    )


def _of(record: VendorRecord, reading: Reading, key: str) -> dict[str, Any]:
    return {
        "source": reading.source,
        "source_id": key,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "changed_at": instant(record, "modified"),
    }


def _is_trial(record: VendorRecord, kind: str) -> bool:
    return bool(flag(record, f"is_test_{kind}") or flag(record, f"is_demo_{kind}"))


def _is_wiped(record: VendorRecord) -> bool:
    return flag(record, "obfuscated") is True


def _buyer(record: VendorRecord, reading: Reading) -> Customer:
    own = _of(record, reading, f"order:{required(record, 'id')}")
    if _is_wiped(record):
        return unchecked(Customer)(**own, is_guest=True, is_deleted=True)
    bought = part(record, "data")
    customer, places = part(bought, "customer"), [part(bought, "billing"), part(bought, "shipping")]
    home = next((each for each in places if text(each, "zip_code") or text(each, "address1")), places[0])
    named = next((each for each in (customer, *places) if text(each, "last_name")), customer)
    email = next((said for each in (customer, *places) if (said := text(each, "email"))), None)
    gender = text(customer, "gender")
    return unchecked(Customer)(
        **own,
        **_masked(_person(customer, named, home, email, reading)),
        company=text(customer, "company") or text(home, "company"),
        gender=gender if gender in GENDERS else None,
        is_guest=True,
    )


def _person(
    customer: VendorRecord, named: VendorRecord, home: VendorRecord, email: str | None, reading: Reading
) -> dict[str, Any]:
    return person_fields(
        country=reading.country,
        email=email,
        phone=text(customer, "mobile") or text(customer, "phone") or text(home, "phone"),
        first_name=text(named, "first_name"),
        infix=text(named, "middle_name"),
        last_name=text(named, "last_name"),
        street=text(home, "street") or text(home, "address1"),
        house_number=text(home, "house_number"),
        house_suffix=text(home, "house_number_ext"),
        postcode=text(home, "zip_code"),
        city=text(home, "city"),
        address_country=text(home, "country_code"),
    )


def _masked(person: dict[str, Any]) -> dict[str, Any]:
    """Return the person without an address that nobody has listed as an alias: it must not tell who is who."""
    return {**person, "email": None, "email_quality": "masked"} if person["email_quality"] == "ok" else person


def _order(record: VendorRecord, reading: Reading) -> Order:
    ordered_at, price = instant(record, "created"), part(part(record, "data"), "price")
    total = rounded_minor(price, "total")
    if ordered_at is None:
        raise Unreadable("missing_key", "created")
    if total is None:
        raise Unreadable("missing_key", "total")
    status = text(record, "status_shipped")
    return unchecked(Order)(
        **_of(record, reading, required(record, "id")),
        raw=rest({**record, "price": rest(price, PRICE_KNOWS)}, ORDER_KNOWS),
        order_number=text(record, "channel_id"),
        customer_id=None if _is_wiped(record) else f"order:{required(record, 'id')}",
        channel="marketplace",
        ordered_at=ordered_at,
        status=status,
        is_paid=text(record, "status_paid") == "paid" and status != "cancelled",
        fulfilment="shipped",
        currency=text(price, "currency") or reading.currency,
        total_minor=total,
        discount_minor=rounded_minor(price, "discount") or None,
        shipping_minor=rounded_minor(price, "shipping"),
    )


def _line(record: VendorRecord, line: VendorRecord, place: int, reading: Reading) -> OrderLine:
    order_id, unit, quantity = required(record, "id"), rounded_minor(line, "price"), thousandths(line, "quantity")
    if unit is None or quantity is None:
        raise Unreadable("missing_key", "price" if unit is None else "quantity")
    item = whole(line, "channable_order_item_id")
    return unchecked(OrderLine)(
        **_of(record, reading, f"{order_id}:{place}" if item is None else str(item)),
        raw=rest(line, LINE_KNOWS),
        order_id=order_id,
        line_number=place,
        sku=required(line, "id"),
        gtin=text(line, "ean"),
        description=text(line, "title"),
        quantity_thousandths=quantity,
        currency=text(part(part(record, "data"), "price"), "currency") or reading.currency,
        unit_minor=unit,
        total_minor=unit * quantity // 1000,  # a price is of one piece
    )


def _cancelled(record: VendorRecord) -> Counter[str]:
    """Return how much of each item was cancelled, in thousandths; the vendor tells it by item, not by line."""
    found: Counter[str] = Counter()
    for each in parts(record, "fulfillments"):
        if text(each, "status") == "cancelled":
            found[text(each, "item_id") or ""] += thousandths(each, "quantity") or 0
    return found


STREAMS: dict[str, Maps] = {
    "orders": Maps(orders, (Customer, Order, OrderLine)),
    "returns": Maps(returns, (OrderLine,)),
}
