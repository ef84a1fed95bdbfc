"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.sandbox.google_merchant.stage import (
    ACCOUNT,
    INPUTS,
    INSERT,
    PRICE,
    PRODUCTS,
    PROMOTIONS,
    SOURCE,
    START,
    STOCK,
    Caller,
    Clock,
    product,
    promotion,
    stock,
)

MISSING, WORD = "REQUIRED_FIELD_MISSING", "INVALID_ENUM_VALUE"
FILE, NONE = f"{INPUTS}:insert?dataSource={ACCOUNT}/dataSources/556", f"{INPUTS}:insert"


def named(**names: Any) -> dict[str, Any]:
    """Return what is put in of a promotion, under other names."""
    told = promotion()
    return {**told, "promotion": {**told["promotion"], **names}}


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", INSERT, product(""), 400, MISSING),
        ("POST", INSERT, {**product(), "contentLanguage": "NLD"}, 400, "INVALID_LANGUAGE"),
        ("POST", INSERT, {**product(), "feedLabel": "nl"}, 400, "INVALID_FEED_LABEL"),
        ("POST", INSERT, {**product(), "feedLabel": "BE"}, 400, "DATA_SOURCE_MISMATCH"),
        ("POST", INSERT, {**product(), "colour": "red"}, 400, "UNKNOWN_FIELD"),
        ("POST", INSERT, product(colour="red"), 400, "UNKNOWN_FIELD"),
        ("POST", INSERT, product(availability="in stock"), 400, WORD),
        ("POST", INSERT, product(price="49.95 EUR"), 400, "INVALID_PRICE"),
        ("POST", INSERT, product(gtins="4006381333931"), 400, "INVALID_VALUE"),
        ("POST", INSERT, product(adult="no"), 400, "INVALID_VALUE"),
        ("POST", INSERT, product(multipack="two"), 400, "INVALID_VALUE"),
        ("POST", INSERT, product(expirationDate="2026-11-20"), 400, "INVALID_TIMESTAMP"),
        ("POST", INSERT, product(salePriceEffectiveDate={"startTime": "2026-11-20T06:00+0000"}), 400,
         "INVALID_TIMESTAMP"),
        ("POST", INSERT, product(shipping=[{"land": "NL"}]), 400, "UNKNOWN_FIELD"),
        ("POST", INSERT, product(shipping=[{"country": "NL", "price": "4.95 EUR"}]), 400, "INVALID_PRICE"),
        ("POST", INSERT, product(sizeTypes=["big and tall"]), 400, WORD),
        ("POST", INSERT, product(price={**PRICE, "currencyCode": "euro"}), 400, "INVALID_CURRENCY"),
        ("POST", INSERT, {**product(), "customAttributes": [{"name": "a", "value": "b" * 10_240}]}, 400,
         "TOO_MANY_CUSTOM_ATTRIBUTES"),
        ("POST", FILE, product(), 400, "DATA_SOURCE_TYPE_NOT_SUPPORTED"),
        ("POST", NONE, product(), 400, "INVALID_DATA_SOURCE"),
        ("POST", INSERT.replace("123456/productInputs", "9/productInputs"), product(), 403,
         "PERMISSION_DENIED_ACCOUNTS"),
        ("GET", f"{PRODUCTS}/nl~NL~NONE", None, 404, "NOT_FOUND"),
        ("GET", f"{PRODUCTS}/none", None, 400, "INVALID_NAME_PART_COUNT"),
        ("GET", f"{PRODUCTS}?pageToken=x", None, 400, "INVALID_PAGE_TOKEN"),
        ("GET", "/products/v1/nothing", None, 404, "NOT_FOUND"),
        ("DELETE", f"{INPUTS}/nl~NL~NONE?dataSource={SOURCE}", None, 404, "NOT_FOUND"),
        ("POST", f"{STOCK}:insert", stock(""), 400, MISSING),
        ("POST", f"{STOCK}:insert", stock("ams-01"), 400, "INVALID_STORE_CODE"),
        ("POST", f"{STOCK}:insert", stock(availability="PREORDER"), 400, WORD),
        ("POST", f"{STOCK}:insert", stock(quantity="-1"), 400, "INVALID_NUMBER"),
        ("POST", f"{STOCK}:insert", stock(pickupMethod="BUY"), 400, MISSING),
        ("POST", f"{STOCK}:insert", stock(instoreProductLocation="é" * 11), 400, "VALUE_TOO_LONG"),
        ("POST", f"{STOCK}:insert", stock(salePriceEffectiveDate={}, price="1"), 400, "INVALID_PRICE"),
        ("POST", f"{STOCK}:insert".replace("SKU-1", "NONE"), stock(), 404, "NOT_FOUND"),
        ("DELETE", f"{STOCK}/AMS-01", None, 404, "NOT_FOUND"),
        ("POST", f"{PROMOTIONS}:insert", promotion(longTitle=None), 400, MISSING),
        ("POST", f"{PROMOTIONS}:insert", promotion(longTitle="x" * 61), 400, "VALUE_TOO_LONG"),
        ("POST", f"{PROMOTIONS}:insert", promotion(offerType="GENERIC_CODE", genericRedemptionCode="x" * 21), 400,
         "VALUE_TOO_LONG"),
        ("POST", f"{PROMOTIONS}:insert", promotion(promotionDestinations=["LOCAL_INVENTORY_ADS"]), 400, MISSING),
        ("POST", f"{PROMOTIONS}:insert", named(promotionId="HERFST 26"), 400, "INVALID_PROMOTION_ID"),
        ("POST", f"{PROMOTIONS}:insert", named(promotionId="x" * 51), 400, "INVALID_PROMOTION_ID"),
        ("POST", f"{PROMOTIONS}:insert", named(redemptionChannel=["SHOP"]), 400, WORD),
        ("POST", f"{PROMOTIONS}:insert", named(targetCountry="BE"), 400, "UNSUPPORTED_COUNTRY"),
        ("POST", f"{PROMOTIONS}:insert", named(targetCountry="DE"), 400, "DATA_SOURCE_MISMATCH"),
        ("POST", f"{PROMOTIONS}:insert", promotion(percentOff=None), 400, MISSING),
        ("POST", f"{PROMOTIONS}:insert", promotion(offerType="GENERIC_CODE"), 400, MISSING),
        ("POST", f"{PROMOTIONS}:insert", promotion(couponValueType="HALF"), 400, WORD),
        ("POST", f"{PROMOTIONS}:insert", promotion(storeApplicability="ALL_STORES", storeCodesInclusion=["AMS-01"]),
         400, "STORE_CODES_MISMATCH"),
        ("POST", f"{PROMOTIONS}:insert", promotion(storeApplicability="SPECIFIC_STORES"), 400, "STORE_CODES_MISMATCH"),
        ("POST", f"{PROMOTIONS}:insert", promotion(promotionEffectiveTimePeriod={"startTime": "x"}), 400,
         "INVALID_TIME_PERIOD"),
        ("POST", f"{PROMOTIONS}:insert", {**promotion(), "dataSource": SOURCE}, 400, "DATA_SOURCE_TYPE_NOT_SUPPORTED"),
        ("GET", f"{PROMOTIONS}/nl~NL~NONE", None, 404, "NOT_FOUND"),
    ],
)  # fmt: skip
def test_refuses_what_breaks_a_rule(
    caller: Caller, method: str, path: str, body: Any, status: int, reason: str
) -> None:
    assert caller.refusal(method, path, body) == (status, reason)


