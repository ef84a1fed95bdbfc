"""What a WooCommerce shop sells: products and their sizes, prices, stock and coupons."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    VendorRecord,
    day,
    flag,
    instant,
    part,
    parts,
    required,
    rounded_minor,
    text,
    thousandths,
    whole,
)
from mappers.canonical.woocommerce.record import CHANGED, of
from plugins.store.codec import unchecked
from plugins.store.entities import Price, Product, Record, Stock, Voucher

COLOURS, SIZES = {"kleur", "color", "colour"}, {"maat", "size"}
PRODUCT_KNOWS = (
    "id", *CHANGED, "name", "parent_id", "sku", "global_unique_id", "description", "permalink", "status",
    "regular_price", "sale_price", "price", "date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to",
    "date_on_sale_to_gmt", "stock_quantity", "stock_status", "images", "image",
)  # fmt: skip
COUPON_KNOWS = ("id", *CHANGED, "code", "amount", "status", "discount_type", "date_expires", "usage_count")


def products(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the product, its price now and on sale, and its stock; a parent of variations has none of its own."""
    key, status = required(record, "id"), text(record, "status")
    gone = {"is_deleted": status == "trash"}
    names = [text(each, "name") for each in parts(record, "categories") if text(each, "slug") != "uncategorized"]
    brands = [text(each, "name") for each in parts(record, "brands")]
    pictures = parts(record, "images") or [part(record, "image")]
    parent = text(record, "parent_id")
    yield unchecked(Product)(
        **of(reading, record, key, PRODUCT_KNOWS),
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
        **of(reading, record, required(record, "id"), COUPON_KNOWS),
        **worth,
        is_deleted=text(record, "status") == "trash",
        code=text(record, "code"),
        kind=kind,
        status=text(record, "status"),
        currency=reading.currency,
        ends_on=day({"date_expires": expires[:10]}, "date_expires") if expires else None,
        usage_count=whole(record, "usage_count"),
    )


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
            own = of(reading, record, f"{key}:{kind}", tuple(record))
            yield unchecked(Price)(
                **own, **gone, **when, product_id=key, kind=kind, price_minor=amount, currency=reading.currency
            )


def _stock(record: VendorRecord, reading: Reading, key: str, gone: dict[str, bool]) -> Stock:
    # of a variation whose stock is kept at its parent ("parent") the number is the parent's
    is_own = text(record, "manage_stock") != "parent" and flag(record, "manage_stock")
    return unchecked(Stock)(
        **of(reading, record, key, tuple(record)),
        **gone,
        product_id=key,
        available_thousandths=thousandths(record, "stock_quantity") if is_own else None,
        status=text(record, "stock_status"),
    )
