"""What is written to price lists and what must come back, row by row."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.shopify.contract import Row, nodes
from tests.plugins.sandbox.shopify.contract_writes import refuses
from tests.plugins.sandbox.shopify.stage import GHENT, JACKET

BOTTLE = "gid://shopify/ProductVariant/200002"
MEMBERS, NO_LIST = "gid://shopify/PriceList/1", "gid://shopify/PriceList/9"
ERRORS = "userErrors { field code } } }"
ADD = "mutation($list: ID!, $prices: [PriceListPriceInput!]!) { priceListFixedPricesAdd(priceListId: $list, "
ADD += "prices: $prices) { prices { price { amount } } " + ERRORS
DELETE = "mutation($list: ID!, $gone: [ID!]!) { priceListFixedPricesDelete(priceListId: $list, variantIds: $gone) "
DELETE += "{ deletedFixedPriceVariantIds " + ERRORS
UPDATE = "mutation($list: ID!, $prices: [PriceListPriceInput!]!, $gone: [ID!]!) { priceListFixedPricesUpdate("
UPDATE += "priceListId: $list, pricesToAdd: $prices, variantIdsToDelete: $gone) { priceList { fixedPricesCount } "
UPDATE += ERRORS


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    """Return an amount as Shopify takes it."""
    return {"amount": amount, "currencyCode": currency}


def priced(variant: str = JACKET, amount: str = "80", currency: str = "EUR", **more: Any) -> dict[str, Any]:
    """Return one price of a list."""
    return {"variantId": variant, "price": money(amount, currency), **more}


def adding(*prices: dict[str, Any], to: str = MEMBERS) -> dict[str, Any]:
    """Return the variables of prices that are fixed."""
    return {"list": to, "prices": list(prices)}


def deleting(*variants: str, of: str = MEMBERS) -> dict[str, Any]:
    """Return the variables of prices that are taken away."""
    return {"list": of, "gone": list(variants)}


PRICES = [
    Row("shows its lists by name", "{ priceLists(first: 9, sortKey: NAME) { nodes { name currency } } }")._replace(
        says=nodes({"name": "Vaste klanten", "currency": "EUR"})
    ),
    Row("fixes prices", ADD, {"prices": [{"price": {"amount": "80"}}], "userErrors": []}, variables=adding(priced())),
    Row("fixes prices of no list", ADD, refuses("priceListId", "PRICE_LIST_NOT_FOUND"))._replace(
        variables=adding(priced(), to=NO_LIST)
    ),
    Row("fixes no price of what is not sold", ADD, refuses("prices.1.variantId", "VARIANT_NOT_FOUND"))._replace(
        variables=adding(priced(), priced(GHENT))
    ),
    Row(
        "fixes no price in other money", ADD, refuses("prices.0.price.currencyCode", "PRICE_LIST_CURRENCY_MISMATCH")
    )._replace(variables=adding(priced(currency="GBP"))),
    Row(
        "compares with no price in other money",
        ADD,
        refuses("prices.0.compareAtPrice.currencyCode", "PRICE_LIST_CURRENCY_MISMATCH"),
        variables=adding(priced(compareAtPrice=money("99", "GBP"))),
    ),
    Row("fixes the price of a variant once in a call", ADD, refuses("prices.1.variantId"))._replace(
        variables=adding(priced(), priced(amount="70"))
    ),
    Row("fixes no debts", ADD, refuses("prices.0.price.amount"), variables=adding(priced(amount="-1"))),
    Row("takes 250 prices", ADD, error="greater than the maximum allowed of 250")._replace(
        variables=adding(*[priced()] * 251)
    ),
    Row("takes 250 deletions", DELETE, error="greater than the maximum allowed of 250")._replace(
        variables=deleting(*[JACKET] * 251)
    ),
    Row("takes away only what is fixed", DELETE, refuses("variantIds.0", "PRICE_NOT_FIXED"))._replace(
        variables=deleting(JACKET)
    ),
    Row("takes away nothing of what is not sold", DELETE, refuses("variantIds.0", "VARIANT_NOT_FOUND"))._replace(
        variables=deleting(GHENT)
    ),
    Row("takes away prices of no list", DELETE, refuses("priceListId", "PRICE_LIST_NOT_FOUND"))._replace(
        variables=deleting(JACKET, of=NO_LIST)
    ),
    Row("fixes and takes away at once", UPDATE, {"priceList": {"fixedPricesCount": 1}, "userErrors": []})._replace(
        variables={**adding(priced()), "gone": []}
    ),
    Row("takes away first", UPDATE, refuses("variantIdsToDelete.0", "PRICE_NOT_FIXED"))._replace(
        variables={**adding(priced()), "gone": [BOTTLE]}
    ),
]