def test_shows_what_the_webshop_sells(caller: Caller) -> None:
    (only,) = caller.get(PRODUCTS)["products"]
    assert (only["offerId"], only["productAttributes"]["price"]) == ("SKU-1", PRICE)
    assert only["productStatus"]["itemLevelIssues"] == []
    assert caller.get(f"/products/v1/{only['base64EncodedName']}") == only


def test_shows_a_product_some_minutes_after_it_was_put_in_and_for_thirty_days(caller: Caller) -> None:
    answer = caller.post(INSERT, product(" SKU  9 "))
    assert answer["product"] == f"{ACCOUNT}/products/nl~NL~SKU 9"
    path = f"/products/v1/{answer['base64EncodedProduct']}"
    assert caller.refusal("GET", path)[0] == 404
    caller.clock.forward(minutes=5)
    caller.log_in()
    status = caller.get(path)["productStatus"]
    assert status["destinationStatuses"][0]["approvedCountries"] == ["NL", "BE"]
    assert status["googleExpirationDate"] == "2026-12-01T12:05:00Z"
    caller.clock.forward(days=30)
    caller.log_in()
    assert caller.refusal("GET", path)[0] == 404


def test_replaces_all_that_was_said_of_a_product(caller: Caller) -> None:
    caller.post(INSERT, product(color="Rood"))
    caller.post(INSERT, product(title="Jas 2"))
    caller.clock.forward(minutes=5)
    told = caller.get(f"{PRODUCTS}/nl~NL~SKU-9")["productAttributes"]
    assert (told["title"], "color" in told) == ("Jas 2", False)


