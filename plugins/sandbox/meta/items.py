"""One product of the catalogue, and what Meta finds wrong with one that is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from plugins.sandbox.meta.nodes import Node, names

PRICE = re.compile(r"\d+(\.\d{1,2})? [A-Z]{3}")
REQUIRED = ("title", "description", "availability", "condition", "price", "link", "image_link")
IDENTIFIERS = ("brand", "mpn", "gtin")
LIMITS = {"title": 200, "description": 9999, "brand": 100, "gtin": 70, "mpn": 100, "item_group_id": 100}
LIMITS |= {f"custom_label_{number}": 100 for number in range(5)} | {"color": 200, "size": 200, "product_type": 750}
LONG = {"title": 100, "description": 5000}
LONGEST_ID = 100
CHOICES = {
    "availability": names("") | {
        "in stock", "out of stock", "available for order", "preorder", "discontinued", "pending", "mark_as_sold",
    },
    "condition": names("new refurbished used used_like_new used_good used_fair cpo open_box_new"),
}  # fmt: skip
SHOWN_AS = {
    "title": "name", "link": "url", "image_link": "image_url", "mpn": "manufacturer_part_number",
    "item_group_id": "retailer_product_group_id", "quantity_to_sell_on_facebook": "quantity_to_sell_on_facebook",
}  # fmt: skip


@dataclass
class Product(Node):
    """One product, found by the id that the retailer gives it."""

    kind: ClassVar[str] = "ProductItem"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "catalog_management"
    default: ClassVar[tuple[str, ...]] = ("name", "retailer_id")
    known: ClassVar[frozenset[str]] = names(
        "id retailer_id name description availability condition price sale_price currency url image_url brand gtin "
        "manufacturer_part_number retailer_product_group_id product_type color size gender age_group material pattern "
        "custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4 inventory "
        "quantity_to_sell_on_facebook review_status visibility fb_product_category errors"
    )
    retailer_id: str
    sent: dict[str, Any] = field(default_factory=dict)
    """What the retailer said of it, under the names of the feed."""
    feed_id: str = ""

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the product as Meta shows it, under other names than it was sent."""
        told = {SHOWN_AS.get(name, name): value for name, value in self.sent.items() if name != "id"}
        currency = str(self.sent.get("price", "")).rpartition(" ")[2]
        told |= {"retailer_id": self.retailer_id, "currency": currency}
        return {**told, "review_status": "approved", "errors": []}


def errors_of(data: Mapping[str, Any], held: Mapping[str, Any]) -> list[str]:
    """Return why a product would not be taken; `held` is what is known of it already."""
    whole = {**held, **data}
    found = [f"The field {name} is missing" for name in REQUIRED if not whole.get(name)]
    if not any(whole.get(name) for name in IDENTIFIERS):
        found.append("One of brand, mpn and gtin must be there")
    found += [f"The field {name} is too long" for name, most in LIMITS.items() if len(str(data.get(name, ""))) > most]
    for name, allowed in CHOICES.items():
        if data.get(name) and str(data[name]) not in allowed:
            found.append(f"{data[name]} is not a value of {name}")
    for name in ("price", "sale_price"):
        if data.get(name) and not PRICE.fullmatch(str(data[name])):
            found.append(f"{name} must be an amount and a currency, such as 49.95 EUR")
    for name in ("link", "image_link"):
        if data.get(name) and not is_address(data[name]):
            found.append(f"{name} is not a URL")
    return found


def warnings_of(data: Mapping[str, Any]) -> list[str]:
    """Return what Meta advises against."""
    long = [name for name, most in LONG.items() if len(str(data.get(name, ""))) > most]
    return [f"The field {name} is longer than advised" for name in long]


def is_address(text: Any) -> bool:
    """Tell whether a text is a web address."""
    parts = urlsplit(str(text))
    return parts.scheme in ("http", "https") and bool(parts.netloc)
