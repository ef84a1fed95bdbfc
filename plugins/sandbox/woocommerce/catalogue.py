"""What a product and a variation look like: blank records, the views of them, and what a list leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from plugins.sandbox.woocommerce.listing import by_date
from plugins.sandbox.woocommerce.money import cents
from plugins.sandbox.woocommerce.params import Row
from plugins.sandbox.woocommerce.shop import links, slug

SALE_DATES = ("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt")
PRODUCT_KEYS = (
    *("id", "name", "slug", "permalink", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt"),
    *("type", "status", "featured", "catalog_visibility", "description", "short_description", "sku", "price"),
    *("regular_price", "sale_price", *SALE_DATES, "on_sale", "purchasable", "total_sales", "virtual", "downloadable"),
    *("downloads", "download_limit", "download_expiry", "external_url", "button_text", "tax_status", "tax_class"),
    *("manage_stock", "stock_quantity", "backorders", "backorders_allowed", "backordered", "low_stock_amount"),
    *("sold_individually", "weight", "dimensions", "shipping_required", "shipping_taxable", "shipping_class"),
    *("shipping_class_id", "reviews_allowed", "average_rating", "rating_count", "upsell_ids", "cross_sell_ids"),
    *("parent_id", "purchase_note", "categories", "brands", "tags", "images", "attributes", "default_attributes"),
    *("variations", "grouped_products", "menu_order", "price_html", "related_ids", "meta_data", "stock_status"),
    *("has_options", "post_password", "global_unique_id"),
)
VARIATION_KEYS = (
    *("id", "type", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt", "description"),
    *("permalink", "sku", "global_unique_id", "price", "regular_price", "sale_price", *SALE_DATES, "on_sale"),
    *("status", "purchasable", "virtual", "downloadable", "downloads", "download_limit", "download_expiry"),
    *("tax_status", "tax_class", "manage_stock", "stock_quantity", "stock_status", "backorders"),
    *("backorders_allowed", "backordered", "low_stock_amount", "weight", "dimensions", "shipping_class"),
    *("shipping_class_id", "image", "attributes", "menu_order", "meta_data", "name", "parent_id"),
)
TEXTS = (
    *("description", "short_description", "sku", "global_unique_id", "regular_price", "sale_price", "external_url"),
    *("button_text", "tax_class", "weight", "shipping_class", "purchase_note", "post_password"),
)
FALSES = (
    "featured",
    "virtual",
    "downloadable",
    "manage_stock",
    "backorders_allowed",
    "backordered",
    "sold_individually",
)
LISTS = (
    *("downloads", "upsell_ids", "cross_sell_ids", "categories", "brands", "tags", "images", "attributes"),
    *("default_attributes", "variations", "grouped_products", "related_ids", "meta_data"),
)


def blank_product(number: int, kind: str = "simple", parent_id: int = 0) -> Row:
    """Return a product with every field and nothing in it."""
    return {
        "id": number,
        "name": "",
        "slug": "",
        "type": kind,
        "status": "publish",
        "catalog_visibility": "visible",
        **dict.fromkeys(TEXTS, ""),
        **dict.fromkeys(FALSES, False),
        **dict.fromkeys(SALE_DATES),
        **{name: [] for name in LISTS},
        "total_sales": 0,
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": "taxable",
        "stock_quantity": None,
        "stock_status": "instock",
        "backorders": "no",
        "low_stock_amount": None,
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_required": True,
        "shipping_taxable": True,
        "shipping_class_id": 0,
        "reviews_allowed": True,
        "average_rating": "0",
        "rating_count": 0,
        "parent_id": parent_id,
        "menu_order": 0,
        "has_options": kind == "variable",
        "image": None,
    }


def price(row: Row) -> str:
    """Return what one costs now, VAT included."""
    on_sale: str = row["sale_price"]
    return on_sale or str(row["regular_price"])


def stock_status(row: Row) -> str:
    """Return whether it can be had."""
    if not row["manage_stock"]:
        return str(row["stock_status"])
    if (row["stock_quantity"] or 0) > 0:
        return "instock"
    return "outofstock" if row["backorders"] == "no" else "onbackorder"


def product_view(row: Row, children: Sequence[Row], parent: Row | None, base: str, is_edited: bool) -> Row:
    """Return a product as `/products` shows it; a variation looks odd there, as it does in the shop.

    The answer to a writing request has two keys more than the answer to a reading one.
    """
    if parent is not None:
        return _variation_as_product(row, parent, base)
    prices = sorted((price(child) for child in children), key=cents) if row["type"] == "variable" else [price(row)]
    status = stock_status(row)
    if row["type"] == "variable":
        status = "instock" if any(stock_status(child) == "instock" for child in children) else "outofstock"
    full = {
        **row,
        "permalink": f"{base}/product/{row['slug']}/",
        "price": prices[0] if prices else "",
        "on_sale": any(each["sale_price"] for each in children or (row,)),
        "purchasable": any(prices),
        "variations": [child["id"] for child in children],
        "stock_status": status,
        "price_html": _price_html(row, prices),
    }
    shown = {name: full[name] for name in PRODUCT_KEYS}
    if not is_edited:
        return {**shown, "average_rating": "0.00", "_links": links(base, "products", row["id"])}
    shown |= {"permalink_template": f"{base}/product/%pagename%/", "generated_slug": row["slug"]}
    return {**shown, "_links": links(base, "products", row["id"])}


def _variation_as_product(row: Row, parent: Row, base: str) -> Row:
    name = f"{parent['name']} - {row['name']}"
    full = {
        **_sellable(row, parent, base),
        "name": name,
        "slug": f"{parent['slug']}-{row['name'].lower().replace(', ', '-')}",
        "total_sales": str(row["total_sales"]),
        "average_rating": "0.00",
        "reviews_allowed": False,
        "price_html": _price_html(row, [price(row)]),
    }
    up = {"up": [{"href": f"{links(base, 'products', parent['id'])['self'][0]['href']}"}]}
    return {**{key: full[key] for key in PRODUCT_KEYS}, "_links": links(base, "products", row["id"], **up)}


def variation_view(row: Row, parent: Row, base: str, is_edited: bool) -> Row:
    """Return a variation as `/products/{id}/variations` shows it; only a writing request sees where tax comes from."""
    tax_class = row["tax_class"] or ("parent" if is_edited else parent["tax_class"])
    full = {**_sellable(row, parent, base), "tax_class": tax_class}
    up = {"up": links(base, "products", parent["id"])["self"]}
    path = f"products/{parent['id']}/variations"
    return {**{key: full[key] for key in VARIATION_KEYS}, "_links": links(base, path, row["id"], **up)}


def _sellable(row: Row, parent: Row, base: str) -> Row:
    chosen = "&".join(f"attribute_{each['slug']}={each['option']}" for each in row["attributes"])
    return {
        **row,
        "permalink": f"{base}/product/{parent['slug']}/?{chosen}",
        "price": price(row),
        "on_sale": bool(row["sale_price"]),
        "purchasable": bool(price(row)),
        "stock_status": stock_status(row),
    }


def _price_html(row: Row, prices: Sequence[str]) -> str:
    if not any(prices):
        return ""
    if row["sale_price"]:
        was, is_now = row["regular_price"], row["sale_price"]
        return (
            f'<del aria-hidden="true">{_amount(was)}</del> '
            f'<span class="screen-reader-text">Original price was: &euro;{was}.</span>'
            f'<ins aria-hidden="true">{_amount(is_now)}</ins>'
            f'<span class="screen-reader-text">Current price is: &euro;{is_now}.</span>'
        )
    return " &ndash; ".join(_amount(each) for each in dict.fromkeys((prices[0], prices[-1])))


def _amount(text: str) -> str:
    symbol = '<span class="woocommerce-Price-currencySymbol">&euro;</span>'
    return f'<span class="woocommerce-Price-amount amount"><bdi>{symbol}{text}</bdi></span>'


def attribute(name: str, options: Sequence[str], position: int) -> Row:
    """Return an attribute of a variable product."""
    more: dict[str, Any] = {"position": position, "visible": True, "variation": True, "options": list(options)}
    return {"id": 0, "name": name, "slug": name, **more}


def attribute_sent(sent: Row, place: int, row: Row) -> Row:
    """Return an attribute as a body names it, of a product or of one of its variations."""
    name = str(sent.get("name", ""))
    if row["parent_id"]:
        return {"id": 0, "name": name, "slug": slug(name), "option": str(sent.get("option", ""))}
    flags = {"visible": bool(sent.get("visible", False)), "variation": bool(sent.get("variation", False))}
    return {"id": 0, "name": name, "slug": name, "position": place, **flags, "options": sent.get("options", [])}


def filtered(query: Row, zone: tzinfo, rows: list[Row]) -> list[Row]:
    """Keep the products that the filters of a list leave."""
    rows = by_date(rows, query, zone)
    if query["status"] == "any":
        rows = [row for row in rows if row["status"] != "trash"]
    else:
        rows = [row for row in rows if row["status"] == query["status"]]
    if query["sku"]:
        rows = [row for row in rows if row["sku"] and row["sku"] in query["sku"].split(",")]
    if query["parent"]:
        rows = [row for row in rows if row["parent_id"] in query["parent"]]
    if query["stock_status"]:
        rows = [row for row in rows if stock_status(row) == query["stock_status"]]
    if word := query["search"].lower():
        rows = [row for row in rows if word in f"{row['name']} {row['sku']} {row['description']}".lower()]
    return rows