def test_takes_no_older_version(caller: Caller) -> None:
    caller.post(INSERT, {**product(), "versionNumber": "8"})
    assert caller.refusal("POST", INSERT, {**product(), "versionNumber": "7"}) == (409, "VERSION_TOO_OLD")


def test_takes_two_updates_of_a_product_a_day(caller: Caller) -> None:
    for _ in range(2):
        caller.post(INSERT, product())
    assert caller.refusal("POST", INSERT, product())[0] == 429
    caller.post(INSERT, product("SKU-8"))
    caller.clock.forward(hours=24)
    caller.log_in()
    caller.post(INSERT, product())
    often = Caller(options={"updates_a_day": 0})
    for _ in range(3):
        often.post(INSERT, product())


def test_a_product_that_was_deleted_goes_some_minutes_later(caller: Caller) -> None:
    assert caller.call("DELETE", f"{INPUTS}/nl~NL~SKU-1?dataSource={SOURCE}").json == {}
    assert len(caller.get(PRODUCTS)["products"]) == 1
    caller.clock.forward(minutes=5)
    assert caller.get(PRODUCTS) == {}


@pytest.mark.parametrize(
    ("fault", "code", "severity"),
    [
        ({"imageLink": None}, "item_missing_required_attribute", "DISAPPROVED"),
        ({"price": {**PRICE, "amountMicros": "0"}}, "invalid_price", "DISAPPROVED"),
        ({"gtins": ["4006381333932"]}, "invalid_gtin", "DISAPPROVED"),
        ({"gtins": []}, "missing_product_identifiers", "DEMOTED"),
    ],
)
def test_finds_what_is_wrong_with_a_product_later(
    caller: Caller, fault: dict[str, Any], code: str, severity: str
) -> None:
    caller.post(INSERT, product(**fault))
    caller.clock.forward(minutes=5)
    status = caller.get(f"{PRODUCTS}/nl~NL~SKU-9")["productStatus"]
    assert [(each["code"], each["severity"]) for each in status["itemLevelIssues"]] == [(code, severity)]
    is_out = severity == "DISAPPROVED"
    assert bool(status["destinationStatuses"][0]["disapprovedCountries"]) is is_out


def test_finds_an_issue_when_a_script_says_so(caller: Caller) -> None:
    caller.vendor.perform("find_issue", offer_id="SKU-1", code="image_link_broken")
    (issue,) = caller.get(f"{PRODUCTS}/nl~NL~SKU-1")["productStatus"]["itemLevelIssues"]
    assert issue["code"] == "image_link_broken"
    caller.vendor.perform("solve_issues", offer_id="SKU-1")
    assert caller.get(f"{PRODUCTS}/nl~NL~SKU-1")["productStatus"]["itemLevelIssues"] == []


def test_pages_through_products_and_lowers_large_pages(caller: Caller) -> None:
    for number in range(3):
        caller.post(INSERT, product(f"NEW-{number}"))
    caller.clock.forward(minutes=5)
    page = caller.get(f"{PRODUCTS}?pageSize=3")
    rest = caller.get(f"{PRODUCTS}?pageSize=5000&pageToken={page['nextPageToken']}")
    assert (len(page["products"]), len(rest["products"]), "nextPageToken" in rest) == (3, 1, False)


