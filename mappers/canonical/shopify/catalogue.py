"""What a Shopify shop sells and where it lies: articles, their sizes and prices, stock, and shops."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mappers.canonical.reading import Reading
from mappers.canonical.shopify.record import number, of, pointed
from mappers.canonical.vendor_record import VendorRecord, flag, part, parts, required, rounded_minor, text, thousandths
from plugins.identifiers import postcode
from plugins.store.codec import unchecked
from plugins.store.entities import Price, Product, Record, Stock, Store

COLOURS, SIZES = {"kleur", "color", "colour", "couleur", "farbe"}, {"maat", "size", "taille", "grösse", "größe"}
PRODUCT_KNOWS = (
    "id", "title", "descriptionHtml", "vendor", "productType", "status", "createdAt", "updatedAt", "onlineStoreUrl",
)  # fmt: skip
VARIANT_KNOWS = (
    "id", "title", "displayName", "sku", "barcode", "price", "compareAtPrice", "createdAt", "updatedAt",
    "selectedOptions", "product",
)  # fmt: skip
ONLY = "Default Title"
"""What the one variant of an article without choices is called."""


def products(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the article; what is sold of it, and its price, are its variants."""
    yield unchecked(Product)(
        **of(reading, record, f"product:{number(record)}", PRODUCT_KNOWS),
        name=text(record, "title"),
        description=text(record, "descriptionHtml"),
        brand=text(record, "vendor"),
        category=text(record, "productType"),
        url=text(record, "onlineStoreUrl"),
        is_online=_is_online(record),
        status=text(record, "status"),
    )


def product_variants(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give what is sold, with its price now, and the one before where it is on sale."""
    key, product = number(record), part(record, "product")
    parent = pointed(record, "product")
    title = text(record, "title")
    yield unchecked(Product)(
        **of(reading, record, key, VARIANT_KNOWS),
        parent_id=parent and f"product:{parent}",
        sku=text(record, "sku"),
        gtin=text(record, "barcode"),
        name=text(product, "title") or text(record, "displayName"),
        brand=text(product, "vendor"),
        category=text(product, "productType"),
        colour=_option(record, COLOURS),
        size=_option(record, SIZES) if title != ONLY else None,
        url=text(product, "onlineStoreUrl"),
        is_online=_is_online(product),
        status=text(product, "status"),
    )
    now, before = rounded_minor(record, "price"), rounded_minor(record, "compareAtPrice")
    is_sale = now is not None and before is not None and before > now
    for kind, amount in (("standard", before if is_sale else now), ("promo", now if is_sale else None)):
        if amount is not None:
            own = of(reading, record, f"{key}:{kind}", tuple(record))
            yield unchecked(Price)(**own, product_id=key, kind=kind, price_minor=amount, currency=reading.currency)


def inventory_levels(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give how many lie at each place; of what is not counted, that it is there."""
    variant = pointed(record, "variant")
    is_counted = flag(record, "tracked") is not False
    for level in parts(record, "inventoryLevels") if variant else ():
        place = number(part(level, "location"))
        counts = {text(each, "name"): each for each in parts(level, "quantities")}
        available = thousandths(counts.get("available", {}), "quantity")
        yield unchecked(Stock)(
            **{**of(reading, level, f"{variant}:{place}", tuple(level)), "raw": {}},
            product_id=variant,
            store_id=place,
            available_thousandths=available if is_counted else None,
            status=None if is_counted else "not counted",
        )


def locations(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the shop, or the store room of the webshop."""
    address, key = part(record, "address"), number(record)
    land, code = text(address, "countryCode"), text(address, "zip")
    yield unchecked(Store)(
        **of(reading, record, key, ("id", "name", "createdAt", "updatedAt")),
        number=key,
        name=required(record, "name"),
        kind="shop",
        city=text(address, "city"),
        postcode=postcode(code, land or reading.country) if code else None,
        country=land,
    )


def _is_online(product: VendorRecord) -> bool:
    """Tell whether it can be bought in the webshop, where alone it has an address."""
    return text(product, "status") == "ACTIVE" and text(product, "onlineStoreUrl") is not None


def _option(record: VendorRecord, names: Collection[str]) -> str | None:
    for each in parts(record, "selectedOptions"):
        if (text(each, "name") or "").lower() in names:
            return text(each, "value")
    return None
