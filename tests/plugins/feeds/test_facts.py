"""The facts of a product: whose word counts, what a parent adds, which price holds, what is in stock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from plugins.feeds import facts
from plugins.feeds.facts import READ
from plugins.rules.feed_facts import FACTS
from plugins.store.entities import ENTITIES, Customer, Record
from tests.making import record
from tests.plugins.feeds.conftest import GOOGLE, GTIN, Shop, price, product

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSONAL = {"customer_id", "email", "phone", "card", "person", "profile_id"}


def facts_of(shop: Shop, **keys: Any) -> dict[str, dict[str, Any]]:
    """Return the facts of each product, with some keys of the feed changed."""
    feed = shop.compiled().read.feed.model_copy(update=keys)
    with duckdb.connect(":memory:") as engine:
        facts.gather(engine, shop.store, feed, NOW)
        cursor = engine.execute("SELECT * FROM fact ORDER BY product_id")
        names = [each[0] for each in cursor.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def test_c17_no_fact_of_a_feed_comes_from_a_person() -> None:
    own = Customer.model_fields.keys() - Record.model_fields.keys()
    for entity in READ:
        assert not ENTITIES[entity].model_fields.keys() & PERSONAL, entity
    assert not FACTS.keys() & (own | PERSONAL)
    people = {name for name, model in ENTITIES.items() if model.model_fields.keys() & PERSONAL} | {"customer"}
    assert not people & set(READ)
    statements = (facts.TOLD, facts.KNOWN, facts.LINK, facts.STANDARD, facts.SALE, facts.PIECES, facts.FACT)
    assert not [each for each in statements if "origin" in each]


def test_a_size_has_the_texts_of_its_parent_and_the_parent_is_no_item(shop_both: Shop) -> None:
    child = {"parent_id": "9", "name": "M, zwart", "description": None, "brand": None, "image_url": None}
    shop_both.keep(product("9", None, None, gtin=None, image_url="https://a.example/9.jpg"),
                   product("1", **child, size="M"), product("2", **child, size="L"))  # fmt: skip
    found = facts_of(shop_both)
    assert set(found) == {"1", "2"}
    assert found["1"]["name"] == "Rain coat"
    assert found["1"]["variant_name"] == "M, zwart"
    assert found["1"]["brand"] == "Ardenna"
    assert found["1"]["image_url"] == "https://a.example/9.jpg"
    assert found["1"]["variant_count"] == 2


def test_a_product_that_is_gone_is_no_item(shop_both: Shop) -> None:
    shop_both.keep(product("1", is_deleted=True), product("2"))
    assert set(facts_of(shop_both)) == {"2"}


def test_what_the_source_does_not_know_another_fills_in_by_gtin_and_then_by_sku(shop_both: Shop) -> None:
    till = {"source": "till", "department": "Kleding", "brand": "Of the till"}
    shop_both.keep(product("1", brand=None, sku="A"), product("2", gtin=None, sku="B", brand=None))
    shop_both.keep(product("3", sku="C", gtin="96385074"))
    shop_both.keep(product("t1", **till, sku="other"), product("t2", **till, gtin=None, sku="B"))
    found = facts_of(shop_both, fill_from=["till"])
    assert [found[key]["department"] for key in "123"] == ["Kleding", "Kleding", None]
    assert [found[key]["brand"] for key in "123"] == ["Of the till", "Of the till", "Ardenna"]


def test_a_preferred_source_has_the_first_word(shop: Shop) -> None:
    shop.keep(product("1"), product("t1", 8000, source="till", brand="Of the till", name="TILL NAME"))
    found = facts_of(shop, fill_from=["till"], prefer={"brand": "till", "price_minor": "till"})["1"]
    assert (found["brand"], found["name"], found["price_minor"]) == ("Of the till", "Rain coat", 8000)


def test_a_price_holds_in_its_time_its_currency_and_its_store(shop_both: Shop) -> None:
    shop_both.keep(
        product("1", None), price("1", 1, currency="USD"), price("1", 5000),
        {**price("1", 6000, starts_at="2026-03-01T00:00:00+01:00"), "source_id": "newer"},
        {**price("1", 7000, starts_at="2026-04-01T00:00:00+01:00"), "source_id": "later"},
        {**price("1", 8000, ends_at="2026-03-01T00:00:00+01:00"), "source_id": "over"},
        {**price("1", 4000, quantity=10), "source_id": "ten"}, {**price("1", 3000, store_id="7"), "source_id": "there"},
    )  # fmt: skip
    assert facts_of(shop_both)["1"]["price_minor"] == 6000
    assert facts_of(shop_both, store="7")["1"]["price_minor"] == 3000


def test_a_sale_that_is_on_comes_before_one_that_will_be_and_one_that_is_over_is_none(shop: Shop) -> None:
    def promo(key: str, cents: int, start: str, end: str) -> dict[str, Any]:
        return {**price(key, cents, "promo", starts_at=f"{start}T00:00:00+00:00", ends_at=f"{end}T00:00:00+00:00"),
                "source_id": f"{key}:{cents}"}  # fmt: skip

    shop.keep(product("1"), promo("1", 5000, "2026-03-01", "2026-03-09"), promo("1", 4000, "2026-03-20", "2026-03-29"),
              product("2"), promo("2", 4000, "2026-03-20", "2026-03-29"), product("3"),
              promo("3", 4000, "2026-02-01", "2026-02-09"))  # fmt: skip
    found = facts_of(shop)
    assert [found[key]["sale_price_minor"] for key in "123"] == [5000, 4000, None]
    assert [found[key]["is_on_sale"] for key in "123"] == [True, False, False]
    assert found["1"]["discount_percent"] == 49
    assert found["1"]["sale_ends_at"] == datetime(2026, 3, 9)  # noqa: DTZ001 - UTC in the engine


def stock(key: str, pieces: int, store: str, source: str = "till") -> dict[str, Any]:
    return record(
        "stock", source, f"{key}@{store}", product_id=key, store_id=store, available_thousandths=pieces * 1000
    )


def test_stock_is_counted_in_the_places_that_count_and_no_store_owes_another(shop_both: Shop) -> None:
    shop_both.keep(product("1", pieces=2), product("t", pieces=None, source="till"), stock("t", 5, "81"),
                   stock("t", -3, "82"), stock("t", 100, "90"))  # fmt: skip
    assert facts_of(shop_both)["1"]["stock"] == 2
    assert facts_of(shop_both, stock={"till": ["81", "82"]})["1"]["stock"] == 5
    assert facts_of(shop_both, stock={"web": "all", "till": ["81"]})["1"]["stock"] == 7


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"available_thousandths": 1000, "status": "instock"}, (1, True, "in_stock")),
        ({"available_thousandths": 999, "status": "instock"}, (0, False, "out_of_stock")),
        ({"available_thousandths": None, "status": "instock"}, (None, True, "in_stock")),
        ({"available_thousandths": None, "status": "outofstock"}, (None, False, "out_of_stock")),
        ({"available_thousandths": 0, "status": "onbackorder"}, (0, False, "backorder")),
    ],
)
def test_what_is_counted_goes_before_what_is_said(shop: Shop, fields: Any, expected: Any) -> None:
    shop.keep(product("1", pieces=None), record("stock", "web", "1", product_id="1", **fields))
    found = facts_of(shop)["1"]
    assert (found["stock"], found["is_in_stock"], found["availability"]) == expected


def test_nobody_knows_the_stock_of_what_nobody_reports(shop: Shop) -> None:
    shop.keep(product("1", pieces=None))
    found = facts_of(shop)["1"]
    assert (found["stock"], found["is_in_stock"], found["availability"]) == (None, False, "out_of_stock")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<p>Keeps&nbsp;dry</p>\n<p>and   warm</p>", "Keeps dry and warm"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("5 < 6", "5 < 6"),
        ("   ", None),
        ("", None),
        ("<br/>", None),
    ],
)
def test_a_description_is_plain_text(shop: Shop, given: str, expected: str | None) -> None:
    shop.keep(product("1", description=given))
    assert facts_of(shop)["1"]["description"] == expected


def test_a_gtin_is_its_digits_and_an_address_has_no_blanks(shop: Shop) -> None:
    spaced = f"{GTIN[:1]} {GTIN[1:7]}-{GTIN[7:]}"
    shop.keep(product("1", gtin=spaced, url=" https://a.example/rain coat,1 "))
    found = facts_of(shop)["1"]
    assert (found["gtin"], found["url"]) == (GTIN, "https://a.example/rain%20coat%2C1")


def test_shared_rules_come_before_the_feeds_own_and_the_last_that_holds_wins(shop: Shop) -> None:
    shared = """\
description: For every feed.
rules:
- {title: dear, when: price_minor >= 1000, set: {custom_label_0: dear, custom_label_1: '{sku}'}}
- {title: cheap, when: price_minor < 200, leave_out: true}
"""
    own = "use: [range]\nrules:\n- {title: coats, when: \"name like '%coat'\", set: {custom_label_0: coat}}\n"
    shop.keep(product("1"), product("2", name="Tent"), product("3", 500), product("4", 100))
    shop.write(GOOGLE + own, **{"feed_rules/range.yml": shared})
    made, _ = shop.publish()
    found = shop.text()
    assert found.count("<g:custom_label_0>coat<") == 2
    assert found.count("<g:custom_label_0>dear<") == 1
    assert "<g:custom_label_1>SKU-1<" in found
    assert [(each.code, each.what) for each in made.reasons if each.severity is None] == [
        ("X002", "left out by the rule 'cheap'")
    ]