def test_replaces_the_stock_of_a_store_within_half_an_hour(caller: Caller) -> None:
    caller.post(f"{STOCK}:insert", stock(instoreProductLocation="Gang 3"))
    assert caller.get(STOCK) == {}
    caller.clock.forward(minutes=30)
    caller.post(f"{STOCK}:insert", stock(quantity="2"))
    caller.clock.forward(minutes=29)
    caller.log_in()
    (one,) = caller.get(STOCK)["localInventories"]
    assert one["localInventoryAttributes"]["instoreProductLocation"] == "Gang 3"
    caller.clock.forward(minutes=1)
    caller.log_in()
    (one,) = caller.get(STOCK)["localInventories"]
    assert one["localInventoryAttributes"] == {"availability": "IN_STOCK", "quantity": "2"}
    assert caller.call("DELETE", f"{STOCK}/AMS-01").json == {}
    assert caller.refusal("DELETE", f"{STOCK}/AMS-01")[0] == 404
    caller.clock.forward(minutes=60)
    caller.log_in()
    assert caller.get(STOCK) == {}


def test_a_promotion_is_changed_under_its_id_and_ended_by_its_end(caller: Caller) -> None:
    def state() -> str:
        caller.log_in()
        told = caller.get(f"{PROMOTIONS}/nl~NL~HERFST")["promotionStatus"]["destinationStatuses"]
        found: str = told[0]["status"]
        return found

    caller.post(f"{PROMOTIONS}:insert", promotion())
    assert state() == "LIVE"
    caller.vendor.perform("reject_promotion", promotion_id="HERFST")
    assert state() == "REJECTED"
    caller.vendor.rejected.clear()
    caller.clock.forward(days=30)
    assert state() == "EXPIRED"
    later = {"startTime": "2027-01-01T00:00:00Z", "endTime": "2027-02-01T00:00:00Z"}
    caller.post(f"{PROMOTIONS}:insert", promotion(promotionEffectiveTimePeriod=later))
    assert (state(), len(caller.get(PROMOTIONS)["promotions"])) == ("PENDING", 1)


def test_counts_calls_until_noon_and_in_a_minute() -> None:
    caller = Caller(options={"calls_a_minute": 3})
    for _ in range(3):
        caller.get(PRODUCTS)
    assert caller.refusal("GET", PRODUCTS) == (429, "quota/request_rate_too_high")
    caller.clock.forward(minutes=1)
    caller.vendor.perform("use_up", group="products")
    assert caller.refusal("GET", PRODUCTS) == (429, "quota/daily_limit_exceeded")
    used = {each["name"].rpartition("/")[2]: each["quotaUsage"] for each in
            caller.get(f"/quota/v1/{ACCOUNT}/quotas")["quotaGroups"]}  # fmt: skip
    assert used["ProductInputs"] == "100000"
    caller.clock.forward(hours=24)
    caller.log_in()
    caller.get(PRODUCTS)


def test_takes_nobody_without_a_token_or_a_registered_project(caller: Caller) -> None:
    caller.vendor.perform("unregister")
    assert caller.refusal("GET", PRODUCTS) == (403, "GCP_PROJECT_NOT_REGISTERED")
    caller.vendor.perform("register")
    caller.vendor.perform("expire_tokens")
    assert caller.refusal("GET", PRODUCTS) == (401, "UNAUTHENTICATED")


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "google_merchant.jsonl", Clock()
    first = Caller(clock, memory)
    first.post(INSERT, product())
    first.post(f"{STOCK}:insert", stock())
    first.post(f"{PROMOTIONS}:insert", promotion())
    first.vendor.perform("find_issue", offer_id="SKU-1", code="image_link_broken")
    second = Caller(clock, memory)
    clock.forward(minutes=30)
    for path in (PRODUCTS, STOCK, PROMOTIONS):
        assert second.get(path) == first.get(path)
    assert second.get(f"{PRODUCTS}/nl~NL~SKU-9")["productStatus"]["creationDate"] == f"{START:%Y-%m-%dT%H:%M:%SZ}"
