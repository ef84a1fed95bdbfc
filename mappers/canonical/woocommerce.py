"""WooCommerce records (REST API wc/v3) to canonical ones."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mappers.canonical.person import email_of, person_fields
from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    day,
    flag,
    instant,
    number,
    part,
    parts,
    plain,
    required,
    rest,
    rounded_minor,
    text,
    thousandths,
    whole,
)
from plugins.store.codec import unchecked
from plugins.store.entities import (
    Consent,
    Customer,
    Order,
    OrderLine,
    Price,
    Product,
    Record,
    Stock,
    Voucher,
)

PAID = frozenset({"processing", "completed", "refunded"})
NOT_PAID = frozenset({"auto-draft", "cancelled", "checkout-draft", "failed", "on-hold", "pending", "trash"})
CONSENT_WORDS = re.compile(r"consent|optin|opt_in|newsletter|nieuwsbrief|marketing|subscribe|gdpr|avg", re.IGNORECASE)
VAT_RATES = (0, 600, 900, 1200, 2100)
"""Basis points, in the Netherlands and Belgium."""
COLOURS, SIZES = {"kleur", "color", "colour"}, {"maat", "size"}

CHANGED = ("date_created", "date_created_gmt", "date_modified", "date_modified_gmt")
CUSTOMER_KNOWS = ("id", *CHANGED, "email", "first_name", "last_name", "role")
ORDER_KNOWS = (
    "id", *CHANGED, "number", "status", "currency", "customer_id", "total", "total_tax", "cart_tax", "discount_total",
    "discount_tax", "shipping_total", "shipping_tax", "line_items", "fee_lines", "refunds", "currency_symbol",
)  # fmt: skip
LINE_KNOWS = (
    "id", "name", "product_id", "variation_id", "quantity", "subtotal", "subtotal_tax", "total", "total_tax", "sku",
    "global_unique_id", "price", "parent_name", "image",
)  # fmt: skip
PRODUCT_KNOWS = (
    "id", *CHANGED, "name", "parent_id", "sku", "global_unique_id", "description", "permalink", "status",
    "regular_price", "sale_price", "price", "date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to",
    "date_on_sale_to_gmt", "stock_quantity", "stock_status", "images", "image",
)  # fmt: skip
COUPON_KNOWS = ("id", *CHANGED, "code", "amount", "status", "discount_type", "date_expires", "usage_count")
OURS = "rotonde_"
"""What begins the plugin fields that we write: copies of what is known here, said by nobody."""
WRITTEN_CONSENT = re.compile(rf"{OURS}consent_(?!at$)")


def customers(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the account, and what its plugin fields say about consent, and of that what we wrote, apart."""
    key = required(record, "id")
    yield from _written_consents(record, reading, key)
    record = _without_ours(record)
    billing = part(record, "billing")
    email = text(record, "email")
    yield unchecked(Customer)(
        **_from(reading, record, key, CUSTOMER_KNOWS),
        **_person(billing, reading, email or text(billing, "email"), record),
        company=text(billing, "company"),
        groups=[role] if (role := text(record, "role")) else [],
        registered_at=instant(record, "date_created_gmt"),
    )
    yield from _consents(record, reading, key, key, email_of(email))


