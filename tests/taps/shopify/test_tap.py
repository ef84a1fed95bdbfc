"""The Shopify tap page by page: every row once, every refusal by its cure, nothing private in an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.exceptions import ConfigValidationError

from plugins.wire.retry import HopelessError, TransientError
from taps.shopify.admin import answer_of, wait_seconds
from taps.shopify.streams import STREAMS
from taps.shopify.tap import TapShopify
from tests.plugins.sandbox.shopify.stage import START
from tests.taps.shopify.shop import TOKEN, Shop, bookmark, customers, open_shop, orders

LATELY = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
LONG_AGO = "2026-01-01T00:00:00Z"
PAGES: dict[str, Any] = {"bulk": False}


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as made:
        yield made


def answered(shop: Shop, body: Any, status: int = 200, times: int = 1, **headers: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    shop.vendor.faults.add(match="graphql", status=status, body=text, headers=headers, times=times)


def error(code: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": "Els Peeters, els@example.be", "extensions": {"code": code}, **more}]}


def test_reads_every_customer_once_page_by_page() -> None:
    with open_shop(storefront_customers=customers(23)) as shop:
        runner = shop.read("customers", page_size=5, **PAGES)
    assert runner.numbers("customers") == list(range(9000, 9023))
    assert [each["first"] for each in shop.variables] == [5] * 5


def test_every_stream_says_what_it_asks_for(shop: Shop) -> None:
    names = [stream.name for stream in STREAMS]
    runner = shop.read(*names, **PAGES)
    for stream in TapShopify(config=shop.config).streams.values():
        fields = set(stream.schema["properties"])
        assert {field for row in runner.records[stream.name] for field in row} == fields, stream.name


def test_the_defaults_cost_less_than_one_document_may(shop: Shop) -> None:
    shop.read(*(stream.name for stream in STREAMS), **PAGES)
    asked = [each["first"] for each in shop.variables if "first" in each]
    assert asked == [stream.first for stream in sorted(STREAMS, key=lambda each: each.name)]


def test_goes_on_from_its_bookmark_with_an_overlap(shop: Shop) -> None:
    runner = shop.read("customers", state=bookmark("customers", "2026-11-17T12:04:59Z"), bulk_days=9999)
    assert runner.numbers("customers") == [7001, 7004]
    assert shop.variables[0]["query"] == "updated_at:>='2026-11-17T11:59:59Z'"
    assert "sortKey: UPDATED_AT" in shop.documents[0]
    assert runner.bookmark("customers") == "2026-11-20T10:00:00Z"


def test_begins_at_the_start_it_is_given(shop: Shop) -> None:
    shop.read("orders", start_date="2026-11-01T00:00:00+01:00", **PAGES)
    assert shop.variables[0]["query"] == "updated_at:>='2026-10-31T22:55:00Z'"


def test_misses_nobody_who_changes_while_it_reads() -> None:
    with open_shop(storefront_customers=customers(9)) as shop:
        first = shop.vendor.of_kind("Customer")[0]
        answer = shop.vendor.answer

        def meanwhile(*given: Any) -> Any:
            told = answer(*given)
            first.updated_at = START + timedelta(seconds=1)
            return told

        shop.vendor.answer = meanwhile  # type: ignore[method-assign]
        runner = shop.read("customers", page_size=4, **PAGES)
    assert runner.numbers("customers") == [*range(9000, 9009), 9000]


def test_reads_lines_that_do_not_fit_a_page() -> None:
    with open_shop(storefront_orders=orders(2, lines=113)) as shop:
        runner = shop.read("orders", **PAGES)
    for row in runner.records["orders"]:
        assert len({line["id"] for line in row["lineItems"]}) == 113
    assert len(shop.documents) == 1 + 2 * 2  # ten come with the order, then sixty at once


def test_reads_refunds_of_orders_with_all_their_lines() -> None:
    with open_shop(storefront_orders=[*orders(3, lines=12, refunds=2, back=12)[:2], orders(3)[2]]) as shop:
        runner = shop.read("refunds")
    assert runner.numbers("refunds") == [5100, 5101]
    for row in runner.records["refunds"]:
        assert [len(refund["refundLineItems"]) for refund in row["refunds"]] == [12, 12]
    assert shop.variables[0]["query"] == "(financial_status:refunded OR financial_status:partially_refunded)"


def test_looks_for_changed_baskets_without_an_order_of_change(shop: Shop) -> None:
    runner = shop.read("abandoned_checkouts", state=bookmark("abandoned_checkouts", LONG_AGO))
    assert runner.numbers("abandoned_checkouts") == [3001, 3002]
    assert "sortKey" not in shop.documents[0]
    assert shop.variables[0]["query"] == "updated_at:>='2025-12-31T23:55:00Z'"
    assert runner.bookmark("abandoned_checkouts") == "2026-11-17T12:00:00Z"


def test_seals_what_it_read_whole(shop: Shop) -> None:
    runner = shop.read(*(stream.name for stream in STREAMS), **PAGES)
    assert sorted(runner.seals) == ["discounts", "inventory_levels", "locations", "product_variants", "products"]


def test_shows_shops_that_are_closed_too(shop: Shop) -> None:
    shop.vendor.of_kind("Location")[0].is_active = False
    assert shop.read("locations").numbers("locations") == [92]


def test_halves_a_page_that_costs_too_much() -> None:
    with open_shop(storefront_customers=customers(30), most_points=100) as shop:
        runner = shop.read("customers", **PAGES)
    assert runner.numbers("customers") == list(range(9000, 9030))
    assert [each["first"] for each in shop.variables] == [80, 40, 20, 10, 10, 10, 10][: len(shop.variables)]


def test_stops_when_one_row_costs_too_much() -> None:
    with open_shop(most_points=5) as shop, pytest.raises(HopelessError, match="a single row costs too much"):
        shop.read("customers", **PAGES)


def test_waits_until_the_bucket_holds_what_the_query_asks(shop: Shop) -> None:
    cost = {"requestedQueryCost": 202, "throttleStatus": {"currentlyAvailable": 199.5, "restoreRate": 100.0}}
    answered(shop, {**error("THROTTLED"), "extensions": {"cost": cost}})
    before = datetime.now(UTC)
    assert shop.read("locations").numbers("locations") == [92]
    assert datetime.now(UTC) - before >= timedelta(seconds=0.025)


@given(st.integers(1, 1000), st.integers(0, 2000), st.sampled_from([50, 100, 1000]))
def test_the_wait_is_what_lacks_by_the_rate_it_comes_back(asked: int, available: int, rate: int) -> None:
    status = {"currentlyAvailable": available, "restoreRate": rate}
    wait = wait_seconds({"cost": {"requestedQueryCost": asked, "throttleStatus": status}})
    assert wait == max(0, asked - available) / rate


@pytest.mark.parametrize("told", [None, {}, {"cost": {}}, {"cost": {"requestedQueryCost": 1, "throttleStatus": {}}}])
def test_waits_as_usual_where_the_bucket_is_not_told(told: Any) -> None:
    assert wait_seconds(told) is None


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401, "HTTP 401"),
        ({"errors": "els@example.be"}, 200, "check the access token"),
        (
            error("ACCESS_DENIED", path=["customers", "nodes", 0, "firstName"]),
            200,
            r"no access to customers\.nodes\.f",
        ),
        (error("ACCESS_DENIED", path=["els@example.be"]), 200, "no access to a field"),
        ({"errors": [{"message": "Field 'x'", "locations": [{"line": 1}]}]}, 200, "the query is refused"),
        ({"errors": "Unavailable Shop"}, 402, "the shop is frozen"),
        ({"errors": "Not Found"}, 404, "check shop and api_version"),
        ({"errors": "Locked"}, 423, "the shop is locked"),
        ("", 430, "looks suspicious"),
        ({"errors": {"query": "Required parameter missing or invalid"}}, 400, "HTTP 400"),
    ],
)
def test_stops_at_once_where_only_somebody_can_help(shop: Shop, body: Any, status: int, says: str) -> None:
    answered(shop, body, status, times=9)
    with pytest.raises(HopelessError, match=says) as caught:
        shop.read("locations")
    assert len(shop.vendor.faults.faults) == 1
    assert shop.vendor.faults.faults[0].times == 8
    assert not any(private in str(caught.value) for private in ("@", TOKEN, "Peeters"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (error("INTERNAL_SERVER_ERROR"), 200),
        (error("THROTTLED"), 200),
        ("<html>els@example.be</html>", 200),
        ("[]", 200),
        ("{}", 200),
        ("", 429),
        ("", 503),
    ],
)
def test_tries_again_what_may_pass(shop: Shop, body: Any, status: int) -> None:
    answered(shop, body, status)
    assert shop.read("locations").numbers("locations") == [92]
    answered(shop, body, status, times=2)
    with pytest.raises(TransientError) as caught:
        shop.read("locations")
    assert "@" not in str(caught.value)


def test_a_right_that_lacks_outweighs_what_may_pass() -> None:
    response = requests.Response()
    both = error("THROTTLED")["errors"] + error("ACCESS_DENIED")["errors"]
    response._content = json.dumps({"errors": both}).encode()
    with pytest.raises(HopelessError):
        answer_of(response, "tap")


def test_stops_when_the_shop_ignores_a_filter(shop: Shop) -> None:
    search = [{"path": ["orders"], "warnings": [{"field": "updated_at", "message": "Invalid search field"}]}]
    answered(shop, {"data": {"orders": {"nodes": []}}, "extensions": {"search": search}})
    with pytest.raises(HopelessError, match="does not know the filter updated_at"):
        shop.read("orders", start_date=LATELY)


def test_stops_when_it_is_led_elsewhere(shop: Shop) -> None:
    answered(shop, "", 301, Location="https://other.myshopify.com/admin/api")
    with pytest.raises(HopelessError, match=r"redirects to other\.myshopify\.com"):
        shop.read("locations")


def test_stops_where_the_app_may_not_see_names(shop: Shop) -> None:
    shop.vendor.sees_protected_data = False
    with pytest.raises(HopelessError, match=r"no access to customers\.nodes"):
        shop.read("customers", **PAGES)


def test_asks_with_the_token_in_the_version_it_is_told(shop: Shop) -> None:
    shop.read("locations", api_version="2026-07")
    assert shop.vendor.calls[0].path == "/admin/api/2026-07/graphql.json"
    assert shop.vendor.calls[0].query == ""


@pytest.mark.parametrize(
    "given",
    [
        {"shop": "https://example.myshopify.com"},
        {"shop": "example.com"},
        {"shop": "example.myshopify.com.evil.example"},
        {"api_url": "http://shop.example"},
        {"api_version": "latest"},
        {"page_size": 251},
    ],
)
def test_refuses_settings_that_would_give_the_token_away_or_cannot_be(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigValidationError):
        TapShopify(config={"shop": "example.myshopify.com", "access_token": TOKEN, **given})


def test_asks_the_shop_itself_where_no_other_address_is_given() -> None:
    tap = TapShopify(config={"shop": "example.myshopify.com", "access_token": TOKEN})
    address = tap.streams["orders"].get_url(None)  # type: ignore[attr-defined]
    assert address == "https://example.myshopify.com/admin/api/2026-10/graphql.json"
