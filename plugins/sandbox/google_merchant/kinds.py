"""Of which kind each attribute of a product is: a word, a list of words, an amount, a moment, a message of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugins.sandbox.google_merchant.refusals import invalid

Kind = Any
"""A type, the name of a kind, a set of words, or one of these in a list."""
TEXTS = """
    title description link mobileLink canonicalLink imageLink brand color googleProductCategory itemGroupId material mpn
    pattern shippingLabel returnPolicyLabel transitTimeLabel size adsGrouping adsRedirect displayAdsId displayAdsTitle
    displayAdsLink linkTemplate mobileLinkTemplate customLabel0 customLabel1 customLabel2 customLabel3 customLabel4
    externalSellerId virtualModelLink vin model trim dateFirstRegistered neighborhood propertyName shortTitle
    itemGroupTitle
"""
LISTS = """
    additionalImageLinks gtins productTypes adsLabels productHighlights displayAdsSimilarIds promotionIds
    shoppingAdsExcludedCountries lifestyleImageLinks videoLinks documentLinks
"""
YES_OR_NO = "identifierExists isBundle adult certifiedPreOwned vehicleMandatoryInspectionIncluded"
WHOLE = "sellOnGoogleQuantity maxHandlingTime minHandlingTime multipack year numberOfUnits"
NUMBERS = "displayAdsValue latitude longitude numberOfBedrooms numberOfBathrooms popularityRank"
MOMENTS = "expirationDate disclosureDate availabilityDate"
MEASURES = """
    productHeight productLength productWidth productWeight shippingWeight shippingLength shippingWidth shippingHeight
    unitPricingMeasure
"""
PRICES = """
    price maximumRetailPrice salePrice costOfGoodsSold autoPricingMinPrice vehicleMsrp vehicleAllInPrice vehicleExpenses
"""
SIZE_TYPES = {"REGULAR", "PETITE", "MATERNITY", "BIG", "TALL", "PLUS"}
DESTINATIONS = {
    "SHOPPING_ADS", "DISPLAY_ADS", "LOCAL_INVENTORY_ADS", "FREE_LISTINGS", "FREE_LOCAL_LISTINGS", "YOUTUBE_SHOPPING",
    "YOUTUBE_SHOPPING_CHECKOUT", "YOUTUBE_AFFILIATE", "FREE_VEHICLE_LISTINGS", "VEHICLE_ADS", "CLOUD_RETAIL",
    "LOCAL_CLOUD_RETAIL",
}  # fmt: skip
ENERGY = {"APPP", "APP", "AP", "A", "B", "C", "D", "E", "F", "G"}
ENUMS: Mapping[str, set[str]] = {
    "availability": {"IN_STOCK", "OUT_OF_STOCK", "PREORDER", "LIMITED_AVAILABILITY", "BACKORDER"},
    "condition": {"NEW", "USED", "REFURBISHED"},
    "ageGroup": {"ADULT", "KIDS", "TODDLER", "INFANT", "NEWBORN"},
    "gender": {"MALE", "FEMALE", "UNISEX"},
    "sizeSystem": {"AU", "BR", "CN", "DE", "EU", "FR", "IT", "JP", "MEX", "UK", "US"},
    "pause": {"ADS", "ALL"},
    "pickupMethod": {"NOT_SUPPORTED", "BUY", "RESERVE", "SHIP_TO_STORE"},
    "pickupSla": {
        "SAME_DAY", "NEXT_DAY", "TWO_DAY", "THREE_DAY", "FOUR_DAY", "FIVE_DAY", "SIX_DAY", "MULTI_WEEK",
    },
    "energyEfficiencyClass": ENERGY, "minEnergyEfficiencyClass": ENERGY, "maxEnergyEfficiencyClass": ENERGY,
}  # fmt: skip
MESSAGES: Mapping[str, Mapping[str, Kind]] = {
    "Interval": {"startTime": "moment", "endTime": "moment"},
    "Measure": {"value": float, "unit": str},
    "BaseMeasure": {"value": int, "unit": str},
    "Shipping": {
        "price": "price", "country": str, "region": str, "service": str, "locationId": int, "locationGroupName": str,
        "postalCode": str, "minHandlingTime": int, "maxHandlingTime": int, "minTransitTime": int,
        "maxTransitTime": int, "handlingCutoffTime": str, "handlingCutoffTimezone": str, "loyaltyProgramLabel": str,
        "loyaltyTierLabel": str,
    },
    "FreeShippingThreshold": {"country": str, "priceThreshold": "price"},
    "LoyaltyProgram": {
        "programLabel": str, "tierLabel": str, "price": "price", "cashbackForFutureUse": "price", "loyaltyPoints": int,
        "memberPriceEffectiveDate": "Interval", "shippingLabel": str,
    },
    "ProductDetail": {"sectionName": str, "attributeName": str, "attributeValue": str},
    "ProductCertification": {
        "certificationAuthority": {"ADEME", "BMWK", "EPA", "EC"},
        "certificationName": {
            "ENERGY_STAR", "ENERGY_STAR_MOST_EFFICIENT", "EPREL", "EU_ECOLABEL", "VEHICLE_ENERGY_EFFICIENCY",
            "VEHICLE_ENERGY_EFFICIENCY_DISCHARGED_BATTERY",
        },
        "certificationCode": str, "certificationValue": str,
    },
    "Structured": {"digitalSourceType": {"TRAINED_ALGORITHMIC_MEDIA", "DEFAULT"}, "content": str},
    "VariantOption": {"name": str, "value": str},
}  # fmt: skip
COMPOSED: Mapping[str, Kind] = {
    "salePriceEffectiveDate": "Interval", "shipping": ["Shipping"], "freeShippingThreshold": ["FreeShippingThreshold"],
    "loyaltyPrograms": ["LoyaltyProgram"], "productDetails": ["ProductDetail"], "certifications":
    ["ProductCertification"], "structuredTitle": "Structured", "structuredDescription": "Structured",
    "variantOptions": ["VariantOption"], "unitPricingBaseMeasure": "BaseMeasure",
    "sizeTypes": [SIZE_TYPES], "includedDestinations": [DESTINATIONS], "excludedDestinations": [DESTINATIONS],
}  # fmt: skip
LOOSE = """
    installment subscriptionCost loyaltyPoints pickupCost mileage electricRange fuelConsumption
    fuelConsumptionDischargedBattery energyConsumption co2Emissions warranty displayAddress unitArea petPolicy
