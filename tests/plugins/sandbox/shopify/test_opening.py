"""The shop that the fiction opens tells the same as the fiction."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.shopify import Shopify
from tests.plugins.sandbox.shopify.stage import START, Clock


@pytest.fixture(scope="module")
def fiction() -> Fiction:
    return Fiction(seed=5, people=900, anchor=START)


@pytest.fixture(scope="module")
def shop(fiction: Fiction) -> Shopify:
    made = Shopify(clock=Clock(), retailer=fiction, most_points=10**6)
    made.bucket.size = 10**7
    return made


def everything(shop: Shopify, field: str, shows: str) -> list[Any]:
    """Return all records of a root field, page by page."""
    found, after = [], None
    document = f"query($after: String) {{ {field}(first: 100, after: $after) {{ nodes {{ {shows} }} "
    while True:
        answer = shop.answer(document + "pageInfo { hasNextPage endCursor } } }", {"after": after})
        assert "errors" not in answer, answer
        page = answer["data"][field]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_shows_every_customer_with_what_they_said(fiction: Fiction, shop: Shopify) -> None:
    shown = everything(shop, "customers", "legacyResourceId defaultEmailAddress { emailAddress marketingState }")
    told = {str(each.id): (each.email.lower(), each.email_state) for each in fiction.storefront_customers}
    assert {each["legacyResourceId"]: tuple(each["defaultEmailAddress"].values()) for each in shown} == told
    assert told.keys() == {key for key in shop.truth() if key.isdecimal()}


def test_keeps_each_number_once_and_as_e164(shop: Shopify) -> None:
    shown = everything(shop, "customers", "defaultPhoneNumber { phoneNumber }")
    numbers = [each["defaultPhoneNumber"]["phoneNumber"] for each in shown if each["defaultPhoneNumber"]]
    assert len(numbers) == len(set(numbers)) > 20
    assert [number for number in numbers if not re.fullmatch(r"\+32\d{8,9}", number)] == []


def test_shows_every_order_with_the_money_that_is_left(fiction: Fiction, shop: Shopify) -> None:
    shows = "name cancelledAt currentTotalPriceSet { shopMoney { amount } } refunds { id }"
    shown = {each["name"]: each for each in everything(shop, "orders", shows)}
    assert len(shown) == len(fiction.storefront_orders) > 30
    for order in fiction.storefront_orders:
        paid = sum(line.total_cents for line in order.lines) + order.shipping_cents
        left = 0 if order.status == "cancelled" else paid - sum(refund.amount_cents for refund in order.refunds)
        assert shown[f"#{order.number}"]["currentTotalPriceSet"] == {"shopMoney": {"amount": f"{left / 100:.2f}"}}


def test_sells_what_the_other_webshop_sells(fiction: Fiction, shop: Shopify) -> None:
    shown = everything(shop, "productVariants", "sku barcode")
    online = {article.sku: article.gtin or None for article in fiction.articles if article.is_online}
    assert {each["sku"]: each["barcode"] for each in shown} == online


def test_shows_every_basket_that_was_left(fiction: Fiction, shop: Shopify) -> None:
    shown = everything(shop, "abandonedCheckouts", "completedAt lineItems(first: 5) { nodes { sku } }")
    assert len(shown) == len(fiction.storefront_checkouts) > 5
    assert all(each["lineItems"]["nodes"][0]["sku"] for each in shown)


def test_counts_stock_in_belgium_only(fiction: Fiction, shop: Shopify) -> None:
    shown = everything(shop, "locations", "name address { countryCode }")
    assert len(shown) == 6
    assert {each["address"]["countryCode"] for each in shown} == {"BE"}
