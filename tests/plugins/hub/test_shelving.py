"""What a channel is told of what each shop has: only shops that are named, and only items that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import channels, record_channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, planned
from plugins.rules.complaint import RulesError
from plugins.store.engine import Store
from tests.making import at, clock_at, hub_on, keep, record
from tests.plugins.hub.test_bringing import DAY, article, entered, published, rows, told

GOOGLE = "google_merchant"
FEED = """\
description: All of it.
format: json
source: web
currency: EUR
where: price_minor is not null
bring_to: [google_merchant]
attributes: {id: '{sku}', title: '{name}', price: '{price_minor}'}
guard: {shrink: 100%}
shops:
  google_merchant: {source: till, codes: {'81': AMS-01, '82': UTR-02}}
examples:
- {title: nobody knows what it costs, given: {is_online: true}, expect: out}
"""
GTIN = {"A": "8719990000014", "B": "8719990000021"}


@pytest.fixture
def hub(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A webshop with two articles, which the till knows by their barcodes."""
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "published"))
    (rules / "feeds").mkdir(exist_ok=True)
    (rules / "promotions.yml").unlink()
    (rules / "feeds" / "all.yml").write_text(FEED)
    for key, gtin in GTIN.items():
        keep(store, article(key, gtin=gtin), record("product", "till", f"T{key}", sku=f"TILL-{key}", gtin=f"0{gtin}"))
    yield replace(hub_on(store, rules), records=record_channels(), clock=clock_at(DAY))


def shelf(key: str, store: str, pieces: int | None, hours: float = 0, **fields: Any) -> dict[str, Any]:
    """Return what the till counts of an article in one store."""
    held = None if pieces is None else pieces * 1000
    return record("stock", "till", f"{key}-{store}", product_id=f"T{key}", store_id=store, available_thousandths=held,
                  changed_at=at(hours), **fields)  # fmt: skip


def asks(key: str, cents: int, store: str | None = None, kind: str = "standard", **fields: Any) -> dict[str, Any]:
    """Return what the till asks for an article, everywhere or in one store."""
    name = f"{key}-{store}-{kind}-{cents}"
    return record("price", "till", name, product_id=f"T{key}", store_id=store, kind=kind, price_minor=cents,
                  currency="EUR", **fields)  # fmt: skip


def shelves(hub: Hub) -> list[tuple[str, str, Any]]:
    """Return what is told of shelves: the operation, which, and how many."""
    found = [row for row in rows(hub, GOOGLE) if row["payload"]["kind"] == "shelf"]
    return [(row["operation"], row["wire_id"].removeprefix("shelf:"), row["payload"].get("quantity")) for row in found]


def left_out(hub: Hub) -> list[tuple[str, str]]:
    with planned(hub, GOOGLE) as (_, made, _):
        return [(each["what"], each["why"]) for each in made.left_out]


def test_each_named_shop_is_told_of_once_and_no_other(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3), shelf("A", "82", 0), shelf("A", "83", 9), shelf("B", "81", None))
    assert shelves(hub) == []
    published(hub, rules)
    assert shelves(hub) == [("add", "AMS-01:SKU-A", 3), ("add", "UTR-02:SKU-A", 0)]
    (row, _) = (each for each in rows(hub, GOOGLE) if each["payload"]["kind"] == "shelf")
    assert (row["profile_id"], row["permit"]) == ("", None)
    assert row["payload"] == {
        "kind": "shelf", "item": "SKU-A", "store": "AMS-01", "quantity": 3, "price": None, "sale_price": None,
        "sale_dates": None,
    }  # fmt: skip
    entered(hub, GOOGLE)
    assert told(hub, GOOGLE) == []


def test_items_go_before_what_shops_have_of_them(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3), shelf("B", "82", 1))
    published(hub, rules)
    assert [name.partition(":")[0] for _, name in told(hub, GOOGLE)] == ["item", "item", "shelf", "shelf"]


def test_only_the_number_that_changed_is_told_again(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3), shelf("A", "82", 2), shelf("B", "82", 1))
    published(hub, rules)
    entered(hub, GOOGLE)
    keep(hub.store, shelf("A", "81", 0, hours=1), shelf("A", "82", 2, hours=1))
    assert shelves(hub) == [("change", "AMS-01:SKU-A", 0)]
    entered(hub, GOOGLE)
    assert told(hub, GOOGLE) == []


def test_the_same_thing_counted_twice_is_added_up_and_less_than_none_is_none(hub: Hub, rules: Path) -> None:
    double = record("product", "till", "TX", sku="TILL-X", gtin=GTIN["A"])
    keep(hub.store, double, shelf("X", "81", 4), shelf("A", "81", 3), shelf("B", "81", -2))
    published(hub, rules)
    assert shelves(hub) == [("add", "AMS-01:SKU-A", 7), ("add", "AMS-01:SKU-B", 0)]


