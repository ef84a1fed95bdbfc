"""What the attributes of a catalogue item are made of: texts, numbers, flags and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# developers.pinterest.com/docs/api/v5/items_batch-post: ItemAttributesRequest
NAMED = """
    ad_link age_group android_deep_link availability brand color condition custom_label_0 custom_label_1 custom_label_2
    custom_label_3 custom_label_4 description free_shipping_limit gender google_product_category gtin id
    installment_price ios_deep_link item_group_id link material min_ad_price mobile_link mpn pattern price product_type
    promotion_id sale_price sale_price_effective_date shipping shipping_height shipping_weight shipping_width size
    size_system size_type tax title unit_pricing_base_measure unit_pricing_measure video_link
"""
RESTRICTED = tuple(
    f"{what}_{number}_{part}"
    for what, most in (("ad_image", 20), ("ad_video", 3))
    for number in range(most)
    for part in ("link", "tag")
)
TEXTS = frozenset((*NAMED.split(), *RESTRICTED))
FLAGS = frozenset(("adult", "checkout_enabled", "free_shipping_label", "save_pin_disabled"))
WHOLE = frozenset(
    (*(f"custom_number_{n}" for n in range(5)), "last_updated_time", "number_of_ratings", "number_of_reviews")
)
NUMBERS = frozenset(("average_review_rating",))
LISTS = frozenset(("additional_image_link", "variant_names", "variant_values"))
KNOWN = TEXTS | FLAGS | WHOLE | NUMBERS | LISTS | {"image_link"}
OLD_GTIN = "gtin"
"""May be a whole number still."""


def misshapen(attributes: Mapping[str, Any]) -> str:
    """Return what is wrong with the first attribute of another shape, an empty text when all is well."""
    for name, value in attributes.items():
        if name not in KNOWN:
            return f"'{name}' is not an attribute"
        if value is not None and not _fits(name, value):
            return f"'{name}' is not of type {_wanted(name)}"
    return ""


def _wanted(name: str) -> str:
    kinds = {"string": TEXTS, "boolean": FLAGS, "integer": WHOLE, "number": NUMBERS}
    return next((kind for kind, names in kinds.items() if name in names), "array")


def _fits(name: str, value: Any) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if name in FLAGS:
        return isinstance(value, bool)
    if name in WHOLE:
        return is_whole
    if name in NUMBERS:
        return is_whole or isinstance(value, float)
    if name in LISTS:
        return _is_texts(value)
    if name == "image_link":
        return isinstance(value, str) or (_is_texts(value) and len(value) == 1)
    return isinstance(value, str) or (name == OLD_GTIN and is_whole)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
