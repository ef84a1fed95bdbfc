"""Price lists that a feed keeps: what is told of each variant, once, and what is wrong in a rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.feeds.compiling import compile_feeds
from plugins.feeds.folder import feeds_folder
from plugins.feeds.publishing import publish
from plugins.hub.destinations import record_channels
from plugins.hub.journal import write_plan
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, Lane, journal_rows, planned
from plugins.rules.complaint import RulesError
from plugins.rules.load import load_rules
from plugins.store.engine import Store
from plugins.store.times import utc_text
from tests.making import at, clock_at, hub_on, keep, mailchimp, record

FEED = """\
description: What members pay.
format: json
source: web
currency: EUR
where: sku is not null
bring_to:
- shopify
- {to: shopify, price_list: 'Leden: vast', price: member-price, compare_at: price}
attributes: {id: '{sku}', title: '{name}', member-price: '{sale_price_minor}', price: '{price_minor}', stock: '{stock}'}
guard: {shrink: 100%}
examples:
- {title: nobody knows its number, given: {is_online: true}, expect: out}
"""
LIST = "{to: shopify, price_list: 'Leden: vast', price: member-price, compare_at: price}"
PREFIX = "price:Leden%3A vast"


@pytest.fixture
def hub(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A webshop with two articles on sale, and one that never is."""
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "published"))
    (rules / "feeds").mkdir(exist_ok=True)
    (rules / "feeds" / "members.yml").write_text(FEED)
    keep(store, article("A"), article("B", 5000, 4000), article("C", 1000, None))
    yield replace(hub_on(store, rules), records=record_channels(), clock=clock_at(24))


def article(key: str, cents: int = 2500, sale: int | None = 2000, hours: float = 0) -> list[dict[str, Any]]:
    """Return an article of the webshop with its prices."""
    said = {"changed_at": at(hours)}
    price = {"product_id": key, "currency": "EUR", **said}
    return [
        record("product", "web", key, sku=f"SKU-{key}", name=f"Thing {key}", **said),
        record("price", "web", key, kind="standard", price_minor=cents, **price),
        record("price", "web", f"{key}-sale", kind="promo", price_minor=sale or 0, is_deleted=sale is None, **price),
    ]


def published(hub: Hub, rules: Path) -> None:
    """Publish the feeds as they are now."""
    for feed in compile_feeds(load_rules(rules).feeds.values()).values():
        publish(feed, hub.store, feeds_folder(hub.store), hub.clock())


def rows(hub: Hub, lane: Lane = "all") -> list[dict[str, Any]]:
    with planned(hub, "shopify") as (connection, _, _):
        found = [{**row, "payload": json.loads(row["payload"])}
                 for row in journal_rows(connection, hub.channel("shopify"), lane)]  # fmt: skip
    return [row for row in found if row["payload"]["kind"] == "price"]


def told(hub: Hub) -> list[tuple[str, str]]:
    return [(row["operation"], row["wire_id"]) for row in rows(hub)]


def entered(hub: Hub, state: str = "accepted") -> None:
    """Enter what is planned into the journal as if it had been sent and answered."""
    given = [{**row, "payload": json.dumps(row["payload"])} for row in rows(hub)]
    stamp = {"state": state, "answered_at": utc_text(clock_at(24)())}
    with hub.store.writing() as connection:
        write_plan(connection, hub.channel("shopify"), [{**row, **stamp} for row in given], "1", hub.clock())


def test_each_variant_with_a_price_is_told_once(hub: Hub, rules: Path) -> None:
    assert told(hub) == []
    published(hub, rules)
    first, second = rows(hub)
    assert first["payload"] == {
        "kind": "price", "list": "Leden: vast", "sku": "SKU-A", "price_minor": 2000, "compare_at_minor": 2500,
        "currency": "EUR",
    }  # fmt: skip
    assert (first["operation"], first["wire_id"], first["profile_id"]) == ("add", f"{PREFIX}:SKU-A", "")
    assert (second["payload"]["sku"], second["payload"]["price_minor"]) == ("SKU-B", 4000)
    entered(hub)
    assert told(hub) == []


def test_what_changes_is_told_again_and_what_has_no_price_any_more_is_taken_out(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    entered(hub)
    keep(hub.store, article("A", sale=1900, hours=1), article("B", 5000, None, hours=1))
    published(hub, rules)
    assert told(hub) == [("remove", f"{PREFIX}:SKU-B"), ("change", f"{PREFIX}:SKU-A")]
    (gone,) = rows(hub, lane="removals")
    assert gone["payload"] == {"kind": "price", "list": "Leden: vast", "sku": "SKU-B"}
    entered(hub)
    assert told(hub) == []
    keep(hub.store, article("B", 5000, 4000, hours=2))
    published(hub, rules)
    assert told(hub) == [("change", f"{PREFIX}:SKU-B")]


def test_a_price_compared_with_is_told_only_above_the_price(hub: Hub, rules: Path) -> None:
    keep(hub.store, article("A", 2000, 2000, hours=1))
    published(hub, rules)
    assert [row["payload"]["compare_at_minor"] for row in rows(hub)] == [None, 5000]


def test_two_lists_of_one_shop_are_kept_apart(hub: Hub, rules: Path) -> None:
    other = LIST.replace("Leden: vast", "Leden").replace("member-price", "price").replace(", compare_at: price", "")
    (rules / "feeds" / "members.yml").write_text(FEED.replace(f"- {LIST}\n", f"- {LIST}\n- {other}\n"))
    hub = replace(hub, meaning=read_meaning(rules))
    published(hub, rules)
    wanted = [f"price:Leden:SKU-{each}" for each in "ABC"] + [f"{PREFIX}:SKU-{each}" for each in "AB"]
    assert sorted(wire_id for _, wire_id in told(hub)) == sorted(wanted)
    entered(hub)
    assert told(hub) == []
    (rules / "feeds" / "members.yml").write_text(FEED)
    hub = replace(hub, meaning=read_meaning(rules))
    published(hub, rules)
    assert told(hub) == []


def test_a_price_that_was_refused_waits_until_it_is_another_and_a_lost_one_comes_again(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    entered(hub, "rejected")
    assert told(hub) == []
    keep(hub.store, article("A", sale=1900, hours=1))
    published(hub, rules)
    assert told(hub) == [("add", f"{PREFIX}:SKU-A")]
    entered(hub, "unknown")
    assert told(hub) == [("change", f"{PREFIX}:SKU-A")]


def test_a_list_whose_feed_is_not_published_is_left_alone(
    hub: Hub, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(hub, rules)
    entered(hub)
    monkeypatch.setenv("ROTONDE_FEEDS", str(rules / "elsewhere"))
    assert told(hub) == []


def test_the_plan_counts_prices_and_their_calls(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    with planned(hub, "shopify") as (_, made, _):
        assert (made.kinds["price"], made.calls >= 1) == (2, True)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        (LIST.replace("shopify", "tilroy"), "tilroy takes no price lists; use one of shopify"),
        (f"{LIST}\n- {LIST}", "shopify: price list 'Leden: vast' is kept by feed members; leave it in one of them"),
    ],
)
def test_a_list_that_cannot_be_there_or_is_kept_twice_is_said(rules: Path, listed: str, told: str) -> None:
    (rules / "feeds").mkdir(exist_ok=True)
    (rules / "feeds" / "members.yml").write_text(FEED.replace(LIST, listed))
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, {"mailchimp": mailchimp()})
    assert [str(each).split(": ", 1)[1] for each in wrong.value.complaints] == [told]
