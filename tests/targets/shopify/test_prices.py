"""Prices on a list: what goes over the wire, and what becomes of each row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.shopify import Shopify
from plugins.sandbox.shopify.prices import PriceList
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.shopify.api import Api
from targets.shopify.delivery import Delivery
from targets.shopify.payloads import meant
from tests.plugins.sandbox.shopify.stage import START
from tests.targets.kept import Kept, messages, start
from tests.targets.shopify.shop import NEW, asked, bodies, deliver, fields, pieces, points, price, prices, stock
from tests.targets.shopify.test_stock import add_article

JACKET = "gid://shopify/ProductVariant/200001"


def error(field: list[str] | None, code: str) -> str:
    return json.dumps({"data": {"made": {"userErrors": [{"field": field, "code": code}]}}})


def test_fixes_the_prices_of_a_list_in_one_call(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, price(compare_at_minor=10000), price("WW2", 905, "add"))
    assert set(outbox.states.values()) == {"accepted"}
    assert prices(shop) == {"WW1-M": ("79.95", "100.00"), "WW2": ("9.05", None)}
    (sent,) = bodies(shop)
    assert sent["variables"]["list"] == "gid://shopify/PriceList/1"
    money = {"amount": "79.95", "currencyCode": "EUR"}, {"amount": "100.00", "currencyCode": "EUR"}
    assert sent["variables"]["prices"][0] == {"variantId": JACKET, "price": money[0], "compareAtPrice": money[1]}


def test_what_has_no_price_any_more_is_taken_out_of_the_list(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, price(), price("WW2", 905))
    assert deliver(config, price(operation="remove")).states == {"price-WW1-M": "accepted"}
    assert prices(shop) == {"WW2": ("9.05", None)}


def test_twice_is_the_same_as_once_whether_it_is_set_or_taken_away(shop: Shopify, config: dict[str, Any]) -> None:
    for key in ("a", "b"):
        assert deliver(config, price(compare_at_minor=9999, key=key)).states == {key: "accepted"}
    assert prices(shop) == {"WW1-M": ("79.95", "99.99")}
    for key in ("c", "d"):
        assert deliver(config, price(operation="remove", key=key)).states == {key: "accepted"}
    assert prices(shop) == {}


def test_a_new_price_replaces_what_the_old_one_was_compared_with(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, price(compare_at_minor=9999))
    deliver(config, price(minor=9500))
    assert prices(shop) == {"WW1-M": ("95.00", None)}


def test_what_is_gone_already_is_gone_and_the_others_go(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, price("WW2", 905))
    rows = [price(operation="remove"), price("WW2", operation="remove"), price("SOLD", operation="remove")]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert prices(shop) == {}


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([price(minor=100, key="a"), price(minor=200, key="b")], {"WW1-M": ("2.00", None)}),
        ([price(key="a"), price(operation="remove", key="b")], {}),
        ([price(operation="remove", key="a"), price(key="b")], {"WW1-M": ("79.95", None)}),
    ],
)
def test_of_an_article_that_comes_twice_the_last_counts(
    shop: Shopify, config: dict[str, Any], rows: list[Row], left: dict[str, Any]
) -> None:
    deliver(config, price(minor=300))
    assert deliver(config, *rows).states == {"a": "accepted", "b": "accepted"}
    assert prices(shop) == left


def test_an_unknown_sku_is_rejected_by_itself_and_not_named(shop: Shopify, config: dict[str, Any]) -> None:
    add_article(shop, 300001, "TWIN")
    add_article(shop, 300002, "TWIN")
    outbox = deliver(config, price("SECRET-1"), price('WW1-M" OR sku:*'), price("TWIN"), price())
    assert list(outbox.states.values()) == ["rejected", "rejected", "rejected", "accepted"]
    assert set(outbox.reasons.values()) == {"no article with that sku", "several articles have that sku", ""}
    assert set(prices(shop)) == {"WW1-M"}


def test_a_list_that_is_not_there_is_named_once_and_the_rest_goes_on(shop: Shopify, config: dict[str, Any]) -> None:
    delivery = Delivery(Api(config), Kept())
    others = [price(list="Leden", key="a"), price("WW2", list="Leden", key="b")]
    delivery.deliver([*others, price(), stock(), points(NEW, 3)])
    reason = "prices wait: the shop has no price list 'Leden'; correct price_list in the feed"
    assert (delivery.counts, delivery.reasons) == ({"dropped": 2, "accepted": 3}, {reason: 2})
    assert (set(prices(shop)), pieces(shop), fields(shop, NEW)) == ({"WW1-M"}, 7, {"points": "3"})


def test_prices_in_another_currency_than_the_list_are_kept_out_for_one_reason(
    shop: Shopify, config: dict[str, Any]
) -> None:
    shop.keep(PriceList(2, START, START, "UK", "GBP"))
    delivery = Delivery(Api(config), Kept())
    delivery.deliver([price(list="UK", key="a"), price("WW2", list="UK", key="b"), price(), stock()])
    reason = "prices wait: price list 'UK' is in GBP; so must the feed be"
    assert (delivery.counts, delivery.reasons) == ({"dropped": 2, "accepted": 2}, {reason: 2})
    assert (prices(shop, 2), set(prices(shop))) == ({}, {"WW1-M"})
    assert deliver(config, price(list="UK", currency="GBP")).states == {"price-WW1-M": "accepted"}
    assert prices(shop, 2) == {"WW1-M": ("79.95", None)}


def test_what_spoils_a_call_is_rejected_and_the_others_go_again(shop: Shopify, config: dict[str, Any]) -> None:
    code = "LOCAL_CURRENCY_GIFT_CARD_LIMIT_EXCEEDED"
    for n in range(2):
        add_article(shop, 300001 + n, f"X{n}")
    shop.faults.add(match="graphql", status=200, body=error(["prices", "1", "price"], code), skip=2)
    outbox = deliver(config, price(), price("WW2"), price("X0"), price("X1"))
    assert outbox.reasons["price-WW2"] == code
    assert sorted(outbox.states.values()) == ["accepted", "accepted", "accepted", "rejected"]
    assert set(prices(shop)) == {"WW1-M", "X0", "X1"}


def test_a_call_that_is_refused_without_saying_why_is_halved(shop: Shopify, config: dict[str, Any]) -> None:
    shop.faults.add(match="graphql", status=200, body=error(["prices"], "BLANK"), skip=2)
    assert set(deliver(config, price(), price("WW2")).states.values()) == {"accepted"}
    assert asked(shop) == ["FixedPricesAdd"] * 2


def test_a_list_that_goes_while_it_is_written_is_unknown_and_asked_for_anew(
    shop: Shopify, config: dict[str, Any]
) -> None:
    shop.faults.add(match="graphql", status=200, body=error(["priceListId"], "PRICE_LIST_NOT_FOUND"), skip=2)
    outbox = deliver(config, price(), price("WW2"))
    assert (set(outbox.states.values()), len(outbox.calls)) == ({"unknown"}, 1)


def test_a_lost_answer_is_unknown_and_not_sent_again(shop: Shopify, config: dict[str, Any]) -> None:
    shop.faults.add(match="graphql", reset="after", skip=2)
    outbox = deliver(config, price(), price("WW2"))
    assert (set(outbox.states.values()), len(outbox.calls)) == ({"unknown"}, 1)


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("body", ['{"data": {"priceLists": null}}', "<html>"])
def test_a_look_up_that_cannot_be_read_is_unknown_and_nothing_is_sent(
    shop: Shopify, config: dict[str, Any], body: str, skip: int
) -> None:
    shop.faults.add(match="graphql", status=200, body=body, skip=skip)
    assert deliver(config, price()).states == {"price-WW1-M": "unknown"}
    assert (bodies(shop), prices(shop)) == ([], {})


def test_a_bucket_that_is_empty_is_waited_for(shop: Shopify, config: dict[str, Any]) -> None:
    cost = {"requestedQueryCost": 12, "throttleStatus": {"currentlyAvailable": 11, "restoreRate": 1000.0}}
    refusal = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": {"cost": cost}}
    shop.faults.add(match="graphql", status=200, body=json.dumps(refusal), skip=2)
    assert deliver(config, price()).states == {"price-WW1-M": "accepted"}
    assert prices(shop) == {"WW1-M": ("79.95", None)}


def test_more_prices_than_one_call_takes_go_in_several_and_lists_are_looked_up_once(
    shop: Shopify, config: dict[str, Any]
) -> None:
    shop.bucket.size = 10**9
    for n in range(260):
        add_article(shop, 300001 + n, f"A{n}")
    outbox = deliver(config, *(price(f"A{n}", n + 1) for n in range(260)))
    assert set(outbox.states.values()) == {"accepted"}
    assert [len(each["variables"]["prices"]) for each in bodies(shop)] == [250, 10]
    assert prices(shop)["A259"] == ("2.60", None)
    assert sum(b"priceLists" in call.body for call in shop.calls) == 1


@pytest.mark.parametrize("scope", ["read_products", "write_products"])
def test_a_scope_that_lacks_stops_the_run_after_all_else_is_told(
    shop: Shopify, config: dict[str, Any], scope: str
) -> None:
    shop.scopes -= {scope}
    outbox = Kept()
    with pytest.raises(HopelessError, match="check the scopes"):
        deliver(config, price(), points(NEW, 3), stock(), outbox=outbox)
    assert (fields(shop, NEW), pieces(shop), prices(shop)) == ({"points": "3"}, 7, {})
    assert [outbox.states[key] for key in (f"points-{NEW}", "stock-WW1-M")] == ["accepted", "accepted"]


def test_every_list_of_a_shop_is_found(shop: Shopify, config: dict[str, Any]) -> None:
    for number in range(2, 253):
        shop.keep(PriceList(number, START, START, f"List {number}"))
    assert deliver(config, price(list="List 252")).states == {"price-WW1-M": "accepted"}
    assert prices(shop, 252) == {"WW1-M": ("79.95", None)}


@pytest.mark.parametrize(
    "row",
    [
        price(minor=0), price(minor=-1), price(minor="7995"), price(minor=79.95), price(minor=None), price(""),
        price(currency="euro"), price(currency=None), price(list=""), price(compare_at_minor=0), price(stock=4),
        price(operation="erase"),
    ],
)  # fmt: skip
def test_what_is_no_price_is_malformed(row: Row) -> None:
    assert meant(row) is None


def test_a_price_that_is_to_go_and_yet_is_given_is_malformed() -> None:
    row = price()
    assert meant(Row(row.key, "remove", row.wire_id, row.payload)) is None


def test_goes_over_a_pipe_and_names_no_article(shop: Shopify, config: dict[str, Any], tmp_path: Any) -> None:
    process = start("shopify", config, tmp_path)
    _, err = process.communicate(messages(price(), price("GONE-9"), price(minor=-1, key="bad")), timeout=60)
    assert (process.returncode, prices(shop)) == (0, {"WW1-M": ("79.95", None)})
    assert "accepted 1, rejected 2; malformed payload: 1; no article with that sku: 1" in err
    assert "GONE-9" not in err
