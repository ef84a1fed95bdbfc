"""Tilroy's shops, articles, prices, stock and promotions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    flag,
    instant,
    minor,
    number,
    part,
    parts,
    required,
    rest,
    text,
    thousandths,
    whole,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Price, Product, Promotion, Record, Stock, Store

LANGUAGES = ("NL", "EN", "FR", "DE")
GTIN_LENGTHS = (8, 12, 13, 14)
KNOWN_OF_SHOP = frozenset({"tilroyId", "number", "name", "type", "postalCode", "city", "country"})
KNOWN_OF_PRODUCT = frozenset({
    "tilroyId", "code", "visibleOnline", "descriptions", "brand", "groupLevels", "colours", "dateExported",
})  # fmt: skip
KNOWN_OF_SKU = frozenset({"tilroyId", "sourceId", "size", "lifeStatus", "barcodes"})
KNOWN_OF_RULE = frozenset({"tilroyId", "shop", "sku", "prices", "dateModified"})
KNOWN_OF_PRICE = frozenset({
    "tilroyId", "type", "price", "quantity", "startDate", "endDate", "promotionTilroyId",
})  # fmt: skip
KNOWN_OF_STOCK = frozenset({"tilroyId", "sku", "shop", "dateUpdated"})


def shops(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a store."""
    country = text(part(record, "country"), "code") or text(record, "country")
    yield unchecked(Store)(
        source=reading.source,
        source_id=required(record, "tilroyId"),
        stream=reading.stream,
        seen_at=reading.seen_at,
        number=text(record, "number"),
        name=text(record, "name"),
        kind=_shop_kind(part(record, "type")),
        postcode=text(record, "postalCode"),
        city=text(record, "city"),
        country=country,
        raw=rest(record, KNOWN_OF_SHOP),
    )


def _shop_kind(kind: VendorRecord) -> Any:
    code = (text(kind, "code") or "").lower()
    return None if not code else "webshop" if "web" in code or "ecom" in code else "shop"


def products(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a product of each sku."""
    colours = parts(record, "colours")
    if not any(parts(colour, "skus") for colour in colours):
        return
    shared = {"source": reading.source, "stream": reading.stream, "seen_at": reading.seen_at, **_article(record)}
    kept = rest(record, KNOWN_OF_PRODUCT)
    made = [
        unchecked(Product)(**shared, **_colour(colour), **_sku(sku), raw=kept | rest(sku, KNOWN_OF_SKU))
        for colour in colours
        for sku in parts(colour, "skus")
    ]
    yield from made


def _article(record: VendorRecord) -> dict[str, Any]:
    told = parts(record, "descriptions")
    brand = part(record, "brand")
    levels = sorted(parts(record, "groupLevels"), key=lambda level: number(level, "level") or 0)
    return {
        "parent_id": required(record, "tilroyId"),
        "changed_at": instant(record, "dateExported"),
        "product_code": text(record, "code"),
        "name": _told(told, "standard") or _told(told, "webName"),
        "description": _told(told, "web") or _told(told, "webShort"),
        "url": _told(told, "canonicalUrl"),
        "brand": _told(parts(brand, "descriptions"), "standard") or text(brand, "code"),
        "category": _group(levels[-1]) if levels else None,
        "department": _group(levels[0]) if levels else None,
        "is_online": flag(record, "visibleOnline"),
    }


def _told(descriptions: list[VendorRecord], field: str) -> str | None:
    """Return a text in the first of our languages that has it."""
    found = {text(each, "languageCode"): said for each in descriptions if (said := text(each, field))}
    return next((found[language] for language in LANGUAGES if language in found), next(iter(found.values()), None))


def _group(level: VendorRecord) -> str | None:
    return _told(parts(level, "descriptions"), "standard") or text(level, "code")


def _colour(colour: VendorRecord) -> dict[str, Any]:
    pictures = [each for each in parts(colour, "pictures") if flag(each, "showOnline") is not False]
    shown = sorted(pictures, key=lambda each: (flag(each, "isDefault") is not True, number(each, "sortOrder") or 0))
    return {"colour": text(colour, "code"), "image_url": text(shown[0], "url") if shown else None}


def _sku(sku: VendorRecord) -> dict[str, Any]:
    return {
        "source_id": required(sku, "tilroyId"),
        "sku": text(sku, "sourceId"),
        "gtin": _gtin(parts(sku, "barcodes")),
        "size": text(part(sku, "size"), "code"),
        "status": text(part(sku, "lifeStatus"), "code"),
    }


def _gtin(barcodes: list[VendorRecord]) -> str | None:
    for barcode in barcodes:
        code = text(barcode, "code") or ""
        if code.isascii() and code.isdigit() and len(code) in GTIN_LENGTHS and flag(barcode, "isInternal") is not True:
            return code
    return None


def prices(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a price of each line of a rule; the rule says for which sku and where."""
    rule = required(record, "tilroyId")
    shared = {
        "source": reading.source,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "changed_at": instant(record, "dateModified"),
        "product_id": required(part(record, "sku"), "tilroyId"),
        "store_id": text(part(record, "shop"), "tilroyId"),
        "currency": reading.currency,
    }
    kept = rest(record, KNOWN_OF_RULE)
    made = [unchecked(Price)(**shared, **_price(rule, price, reading, kept)) for price in parts(record, "prices")]
    yield from made


def _price(rule: str, price: VendorRecord, reading: Reading, kept: dict[str, Any]) -> dict[str, Any]:
    kind, amount = text(price, "type"), minor(price, "price")
    if kind not in ("standard", "promo"):
        raise Unreadable("unknown_value", "prices.type")
    if amount is None:
        raise Unreadable("missing_key", "prices.price")
    return {
        "source_id": f"{rule}:{required(price, 'tilroyId')}",
        "kind": kind,
        "price_minor": amount,
        "quantity": whole(price, "quantity"),
        "starts_at": instant(price, "startDate", reading.zone),
        "ends_at": instant(price, "endDate", reading.zone),
        "promotion_id": text(price, "promotionTilroyId"),
        "raw": kept | rest(price, KNOWN_OF_PRICE),
    }


def stock(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make the stock of a sku in a shop."""
    yield unchecked(Stock)(
        source=reading.source,
        source_id=required(record, "tilroyId"),
        stream=reading.stream,
        seen_at=reading.seen_at,
        changed_at=instant(record, "dateUpdated"),
        product_id=required(part(record, "sku"), "tilroyId"),
        store_id=text(part(record, "shop"), "tilroyId"),
        available_thousandths=thousandths(part(record, "qty"), "available"),
        raw=rest(record, KNOWN_OF_STOCK),
    )


def promotions(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a promotion; Tilroy tells its name and days only."""
    yield unchecked(Promotion)(
        source=reading.source,
        source_id=required(record, "tilroyId"),
        stream=reading.stream,
        seen_at=reading.seen_at,
        changed_at=instant(record, "dateExported"),
        name=text(record, "name"),
        starts_at=instant(record, "dateFrom", reading.zone),
        ends_at=instant(record, "dateTo", reading.zone),
        raw=rest(record, {"tilroyId", "name", "dateFrom", "dateTo", "dateExported"}),
    )
