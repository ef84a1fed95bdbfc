"""The facts a feed may use: what is known of a sellable product, and nothing of any person."""

from __future__ import annotations

from plugins.rules.catalogue import Catalogue, Trait, Type

_FACTS: tuple[tuple[str, Type, str], ...] = (
    ("product_id", "text", "the source's own id of the product"),
    ("parent_id", "text", "the product this one is a size or colour of"),
    ("variant_count", "integer", "products with the same parent, this one counted"),
    ("product_code", "text", "code of the article, the same for all its sizes"),
    ("sku", "text", "article number of this very size and colour"),
    ("gtin", "text", "EAN, UPC or other GTIN, digits only"),
    ("name", "text", "name; of a size or colour the name of its parent"),
    ("variant_name", "text", "what a size or colour itself is called where its parent has the name"),
    ("description", "text", "description without tags"),
    ("description_html", "text", "description as the source has it"),
    ("brand", "text", "brand"),
    ("category", "text", "the nearest category"),
    ("department", "text", "the widest category"),
    ("colour", "text", "colour"),
    ("size", "text", "size"),
    ("url", "text", "page of the product"),
    ("image_url", "text", "its first picture"),
    ("life_status", "text", "what the source says of its life, e.g. publish"),
    ("is_online", "boolean", "shown in the webshop"),
    ("price_minor", "money", "what it costs, in cents, VAT included"),
    ("sale_price_minor", "money", "what it costs on sale now or later, in cents"),
    ("sale_starts_at", "time", "when the sale starts"),
    ("sale_ends_at", "time", "when the sale ends"),
    ("is_on_sale", "boolean", "the sale is on now"),
    ("discount_percent", "integer", "whole percent that the sale takes off"),
    ("stock", "integer", "whole pieces in the places that count"),
    ("is_in_stock", "boolean", "at least one piece, or said to be in stock where nobody counts"),
    ("availability", "text", "in_stock, backorder or out_of_stock"),
    ("changed_at", "time", "when the source last changed it"),
)

FACTS: Catalogue = {name: Trait(name, type_, meaning) for name, type_, meaning in _FACTS}
FILLED = (
    "gtin", "name", "description", "brand", "category", "department", "colour", "size", "url", "image_url",
)  # fmt: skip
"""What another source may fill in, or be preferred for."""
