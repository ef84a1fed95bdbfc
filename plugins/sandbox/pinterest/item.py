"""Catalogue items: what an operation on one needs, and what it makes of the item that was there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

MASK = frozenset({
    "ad_link", "adult", "age_group", "availability", "average_review_rating", "brand", "checkout_enabled", "color",
    "condition", *(f"custom_label_{n}" for n in range(5)), *(f"custom_number_{n}" for n in range(5)), "description",
    "free_shipping_label", "free_shipping_limit", "gender", "google_product_category", "gtin", "item_group_id",
    "last_updated_time", "link", "material", "min_ad_price", "mpn", "number_of_ratings", "number_of_reviews",
    "pattern", "price", "product_type", "sale_price", "shipping", "shipping_height", "shipping_weight",
    "shipping_width", "size", "size_system", "size_type", "tax", "title", "variant_names", "variant_values",
    "promotion_id",
})  # fmt: skip
OPERATIONS = ("CREATE", "UPDATE", "UPSERT", "DELETE", "DELETE_DISCONTINUED")
NEEDED = ("title", "description", "link", "image_link", "price", "availability")
LONGEST = {"title": 500, "description": 10_000, "link": 511}
LONGEST_PICTURE = 2000
AVAILABLE = ("in stock", "out of stock", "preorder")
CHOICES = {
    "age_group": ("newborn", "infant", "toddler", "kids", "adult"),
    "condition": ("new", "used", "refurbished"),
    "gender": ("male", "female", "unisex"),
    "size_system": ("us", "uk", "eu", "de", "fr", "jp", "cn", "it", "br", "mex", "au"),
    "size_type": ("regular", "petite", "plus", "big_and_tall", "maternity"),
}
"""In any case of letters."""
LONGEST_ID, MOST_PICTURES, LARGEST_NUMBER = 127, 10, 4_294_967_295
PRICE = re.compile(r"\d+(\.\d{1,2})?( ?[A-Z]{3})?")
TITLE_MISSING = 106
"""The one code that the specification shows; that of the others is ours."""
Attributes = Mapping[str, Any]


class Complaint(NamedTuple):
    """What is wrong with one attribute."""

    attribute: str
    code: int
    message: str


class Change(NamedTuple):
    """One operation on one item."""

    item_id: str
    operation: str
    attributes: Attributes
    mask: tuple[str, ...] = ()


def complaints(change: Change, before: Attributes | None) -> list[Complaint]:
    """Return why an operation cannot be done; nothing when it can."""
    if change.operation in ("DELETE", "DELETE_DISCONTINUED"):
        return []
    if change.operation == "UPDATE" and before is None:
        return [Complaint("item_id", 100, "Item does not exist.")]
    if change.operation == "CREATE" and before is not None:
        return [Complaint("item_id", 101, "Item exists already.")]
    if len(change.item_id) > LONGEST_ID:
        return [Complaint("item_id", 102, "Item id is too long.")]
    found = [*_complaints(change.attributes, is_whole=change.operation != "UPDATE")]
    return found + [Complaint(name, 130, f"{name} is not valid.") for name in _unfit(change.attributes)]


def _complaints(attributes: Attributes, *, is_whole: bool) -> Iterator[Complaint]:
    for at, name in enumerate(NEEDED):
        if is_whole and not attributes.get(name):
            yield Complaint(name, TITLE_MISSING + at, f"{name.capitalize()} is missing from product metadata.")
        elif name in attributes and not FITS[name](attributes[name]):
            yield Complaint(name, TITLE_MISSING + 10 + at, f"{name.capitalize()} is not valid.")


def _unfit(attributes: Attributes) -> Iterator[str]:
    """Give the attributes of free choice whose value is none that Pinterest knows."""
    for name, value in attributes.items():
        if value is None:
            continue
        is_choice = name not in CHOICES or value.lower() in CHOICES[name]
        is_amount = name not in ("sale_price", "min_ad_price") or PRICE.fullmatch(value)
        is_small = not name.startswith("custom_number_") or 0 <= value <= LARGEST_NUMBER
        is_short = name != "additional_image_link" or len(value) <= MOST_PICTURES
        if not (is_choice and is_amount and is_small and is_short):
            yield name


def _is_text(name: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= LONGEST[name]


def _is_picture(value: Any) -> bool:
    links = [value] if isinstance(value, str) else value
    return isinstance(links, list) and len(links) == 1 and len(str(links[0])) <= LONGEST_PICTURE


FITS: Mapping[str, Callable[[Any], bool]] = {
    "title": _is_text("title"),
    "description": _is_text("description"),
    "link": lambda value: _is_text("link")(value) and value.startswith(("http://", "https://")),
    "image_link": _is_picture,
    "price": lambda value: isinstance(value, str) and PRICE.fullmatch(value) is not None,
    "availability": lambda value: isinstance(value, str) and value.lower() in AVAILABLE,
}


def became(change: Change, before: Attributes | None) -> dict[str, Any] | None:
    """Return the item after an operation, None for one that is gone."""
    if change.operation == "DELETE":
        return None
    if change.operation == "DELETE_DISCONTINUED":
        return {**before, "availability": "out of stock"} if before is not None else None
    given = dict(change.attributes)
    if change.operation != "UPDATE":
        return _in_dollars(given)
    if change.mask:  # what the mask names and the item does not carry is taken away
        given = {name: value for name, value in given.items() if name in change.mask}
        before = {name: value for name, value in (before or {}).items() if name not in change.mask}
    return _in_dollars({**(before or {}), **given})


def _in_dollars(attributes: dict[str, Any]) -> dict[str, Any]:
    """Read a price without a currency as Pinterest does."""
    price = attributes.get("price")
    return {**attributes, "price": f"{price} USD"} if price and not price[-1].isalpha() else attributes
