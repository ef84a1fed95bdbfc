"""The texts of a product feed as the attributes of a catalogue item."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# developers.pinterest.com/docs/api/v5/items_batch-post: ItemAttributesRequest, without what is restricted or over
NAMED = """
    ad_link age_group android_deep_link brand color condition custom_label_0 custom_label_1 custom_label_2
    custom_label_3 custom_label_4 description free_shipping_limit gender google_product_category gtin
    installment_price ios_deep_link item_group_id link material mobile_link mpn pattern product_type promotion_id
    sale_price_effective_date shipping shipping_height shipping_weight shipping_width size size_system size_type tax
    title unit_pricing_base_measure unit_pricing_measure video_link
"""
WHOLE = (*(f"custom_number_{number}" for number in range(5)), "number_of_ratings", "number_of_reviews")
AMOUNT = re.compile(r"\d+(\.\d{1,2})? ?[A-Z]{3}")
FLAGS = {"true": True, "yes": True, "false": False, "no": False}
NOT_SOLD_NOW = {"backorder": "out of stock"}
OVER: Mapping[str, None] = {"sale_price": None, "sale_price_effective_date": None}
"""Taken away where the feed does not say them: a sale must not outlive its end."""


class UnfitError(ValueError):
    """A text of which the attribute cannot be made; its words name the attribute."""


def attributes_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes; what Pinterest does not know is left out."""
    found: dict[str, Any] = dict(OVER)
    for name, text in fields.items():
        if name in WRITTEN and text:
            try:
                found[name] = WRITTEN[name](text)
            except (KeyError, ValueError):
                raise UnfitError(f"{name} does not fit") from None
    return found


def _amount(text: str) -> str:
    """Return an amount with its currency: without one it would be in dollars."""
    if not AMOUNT.fullmatch(text):
        raise ValueError
    return text


def _availability(text: str) -> str:
    said = text.lower().replace("_", " ")
    return NOT_SOLD_NOW.get(said, said)


def _several(text: str) -> list[str]:
    return [each for part in text.split(",") if (each := part.strip())]


WRITTEN: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(NAMED.split(), str),
    **dict.fromkeys(WHOLE, int),
    **dict.fromkeys(("price", "sale_price", "min_ad_price"), _amount),
    **dict.fromkeys(("adult", "free_shipping_label", "save_pin_disabled"), lambda text: FLAGS[text.lower()]),
    **dict.fromkeys(("additional_image_link", "variant_names", "variant_values"), _several),
    "availability": _availability,
    "average_review_rating": float,
    "image_link": lambda text: [text],
}
