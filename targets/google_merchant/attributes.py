"""The attributes of a product feed, and how Google's API calls and takes each: see docs/google_merchant.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from targets.google_merchant.forms import (
    Form,
    alone,
    base_measure,
    by_machines,
    certification,
    detail,
    loyalty,
    many,
    measure,
    moment,
    money,
    period,
    price,
    said,
    several,
    shipping,
    text,
    threshold,
    whole,
    word_of,
    yes_or_no,
)

# googleapis/googleapis:google/shopping/merchant/products/v1/products_common.proto
energy = word_of("APPP", "APP", "AP", "A", "B", "C", "D", "E", "F", "G")
destination = word_of(
    "SHOPPING_ADS", "DISPLAY_ADS", "LOCAL_INVENTORY_ADS", "FREE_LISTINGS", "FREE_LOCAL_LISTINGS", "YOUTUBE_SHOPPING"
)
TEXTS = """
    title description link mobile_link canonical_link image_link brand color google_product_category item_group_id
    material mpn pattern shipping_label return_policy_label transit_time_label size ads_grouping ads_redirect
    link_template mobile_link_template custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4
    external_seller_id virtual_model_link short_title item_group_title
"""
MEASURES = """
    product_height product_length product_width product_weight shipping_weight shipping_length shipping_width
    shipping_height unit_pricing_measure
"""
MANY = {
    "additional_image_link": "additionalImageLinks", "gtin": "gtins", "ads_labels": "adsLabels",
    "product_highlight": "productHighlights", "promotion_id": "promotionIds",
    "shopping_ads_excluded_country": "shoppingAdsExcludedCountries", "lifestyle_image_link": "lifestyleImageLinks",
}  # fmt: skip


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def _each(names: str, form: Form) -> dict[str, tuple[str, Form]]:
    return {name: (_camel(name), form) for name in names.split()}


TAKEN: Mapping[str, tuple[str, Form]] = {
    **_each(TEXTS, text),
    **_each(MEASURES, measure),
    **_each("identifier_exists is_bundle adult", yes_or_no),
    **_each("multipack min_handling_time max_handling_time", whole),
    **_each("availability_date expiration_date disclosure_date", moment),
    **_each("price sale_price", price),
    **_each("cost_of_goods_sold auto_pricing_min_price maximum_retail_price", money),
    **_each("energy_efficiency_class min_energy_efficiency_class max_energy_efficiency_class", energy),
    **{name: (api, many) for name, api in MANY.items()},
    "product_type": ("productTypes", alone),
    "video_link": ("videoLinks", alone),
    "availability": (
        "availability", word_of("IN_STOCK", "OUT_OF_STOCK", "PREORDER", "LIMITED_AVAILABILITY", "BACKORDER")
    ),
    "condition": ("condition", word_of("NEW", "USED", "REFURBISHED")),
    "age_group": ("ageGroup", word_of("ADULT", "KIDS", "TODDLER", "INFANT", "NEWBORN")),
    "gender": ("gender", word_of("MALE", "FEMALE", "UNISEX")),
    "size_system": ("sizeSystem", word_of("AU", "BR", "CN", "DE", "EU", "FR", "IT", "JP", "MEX", "UK", "US")),
    "size_type": ("sizeTypes", several(word_of("REGULAR", "PETITE", "MATERNITY", "BIG", "TALL", "PLUS"))),
    "pause": ("pause", word_of("ADS", "ALL")),
    "pickup_method": ("pickupMethod", word_of("NOT_SUPPORTED", "BUY", "RESERVE", "SHIP_TO_STORE")),
    "pickup_sla": ("pickupSla", word_of(
        "SAME_DAY", "NEXT_DAY", "TWO_DAY", "THREE_DAY", "FOUR_DAY", "FIVE_DAY", "SIX_DAY", "MULTI_WEEK"
    )),
    "included_destination": ("includedDestinations", several(destination)),
    "excluded_destination": ("excludedDestinations", several(destination)),
    "sale_price_effective_date": ("salePriceEffectiveDate", period),
    "unit_pricing_base_measure": ("unitPricingBaseMeasure", base_measure),
    "shipping": ("shipping", several(shipping)),
    "free_shipping_threshold": ("freeShippingThreshold", several(threshold)),
    "product_detail": ("productDetails", several(detail)),
    "certification": ("certifications", several(certification)),
    "loyalty_program": ("loyaltyPrograms", several(loyalty)),
    "structured_title": ("structuredTitle", by_machines),
    "structured_description": ("structuredDescription", by_machines),
}  # fmt: skip
NEEDED: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "structuredTitle"), "description": ("description", "structuredDescription"),
    "link": ("link",), "image_link": ("imageLink",), "availability": ("availability",), "price": ("price",),
}  # fmt: skip
"""What a product must have in a feed, and what of Google's says it; one is enough."""
SALE, PERIOD = "salePrice", "salePriceEffectiveDate"


def attributes_of(fields: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the attributes of a product; what cannot be put is left out."""
    found = said(fields, TAKEN)
    if fields.get("sale_price_effective_date") and PERIOD not in found:  # a sale without its end would last for ever
        found.pop(SALE, None)
    if SALE not in found:
        found.pop(PERIOD, None)
    return found


def lacking(attributes: Mapping[str, Any]) -> list[str]:
    """Return what is missing that a product must have, by the feed's names."""
    return [name for name, known in NEEDED.items() if not any(each in attributes for each in known)]
