"""What may be said of a product, and what is wrong with it: at once, or later as an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plugins.sandbox.google_merchant.refusals import invalid

WORDS = """
    identifierExists isBundle title description link mobileLink canonicalLink imageLink additionalImageLinks
    expirationDate disclosureDate adult ageGroup availability availabilityDate brand color condition gender
    googleProductCategory gtins itemGroupId material mpn pattern price maximumRetailPrice installment subscriptionCost
    loyaltyPoints loyaltyPrograms productTypes salePrice salePriceEffectiveDate sellOnGoogleQuantity productHeight
    productLength productWidth productWeight shipping carrierShipping freeShippingThreshold shippingWeight
    shippingLength shippingWidth shippingHeight maxHandlingTime minHandlingTime shippingHandlingBusinessDays
    shippingTransitBusinessDays handlingCutoffTimes shippingLabel returnPolicyLabel transitTimeLabel size sizeSystem
    sizeTypes energyEfficiencyClass minEnergyEfficiencyClass maxEnergyEfficiencyClass unitPricingMeasure
    unitPricingBaseMeasure multipack adsGrouping adsLabels adsRedirect costOfGoodsSold productDetails
    productHighlights displayAdsId displayAdsSimilarIds displayAdsTitle displayAdsLink displayAdsValue promotionIds
    pickupMethod pickupSla pickupCost linkTemplate mobileLinkTemplate customLabel0 customLabel1 customLabel2
    customLabel3 customLabel4 includedDestinations excludedDestinations shoppingAdsExcludedCountries externalSellerId
    pause lifestyleImageLinks cloudExportAdditionalProperties virtualModelLink certifications structuredTitle
    structuredDescription autoPricingMinPrice sustainabilityIncentives videoLinks minimumOrderValues vin model trim
    bodyStyle year mileage electricRange fuelConsumption fuelConsumptionDischargedBattery energyConsumption
    co2Emissions dateFirstRegistered engine emissionsStandard certifiedPreOwned vehicleMsrp vehicleAllInPrice
    vehiclePriceType vehicleMandatoryInspectionIncluded vehicleExpenses warranty displayAddress latitude longitude
    neighborhood unitArea numberOfUnits propertyName numberOfBedrooms numberOfBathrooms propertyType amenityFeature
    utilitiesIncluded petPolicy specialtyHousingType productFee shortTitle questionsAndAnswers popularityRank
    itemGroupTitle documentLinks variantOptions relatedProducts
"""
NAMES = frozenset(WORDS.split())
ENUMS = {
    "availability": {"IN_STOCK", "OUT_OF_STOCK", "PREORDER", "LIMITED_AVAILABILITY", "BACKORDER"},
    "condition": {"NEW", "USED", "REFURBISHED"},
    "ageGroup": {"ADULT", "KIDS", "TODDLER", "INFANT", "NEWBORN"},
    "gender": {"MALE", "FEMALE", "UNISEX"},
    "sizeSystem": {"AU", "BR", "CN", "DE", "EU", "FR", "IT", "JP", "MEX", "UK", "US"},
    "pause": {"ADS", "ALL"},
    "pickupMethod": {"NOT_SUPPORTED", "BUY", "RESERVE", "SHIP_TO_STORE"},
}
PRICES = ("price", "salePrice", "maximumRetailPrice", "costOfGoodsSold", "autoPricingMinPrice", "freeShippingThreshold")
NEEDED = ("title", "description", "link", "imageLink", "availability", "price")
DEMOTED, DISAPPROVED = "DEMOTED", "DISAPPROVED"


def check_attributes(told: Mapping[str, Any]) -> None:
    """Refuse attributes that do not exist or are of another kind."""
    for name, value in told.items():
        path = f"productInput.productAttributes.{name}"
        if name not in NAMES:
            raise invalid(path, "UNKNOWN_FIELD")
        if name in ENUMS and value not in ENUMS[name]:
            raise invalid(path, "INVALID_ENUM_VALUE")
        if name in PRICES:
            check_price(value, path)


def check_price(value: Any, path: str) -> None:
    """Refuse what is no amount in millionths of a currency."""
    is_one = isinstance(value, dict) and value.keys() <= {"amountMicros", "currencyCode"}
    if not is_one or not re.fullmatch(r"-?\d+", str(value.get("amountMicros", ""))):
        raise invalid(path, "INVALID_PRICE")
    if not re.fullmatch("[A-Z]{3}", str(value.get("currencyCode", ""))):
        raise invalid(path, "INVALID_CURRENCY")


def issues(told: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give code, severity and attribute of what Google finds later."""
    for name in NEEDED:
        if not told.get(name):
            yield "item_missing_required_attribute", DISAPPROVED, name
    if told.get("price") and int(told["price"]["amountMicros"]) <= 0:
        yield "invalid_price", DISAPPROVED, "price"
    for each in told.get("gtins") or ():
        if not _is_gtin(str(each)):
            yield "invalid_gtin", DISAPPROVED, "gtin"
    if not told.get("gtins") and not (told.get("brand") and told.get("mpn")):
        yield "missing_product_identifiers", DEMOTED, "gtin"


def _is_gtin(text: str) -> bool:
    if not re.fullmatch(r"\d{8}|\d{12,14}", text):
        return False
    digits = [int(each) for each in reversed(text)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
