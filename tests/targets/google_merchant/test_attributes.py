"""How each text of a feed is said to Google's API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from plugins.sandbox.google_merchant.attributes import check_attributes
from targets.google_merchant.attributes import TAKEN, attributes_of, lacking
from tests.targets.google_merchant.stage import FIELDS

CHANNEL = Path(__file__).parents[3] / "plugins" / "feeds" / "channels" / "google.yml"
PAGE = Path(__file__).parents[3] / "docs" / "google_merchant.md"


def euros(micros: str) -> dict[str, str]:
    return {"amountMicros": micros, "currencyCode": "EUR"}


SAID: list[tuple[str, str, str, Any]] = [
    ("price", "99.95 EUR", "price", euros("99950000")),
    ("price", "1.005 EUR", "price", euros("1005000")),
    ("sale_price", "79.95EUR", "salePrice", euros("79950000")),
    ("cost_of_goods_sold", "0.00 EUR", "costOfGoodsSold", euros("0")),
    ("availability", "out_of_stock", "availability", "OUT_OF_STOCK"),
    ("availability", "in stock", "availability", "IN_STOCK"),
    ("condition", "refurbished", "condition", "REFURBISHED"),
    ("age_group", "kids", "ageGroup", "KIDS"),
    ("gender", "unisex", "gender", "UNISEX"),
    ("adult", "no", "adult", False),
    ("identifier_exists", "yes", "identifierExists", True),
    ("is_bundle", "true", "isBundle", True),
    ("multipack", "06", "multipack", "6"),
    ("min_handling_time", "0", "minHandlingTime", "0"),
    ("availability_date", "2026-12-01T09:00+0100", "availabilityDate", "2026-12-01T08:00:00Z"),
    ("expiration_date", "2026-12-01T09:00:30Z", "expirationDate", "2026-12-01T09:00:30Z"),
    ("gtin", "8719990000011, 4006381333931", "gtins", ["8719990000011", "4006381333931"]),
    ("additional_image_link", "https://a/1.jpg,https://a/2.jpg", "additionalImageLinks", ["https://a/1.jpg",
                                                                                          "https://a/2.jpg"]),
    ("promotion_id", "LENTE26", "promotionIds", ["LENTE26"]),
    ("product_highlight", "Waterdicht,Ademend", "productHighlights", ["Waterdicht", "Ademend"]),
    ("product_type", "Kleding > Jassen, mantels", "productTypes", ["Kleding > Jassen, mantels"]),
    ("color", "zwart/rood", "color", "zwart/rood"),
    ("custom_label_0", "marge-hoog", "customLabel0", "marge-hoog"),
    ("size_type", "big, tall", "sizeTypes", ["BIG", "TALL"]),
    ("size_system", "EU", "sizeSystem", "EU"),
    ("excluded_destination", "Shopping_ads,Display_ads", "excludedDestinations", ["SHOPPING_ADS", "DISPLAY_ADS"]),
    ("energy_efficiency_class", "A++", "energyEfficiencyClass", "APP"),
    ("shipping_weight", "1.5 kg", "shippingWeight", {"value": 1.5, "unit": "kg"}),
    ("product_length", "12cm", "productLength", {"value": 12, "unit": "cm"}),
    ("unit_pricing_base_measure", "100 ml", "unitPricingBaseMeasure", {"value": "100", "unit": "ml"}),
    ("shipping", "NL:::4.95 EUR", "shipping", [{"country": "NL", "price": euros("4950000")}]),
    ("shipping", "NL:::0.00 EUR", "shipping", [{"country": "NL", "price": euros("0")}]),
    ("shipping", "NL::Standaard\\: thuis:4.95 EUR, BE:::6 EUR", "shipping", [
        {"country": "NL", "service": "Standaard: thuis", "price": euros("4950000")},
        {"country": "BE", "price": euros("6000000")},
    ]),
    ("free_shipping_threshold", "NL:50.00 EUR", "freeShippingThreshold",
     [{"country": "NL", "priceThreshold": euros("50000000")}]),
    ("product_detail", "Maten:Lengte:70 cm", "productDetails",
     [{"sectionName": "Maten", "attributeName": "Lengte", "attributeValue": "70 cm"}]),
    ("certification", "EC:EPREL:123456", "certifications",
     [{"certificationAuthority": "EC", "certificationName": "EPREL", "certificationCode": "123456"}]),
    ("loyalty_program", "club:gold:44.95 EUR::50:2026-03-01T00\\:00+0100/2026-03-31T00\\:00+0200:", "loyaltyPrograms", [
        {"programLabel": "club", "tierLabel": "gold", "price": euros("44950000"), "loyaltyPoints": "50",
         "memberPriceEffectiveDate": {"startTime": "2026-02-28T23:00:00Z", "endTime": "2026-03-30T22:00:00Z"}},
    ]),
    ("structured_description", 'trained_algorithmic_media:"Een warme trui"', "structuredDescription",
     {"digitalSourceType": "TRAINED_ALGORITHMIC_MEDIA", "content": "Een warme trui"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "api", "value"), SAID, ids=[f"{each[0]}={each[1]}" for each in SAID])
def test_a_text_is_said_as_google_takes_it(name: str, text: str, api: str, value: Any) -> None:
    told = attributes_of({name: text, "price": "99.95 EUR"} if name != "price" else {name: text})
    assert told[api] == value
    check_attributes(told)


def test_a_sale_goes_with_its_period() -> None:
    told = attributes_of(
        {"sale_price": "79.95 EUR", "sale_price_effective_date": "2026-07-01T06:00+0000 / 2026-07-08T06:00+0000"}
    )
    assert told["salePriceEffectiveDate"] == {"startTime": "2026-07-01T06:00:00Z", "endTime": "2026-07-08T06:00:00Z"}
    assert attributes_of({"sale_price": "79.95 EUR"}).keys() == {"salePrice"}


@pytest.mark.parametrize("period", ["soon", "2026-07-01/2026-07-08", "2026-07-08T06:00Z/2026-07-01T06:00Z"])
def test_a_sale_whose_end_cannot_be_said_is_left_out(period: str) -> None:
    assert attributes_of({"sale_price": "79.95 EUR", "sale_price_effective_date": period}) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("price", "99,95 EUR"), ("price", "99.95"), ("price", "0.00 EUR"), ("price", "-1.00 EUR"),
        ("availability", "discontinued"), ("condition", "as good as new"), ("adult", "maybe"), ("multipack", "two"),
        ("availability_date", "2026-12-01"), ("availability_date", "2026-13-01T00:00Z"), ("shipping_weight", "heavy"),
        ("shipping", "NL:4.95 EUR"), ("shipping", "NL:::free"), ("shipping", "NL:::4.95 EUR,BE"),
        ("size_type", "regular,huge"), ("certification", "EC:OTHER:1"), ("gtin", " , "), ("brand", "  "),
        ("sale_price_effective_date", "2026-07-01T06:00Z/2026-07-08T06:00Z"), ("colour", "zwart"), ("id", "WW1"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_is_left_out(name: str, text: str) -> None:
    assert attributes_of({name: text}) == {}


def test_a_text_that_a_machine_wrote_stands_for_the_plain_one() -> None:
    plain = {name: text for name, text in FIELDS.items() if name not in ("title", "description")}
    written = {"structured_title": 'trained_algorithmic_media:"Jas"', "structured_description": "Een jas"}
    assert lacking(attributes_of(plain)) == ["title", "description"]
    assert lacking(attributes_of({**plain, **written})) == []


def test_every_attribute_that_a_feed_for_google_may_have_can_be_put() -> None:
    known = set(YAML(typ="safe").load(CHANNEL)["attributes"])
    assert known - TAKEN.keys() == {"id"}


def test_the_page_names_every_attribute_that_is_put() -> None:
    told = PAGE.read_text("utf-8")
    assert [name for name in TAKEN if f"`{name}`" not in told] == []


@given(st.dictionaries(st.sampled_from(sorted(TAKEN)), st.text(max_size=40), max_size=8))
def test_whatever_stands_in_a_feed_google_can_read_what_is_put(fields: dict[str, str]) -> None:
    check_attributes(attributes_of(fields))