"""
"""Messages whose fields nobody looks at here: of cars, houses and subscriptions."""
LOOSE_LISTS = """
    carrierShipping shippingHandlingBusinessDays shippingTransitBusinessDays handlingCutoffTimes
    cloudExportAdditionalProperties sustainabilityIncentives minimumOrderValues productFee questionsAndAnswers
    relatedProducts
"""
LOOSE_WORDS = "bodyStyle engine emissionsStandard vehiclePriceType propertyType specialtyHousingType"
LOOSE_WORD_LISTS = "amenityFeature utilitiesIncluded"


def _each(names: str, kind: Kind) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


KINDS: Mapping[str, Kind] = {
    **_each(TEXTS + LOOSE_WORDS, str), **_each(LISTS + LOOSE_WORD_LISTS, [str]), **_each(YES_OR_NO, bool),
    **_each(WHOLE, int), **_each(NUMBERS, float), **_each(MOMENTS, "moment"), **_each(PRICES, "price"),
    **_each(MEASURES, "Measure"),
    **ENUMS, **COMPOSED, **_each(LOOSE, dict), **_each(LOOSE_LISTS, [dict]),
}  # fmt: skip
PLAIN = {int: r"-?\d+", float: r"-?\d+(\.\d+)?([eE][-+]?\d+)?"}


def check(value: Any, kind: Kind, path: str) -> None:
    """Refuse a value that is not of its kind."""
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise invalid(path, "INVALID_VALUE")
        for place, each in enumerate(value):
            check(each, kind[0], f"{path}[{place}]")
    elif isinstance(kind, set):
        if value not in kind:
            raise invalid(path, "INVALID_ENUM_VALUE")
    elif isinstance(kind, str):
        _named(value, kind, path)
    elif not _is_plain(value, kind):
        raise invalid(path, "INVALID_VALUE")


def _named(value: Any, kind: str, path: str) -> None:
    if kind == "price":
        check_price(value, path)
    elif kind == "moment":
        _check_moment(value, path)
    else:
        _check_message(value, MESSAGES[kind], path)


def _check_message(value: Any, shape: Mapping[str, Kind], path: str) -> None:
    if not isinstance(value, dict):
        raise invalid(path, "INVALID_VALUE")
    for name, inner in value.items():
        if name not in shape:
            raise invalid(f"{path}.{name}", "UNKNOWN_FIELD")
        check(inner, shape[name], f"{path}.{name}")


def _check_moment(value: Any, path: str) -> None:
    text = value if isinstance(value, str) else ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        text = ""
    if not re.search(r"T.*(Z|[+-]\d\d:\d\d)$", text):
        raise invalid(path, "INVALID_TIMESTAMP")


def _is_plain(value: Any, kind: type) -> bool:
    if kind in PLAIN:  # whole numbers travel as text, and numbers may
        return not isinstance(value, bool) and bool(re.fullmatch(PLAIN[kind], str(value)))
    return isinstance(value, kind)


def check_price(value: Any, path: str) -> None:
    """Refuse what is no amount in millionths of a currency."""
    is_one = isinstance(value, dict) and value.keys() <= {"amountMicros", "currencyCode"}
    if not is_one or not re.fullmatch(r"-?\d+", str(value.get("amountMicros", ""))):
        raise invalid(path, "INVALID_PRICE")
    if not re.fullmatch("[A-Z]{3}", str(value.get("currencyCode", ""))):
        raise invalid(path, "INVALID_CURRENCY")