def orders(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the order and its lines, the guest who placed it, and what was ticked at the checkout."""
    record = _without_ours(record)
    key, status, billing = required(record, "id"), text(record, "status"), part(record, "billing")
    customer = text(record, "customer_id")
    is_guest = customer in (None, "0")
    buyer = f"guest:{key}" if is_guest else customer
    gone = {"is_deleted": status == "trash"}
    if is_guest and (text(billing, "email") or text(billing, "phone")):
        yield _guest(record, billing, reading, key, gone)
    yield _order(record, reading, key, buyer, gone)
    lines = [*parts(record, "line_items"), *parts(record, "fee_lines")]
    for place, line in enumerate(lines, start=1):
        yield _line(line, record, reading, {"line_number": place, **gone})
    for line in parts(record, "coupon_lines"):
        if number := text(line, "id"):
            yield _redemption(line, f"{key}:{number}", record, reading, {"customer_id": buyer, **gone})
    yield from _consents(record, reading, f"order:{key}", buyer, email_of(text(billing, "email")))


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
        money = -abs(_gross(line, "total", "total_tax") or 0)
        quantity = -abs(thousandths(line, "quantity") or 0)
        left -= money
        yield unchecked(OrderLine)(
            **_from(reading, record, part_key, tuple(record)),
            **same,
            **_goods(line),
            quantity_thousandths=quantity,
            currency=reading.currency,
            unit_minor=_each(money, quantity),
            total_minor=money,
            tax_basis_points=_vat(line),
            returns_line_id=_meta(line).get("_refunded_item_id") or None,
        )
    if left:
        yield unchecked(OrderLine)(
            **_from(reading, record, f"refund:{key}:amount", tuple(record)),
            **same,
            quantity_thousandths=0,
            currency=reading.currency,
            total_minor=left,
        )


def products(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the product, its price now and on sale, and its stock; a parent of variations has none of its own."""
    key, status = required(record, "id"), text(record, "status")
    gone = {"is_deleted": status == "trash"}
    names = [text(each, "name") for each in parts(record, "categories") if text(each, "slug") != "uncategorized"]
    brands = [text(each, "name") for each in parts(record, "brands")]
    pictures = parts(record, "images") or [part(record, "image")]
    parent = text(record, "parent_id")
    yield unchecked(Product)(
        **_from(reading, record, key, PRODUCT_KNOWS),
        **gone,
        parent_id=None if parent == "0" else parent,
        sku=text(record, "sku"),
        gtin=text(record, "global_unique_id"),
        name=text(record, "name"),
        description=text(record, "description") or text(record, "short_description"),
        brand=next(iter(brands), None),
        category=next(iter(names), None),
        colour=_attribute(record, COLOURS),
        size=_attribute(record, SIZES),
        url=text(record, "permalink"),
        image_url=text(pictures[0], "src"),
        is_online=status == "publish" and text(record, "catalog_visibility") != "hidden",
        status=status,
    )
    if text(record, "type") not in ("variable", "grouped"):
        yield from _prices(record, reading, key, gone)
    if text(record, "type") not in ("variable", "grouped") or text(record, "manage_stock") == "true":
        yield _stock(record, reading, key, gone)


def coupons(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the coupon; whom it is for stays in `raw`."""
    kind, amount = text(record, "discount_type"), rounded_minor(record, "amount")
    worth = {"percent_basis_points": amount} if kind == "percent" else {"amount_minor": amount}
    expires = text(record, "date_expires")
    yield unchecked(Voucher)(
        **_from(reading, record, required(record, "id"), COUPON_KNOWS),
        **worth,
        is_deleted=text(record, "status") == "trash",
        code=text(record, "code"),
        kind=kind,
        status=text(record, "status"),
        currency=reading.currency,
        ends_on=day({"date_expires": expires[:10]}, "date_expires") if expires else None,
        usage_count=whole(record, "usage_count"),
    )


STREAMS = {
    "customers": Maps(customers, (Customer, Consent)),
    "orders": Maps(orders, (Customer, Order, OrderLine, Voucher, Consent)),
    "refunds": Maps(refunds, (OrderLine,)),
    "products": Maps(products, (Product, Price, Stock)),
    "product_variations": Maps(products, (Product, Price, Stock)),
    "coupons": Maps(coupons, (Voucher,)),
}


def _from(reading: Reading, record: VendorRecord, key: str, known: Collection[str]) -> dict[str, Any]:
    """Return what every canonical record says of itself."""
    return {
        "source": reading.source,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "source_id": key,
        "changed_at": _changed_at(record),
        "raw": rest(record, known),
    }


def _changed_at(record: VendorRecord) -> datetime | None:
    return instant(record, "date_modified_gmt", UTC) or instant(record, "date_created_gmt", UTC)


def _person(billing: VendorRecord, reading: Reading, email: str | None, named: VendorRecord) -> dict[str, Any]:
    street, second = text(billing, "address_1"), text(billing, "address_2")
    # some checkouts keep the house number in the second line
    is_number = bool(second and second[0].isdigit() and street and not any(map(str.isdigit, street)))
    return person_fields(
        country=reading.country,
        email=email,
        phone=text(billing, "phone"),
        first_name=text(named, "first_name") or text(billing, "first_name"),
        last_name=text(named, "last_name") or text(billing, "last_name"),
        street=street,
        house_number=second if is_number else None,
        postcode=text(billing, "postcode"),
        city=text(billing, "city"),
        address_country=text(billing, "country"),
    )


def _guest(record: VendorRecord, billing: VendorRecord, reading: Reading, key: str, gone: dict[str, bool]) -> Customer:
    return unchecked(Customer)(
        **_from(reading, record, f"guest:{key}", tuple(record)),
        **gone,
        **_person(billing, reading, text(billing, "email"), billing),
        company=text(billing, "company"),
        is_guest=True,
    )


def _order(record: VendorRecord, reading: Reading, key: str, buyer: str | None, gone: dict[str, bool]) -> Order:
    ordered_at = instant(record, "date_created_gmt", UTC)
    if ordered_at is None:
        raise Unreadable("missing_key", "date_created_gmt")
    return unchecked(Order)(
        **_from(reading, record, key, ORDER_KNOWS),
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
        discount_minor=_gross(record, "discount_total", "discount_tax"),
        shipping_minor=_gross(record, "shipping_total", "shipping_tax"),
        coupon_codes=[code for each in parts(record, "coupon_lines") if (code := text(each, "code"))],
    )


def _is_paid(record: VendorRecord) -> bool:
    """Tell whether it was paid; of a status that a plugin made, the date of payment decides."""
    status = text(record, "status")
    return status in PAID or (status not in NOT_PAID and text(record, "date_paid_gmt") is not None)


def _line(line: VendorRecord, order: VendorRecord, reading: Reading, facts: dict[str, Any]) -> OrderLine:
    total, before = _gross(line, "total", "total_tax") or 0, _gross(line, "subtotal", "subtotal_tax")
    quantity = thousandths({"quantity": 1, **line}, "quantity") or 0
    own = _from(reading, order, required(line, "id"), tuple(order))
    discount = (before - total) or None if before is not None else None
    return unchecked(OrderLine)(
        **{**own, "raw": rest(line, LINE_KNOWS)},
        **facts,
        **_goods(line),
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
        **_from(reading, order, key, tuple(order)),
        **facts,
        code=text(line, "code"),
        kind="redemption",
        currency=text(order, "currency") or reading.currency,
        amount_minor=_gross(line, "discount", "discount_tax"),
        redeemed_at=instant(order, "date_created_gmt", UTC),
        order_id=text(order, "id"),
    )


def _goods(line: VendorRecord) -> dict[str, Any]:
    """Return which product a line is about: the variation where there is one."""
    ids = [text(line, "variation_id"), text(line, "product_id")]
    return {
        "product_id": next((each for each in ids if each not in (None, "0")), None),
        "sku": text(line, "sku"),
        "gtin": text(line, "global_unique_id"),
        "description": text(line, "name"),
    }


def _gross(record: VendorRecord, net: str, tax: str) -> int | None:
    """Return an amount with its VAT in cents; the vendor keeps both with decimals of its own, so add, then round."""
    amount = number(record, net)
    return None if amount is None else rounded_minor({net: amount + (number(record, tax) or 0)}, net)


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


def _attribute(record: VendorRecord, names: Collection[str]) -> str | None:
    for each in parts(record, "attributes"):
        options = each.get("options")
        only = {"option": options[0]} if isinstance(options, list) and len(options) == 1 else each
        if (text(each, "name") or "").lower().removeprefix("pa_") in names and (option := text(only, "option")):
            return option
    return None


def _prices(record: VendorRecord, reading: Reading, key: str, gone: dict[str, bool]) -> Iterator[Price]:
    sale = {
        "starts_at": instant(record, "date_on_sale_from_gmt", UTC),
        "ends_at": instant(record, "date_on_sale_to_gmt", UTC),
    }
    for kind, field, when in (("standard", "regular_price", {}), ("promo", "sale_price", sale)):
        amount = rounded_minor(record, field)
        if amount is not None:
            own = _from(reading, record, f"{key}:{kind}", tuple(record))
            yield unchecked(Price)(
                **own, **gone, **when, product_id=key, kind=kind, price_minor=amount, currency=reading.currency
            )


def _stock(record: VendorRecord, reading: Reading, key: str, gone: dict[str, bool]) -> Stock:
    # of a variation whose stock is kept at its parent ("parent") the number is the parent's
    is_own = text(record, "manage_stock") != "parent" and flag(record, "manage_stock")
    return unchecked(Stock)(
        **_from(reading, record, key, tuple(record)),
        **gone,
        product_id=key,
        available_thousandths=thousandths(record, "stock_quantity") if is_own else None,
        status=text(record, "stock_status"),
    )


def _without_ours(record: VendorRecord) -> VendorRecord:
    fields = [each for each in parts(record, "meta_data") if not (text(each, "key") or "").startswith(OURS)]
    return {**record, "meta_data": fields}


def _written_consents(record: VendorRecord, reading: Reading, key: str) -> Iterator[Consent]:
    """Give what stands there of ours, so that it is seen to stand there; no rule makes an act of it."""
    for name, said in _meta(record).items():
        if WRITTEN_CONSENT.match(name):
            own = _from(reading, record, f"{key}:meta_data.{name}", tuple(record))
            yield unchecked(Consent)(**own, customer_id=key, field=f"meta_data.{name}", value=said)


def _meta(record: VendorRecord) -> dict[str, str | None]:
    """Return plugin fields by key, as texts; of a key that stands twice the newest counts."""
    found = sorted(parts(record, "meta_data"), key=lambda each: whole(each, "id") or 0)
    return {key: _said(each.get("value")) for each in found if (key := text(each, "key"))}


def _said(value: Any) -> str | None:
    """Return a plugin's value as it was reported; nothing is made of it here."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(plain(value), ensure_ascii=False) if isinstance(value, (bool, dict, list)) else str(value)


def _consents(
    record: VendorRecord, reading: Reading, key: str, customer: str | None, email: str | None
) -> Iterator[Consent]:
    meta, at = _meta(record), _changed_at(record)
    matching = [name for name in meta if CONSENT_WORDS.search(name)]
    dates = {name: said for name in ("date_modified_gmt", "date_created_gmt") if (said := text(record, name))}
    for name in matching:
        if any(name.startswith(f"{other}_") for other in matching):
            continue
        field = f"meta_data.{name}"
        beside = {each: said for each, said in meta.items() if each.startswith(f"{name}_") and said is not None}
        yield unchecked(Consent)(
            **_from(reading, record, f"{key}:{field}:{at.isoformat() if at else ''}", tuple(record)),
            customer_id=customer,
            email=email,
            field=field,
            value=meta[name],
            facts={**dates, **beside},
        )