def test_a_shop_is_told_of_at_its_own_price_and_only_a_sale_that_is_on(hub: Hub, rules: Path) -> None:
    keep(
        hub.store, shelf("A", "81", 1), shelf("A", "82", 1), asks("A", 2499), asks("A", 2299, "82"),
        asks("A", 1999, kind="promo", starts_at=at(0), ends_at=at(2 * DAY)),
        asks("A", 999, kind="promo", starts_at=at(3 * DAY), ends_at=at(4 * DAY)),
        asks("A", 1, "81") | {"currency": "GBP"},
    )  # fmt: skip
    published(hub, rules)
    found = [row["payload"] for row in rows(hub, GOOGLE) if row["payload"]["kind"] == "shelf"]
    assert [(each["price"], each["sale_price"]) for each in found] == [
        ("24.99 EUR", "19.99 EUR"), ("22.99 EUR", "19.99 EUR"),
    ]  # fmt: skip
    assert {each["sale_dates"] for each in found} == {"2026-03-02T09:00:00Z/2026-03-04T09:00:00Z"}


def test_a_sale_above_the_price_is_none(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 1), asks("A", 2499), asks("A", 2600, kind="promo"))
    published(hub, rules)
    (found,) = [row["payload"] for row in rows(hub, GOOGLE) if row["payload"]["kind"] == "shelf"]
    assert (found["price"], found["sale_price"]) == ("24.99 EUR", None)


def test_an_item_that_leaves_the_feed_leaves_the_shelves(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3), shelf("B", "81", 3))
    published(hub, rules)
    entered(hub, GOOGLE)
    keep(hub.store, record("product", "web", "B", is_deleted=True, changed_at=at(1)))
    published(hub, rules)
    assert told(hub, GOOGLE) == [("remove", "item:SKU-B"), ("remove", "shelf:AMS-01:SKU-B")]
    gone = rows(hub, GOOGLE, lane="removals")[1]
    assert gone["payload"] == {"kind": "shelf", "item": "SKU-B", "store": "AMS-01"}
    entered(hub, GOOGLE)
    assert told(hub, GOOGLE) == []


@pytest.mark.parametrize("left", ["{'82': UTR-02}", "{'81': AMS-99, '82': UTR-02}"], ids=["unnamed", "another code"])
def test_a_shop_that_is_not_named_any_more_is_taken_out(hub: Hub, rules: Path, left: str) -> None:
    keep(hub.store, shelf("A", "81", 3), shelf("A", "82", 2))
    published(hub, rules)
    entered(hub, GOOGLE)
    (rules / "feeds" / "all.yml").write_text(FEED.replace("{'81': AMS-01, '82': UTR-02}", left))
    now = replace(hub, meaning=read_meaning(rules))
    assert shelves(now)[0] == ("remove", "AMS-01:SKU-A", None)
    assert [each for each in shelves(now) if "UTR" in each[1]] == []


def test_where_no_shop_is_named_any_more_all_are_taken_out(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3), shelf("A", "82", 2))
    published(hub, rules)
    entered(hub, GOOGLE)
    start, end = FEED.index("shops:"), FEED.index("examples:")
    (rules / "feeds" / "all.yml").write_text(FEED[:start] + FEED[end:])
    assert [each[0] for each in shelves(replace(hub, meaning=read_meaning(rules)))] == ["remove", "remove"]


def test_what_nobody_counts_any_more_is_taken_out(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3))
    published(hub, rules)
    entered(hub, GOOGLE)
    keep(hub.store, shelf("A", "81", None, hours=1))
    assert shelves(hub) == [("remove", "AMS-01:SKU-A", None)]


def test_a_feed_that_is_not_published_takes_nothing_off_the_shelves(
    hub: Hub, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hub.store, shelf("A", "81", 3))
    published(hub, rules)
    entered(hub, GOOGLE)
    monkeypatch.setenv("ROTONDE_FEEDS", str(rules / "elsewhere"))
    assert told(hub, GOOGLE) == []


def test_an_item_that_google_refused_is_on_no_shelf(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3))
    published(hub, rules)
    entered(hub, GOOGLE, state="rejected")
    assert told(hub, GOOGLE) == []


def test_what_may_have_arrived_is_told_again(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3))
    published(hub, rules)
    entered(hub, GOOGLE, state="unknown")
    assert ("change", "AMS-01:SKU-A", 3) in shelves(hub)


def test_nothing_is_said_of_a_shelf_for_an_hour_after_it_was_taken_out(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3))
    published(hub, rules)
    entered(hub, GOOGLE)
    keep(hub.store, shelf("A", "81", None, hours=1))
    entered(hub, GOOGLE)
    keep(hub.store, shelf("A", "81", 5, hours=2))
    assert shelves(replace(hub, clock=clock_at(DAY + 0.9))) == []
    assert shelves(replace(hub, clock=clock_at(DAY + 1.1))) == [("change", "AMS-01:SKU-A", 5)]


def test_the_plan_names_a_shop_that_the_till_does_not_know(hub: Hub, rules: Path) -> None:
    keep(hub.store, shelf("A", "81", 3))
    published(hub, rules)
    assert left_out(hub) == [("store 82", "till reports no stock of it; write its id there, in quotes")]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("shops:\n  google_merchant:", "shops:\n  mailchimp:", "10:3: mailchimp is told of no shops; leave it out"),
    ],
)
def test_shops_are_told_only_to_who_takes_them(rules: Path, good: str, bad: str, said: str) -> None:
    (rules / "feeds").mkdir(exist_ok=True)
    (rules / "feeds" / "all.yml").write_text(
        FEED.replace(good, bad).replace("[google_merchant]", "[google_merchant, mailchimp]")
    )
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, channels())
    assert [str(each).partition("all.yml:")[2] for each in wrong.value.complaints] == [said]
