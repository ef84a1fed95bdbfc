"""How many there are of an article: what goes over the wire, and what becomes of each row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.shopify import Shopify
from plugins.sandbox.shopify.product import InventoryItem, InventoryLevel, Product, ProductVariant
from targets.shopify.api import Api
from targets.shopify.delivery import Delivery
from targets.shopify.payloads import meant
from targets.shopify.stock import NO_LOCATION, NOT_SET
from tests.plugins.sandbox.shopify.stage import START
from tests.targets.kept import Kept, messages, start
from tests.targets.shopify.shop import NEW, asked, bodies, deliver, fields, pieces, points, stock

ITEM = "gid://shopify/InventoryItem/1200001"


def item_of(shop: Shopify, sku: str = "WW1-M") -> Any:
    return next(each for each in shop.of_kind("InventoryItem") if each.sku == sku)


def add_article(shop: Shopify, number: int, sku: str) -> Any:
    """Put one more article in the shop, kept in Ghent."""
    product = shop.keep(Product(number, START, START, sku, "", "", "", sku))
    variant = shop.keep(ProductVariant(number, START, START, product, sku, None, "", 100, None, 1))
    variant.item = shop.keep(InventoryItem(1_000_000 + number, START, START, variant))
    level = InventoryLevel(number * 1000, START, START, variant.item, shop.records["Location", 92], 1)
    variant.item.levels[92] = shop.keep(level)
    return variant.item


def test_sets_what_there_is_of_each_article_in_one_call(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, stock(), stock("WW2", 0, "add"))
    assert set(outbox.states.values()) == {"accepted"}
    assert (pieces(shop), pieces(shop, "WW2")) == (7, 0)
    (sent,) = bodies(shop)
    told = sent["variables"]["input"]
    assert (told["name"], told["reason"], len(told["quantities"])) == ("available", "correction", 2)
    place = {"locationId": "gid://shopify/Location/92", "changeFromQuantity": None}
    assert told["quantities"][0] == {"inventoryItemId": ITEM, "quantity": 7, **place}


def test_an_unknown_sku_is_rejected_by_itself_and_not_named(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, stock("SECRET-1"), stock('WW1-M" OR sku:*'), stock())
    assert list(outbox.states.values()) == ["rejected", "rejected", "accepted"]
    assert set(outbox.reasons.values()) == {"no article with that sku", ""}
    assert (pieces(shop), pieces(shop, "WW2")) == (7, 9)


def test_the_same_number_twice_is_the_same_as_once(shop: Shopify, config: dict[str, Any]) -> None:
    for key in ("first", "second"):
        assert deliver(config, stock(key=key)).states == {key: "accepted"}
    assert pieces(shop) == 7


def test_each_decision_has_a_key_of_its_own_which_a_repeated_call_keeps(shop: Shopify, config: dict[str, Any]) -> None:
    shop.faults.add(match="graphql", status=503, times=2)
    deliver(config, stock(key="one"))
    deliver(config, stock(key="one"))
    deliver(config, stock(key="two"))
    first, again, other = [each["variables"]["key"] for each in bodies(shop)]
    assert first == again != other


def test_of_an_article_that_comes_twice_the_last_counts(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, stock(pieces=3, key="a"), stock(pieces=5, key="b"))
    assert (outbox.states, pieces(shop)) == ({"a": "accepted", "b": "accepted"}, 5)
    assert len(bodies(shop)[0]["variables"]["input"]["quantities"]) == 1


def test_what_spoils_a_call_is_rejected_and_the_others_go_again(shop: Shopify, config: dict[str, Any]) -> None:
    body = {"data": {"made": {"userErrors": [
        {"field": ["input", "quantities", "1", "inventoryItemId"], "code": "NON_MUTABLE_INVENTORY_ITEM"}
    ]}}}  # fmt: skip
    rows = [stock(), stock("WW2", 2), *(stock(f"X{n}", n) for n in range(2))]
    for n in range(2):
        add_article(shop, 300001 + n, f"X{n}")
    shop.faults.add(match="graphql", status=200, body=json.dumps(body), skip=1)
    outbox = deliver(config, *rows)
    assert outbox.reasons["stock-WW2"] == "NON_MUTABLE_INVENTORY_ITEM"
    assert sorted(outbox.states.values()) == ["accepted", "accepted", "accepted", "rejected"]
    assert (pieces(shop), pieces(shop, "WW2"), pieces(shop, "X1")) == (7, 9, 1)


def test_a_call_that_is_refused_without_saying_why_is_halved(shop: Shopify, config: dict[str, Any]) -> None:
    body = {"data": {"made": {"userErrors": [{"field": ["input", "name"], "code": "INVALID_NAME"}]}}}
    shop.faults.add(match="graphql", status=200, body=json.dumps(body), skip=1)
    outbox = deliver(config, stock(), stock("WW2", 2))
    assert set(outbox.states.values()) == {"accepted"}
    assert asked(shop) == ["SetQuantities"] * 2


@pytest.mark.parametrize("code", ["IDEMPOTENCY_CONCURRENT_REQUEST", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"])
def test_what_the_shop_says_of_the_key_and_not_of_the_article_is_unknown(
    shop: Shopify, config: dict[str, Any], code: str
) -> None:
    body = {"data": {"made": {"userErrors": [{"field": None, "code": code}]}}}
    shop.faults.add(match="graphql", status=200, body=json.dumps(body), skip=1)
    assert set(deliver(config, stock(), stock("WW2", 2)).states.values()) == {"unknown"}


def test_a_lost_answer_is_unknown_and_not_sent_again(shop: Shopify, config: dict[str, Any]) -> None:
    shop.faults.add(match="graphql", reset="after", skip=1)
    outbox = deliver(config, stock(), stock("WW2", 2))
    assert set(outbox.states.values()) == {"unknown"}
    assert len(outbox.calls) == 1


@pytest.mark.parametrize("body", ['{"data": {"location": {"id": "x"}}}', "<html>"])
def test_a_look_up_that_cannot_be_read_is_unknown_and_nothing_is_sent(
    shop: Shopify, config: dict[str, Any], body: str
) -> None:
    shop.faults.add(match="graphql", status=200, body=body)
    assert deliver(config, stock()).states == {"stock-WW1-M": "unknown"}
    assert (bodies(shop), pieces(shop)) == ([], 4)


@pytest.mark.parametrize(("location", "reason"), [("", NOT_SET), ("404", NO_LOCATION)])
def test_without_its_location_stock_waits_and_the_rest_goes_on(
    shop: Shopify, config: dict[str, Any], location: str, reason: str
) -> None:
    delivery = Delivery(Api({**config, "location_id": location}), Kept())
    delivery.deliver([stock(), stock("WW2", 1), points(NEW, 3)])
    assert (delivery.counts, delivery.reasons) == ({"dropped": 2, "accepted": 1}, {reason: 2})
    assert (pieces(shop), fields(shop, NEW)) == (4, {"points": "3"})


def test_says_of_which_articles_the_shop_keeps_no_stock_there(shop: Shopify, config: dict[str, Any]) -> None:
    item_of(shop).tracked = False
    item_of(shop, "WW2").levels.clear()
    add_article(shop, 300001, "TWIN")
    add_article(shop, 300002, "TWIN")
    outbox = deliver(config, stock(), stock("WW2", 1), stock("TWIN", 1))
    assert set(outbox.states.values()) == {"rejected"}
    assert [each.split(" ", 3)[-1] for each in outbox.reasons.values()] == [
        "the shop does not count", "is not kept at the location", "that sku",
    ]  # fmt: skip


def test_more_articles_than_one_call_takes_go_in_several(shop: Shopify, config: dict[str, Any]) -> None:
    shop.bucket.size = 10**9
    for n in range(260):
        add_article(shop, 300001 + n, f"A{n}")
    outbox = deliver(config, *(stock(f"A{n}", n) for n in range(260)))
    assert set(outbox.states.values()) == {"accepted"}
    assert [len(each["variables"]["input"]["quantities"]) for each in bodies(shop)] == [250, 10]
    assert pieces(shop, "A259") == 259


@pytest.mark.parametrize("pieces", [-1, "4", 4.0, None, 1_000_000_001, True])
def test_a_number_that_is_none_is_malformed(pieces: Any) -> None:
    assert meant(stock(pieces=pieces)) is None


def test_what_it_does_not_know_and_what_cannot_be_done_with_stock_is_malformed() -> None:
    row = stock()
    more = row.__class__(row.key, "change", row.wire_id, {**row.payload, "location": "9"})
    assert [meant(each) for each in (more, stock(""), stock(operation="remove"))] == [None, None, None]


def test_goes_over_a_pipe_and_names_no_article(shop: Shopify, config: dict[str, Any], tmp_path: Any) -> None:
    process = start("shopify", config, tmp_path)
    _, err = process.communicate(messages(stock(), stock("GONE-9"), stock(pieces=-1, key="bad")), timeout=60)
    assert (process.returncode, pieces(shop)) == (0, 7)
    assert "accepted 1, rejected 2; malformed payload: 1; no article with that sku: 1" in err
    assert "GONE-9" not in err
