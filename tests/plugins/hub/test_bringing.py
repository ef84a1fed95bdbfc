"""What destinations are told beside audiences: items of the published feed, purchases and baskets of who agreed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.feeds.compiling import compile_feeds
from plugins.feeds.folder import feeds_folder
from plugins.feeds.publishing import publish
from plugins.hub.destinations import Bring
from plugins.hub.journal import JournalOutbox, run_id, write_plan
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, journal_rows, planned, planning
from plugins.hub.rights.erasing import erase, find
from plugins.rules.complaint import RulesError
from plugins.rules.load import load_rules
from plugins.store.engine import Store
from plugins.store.tables import push
from plugins.wire.outbox import Call, Outcome, Row
from tests.making import act, at, clock_at, customer, keep, mailchimp, record, stored, withdrawal
from tests.plugins.hub.telling import DAY, SALES, article, entered, rows, shop_on, told

FEED = """\
description: All of it.
format: csv
source: web
currency: EUR
where: price_minor is not null
bring_to: [mailchimp, channable]
attributes: {id: '{sku}', title: '{name}', price: '{price_minor}', stock: '{stock}'}
guard: {shrink: 100%}
examples:
- {title: nobody knows what it costs, given: {is_online: true}, expect: out}
"""
LEFT = SALES.replace("bought", "left").replace("purchases", "baskets")
BRINGS = {"item": Bring(size=2), "purchase": Bring(size=10, days=5), "basket": Bring(size=10)}


@pytest.fixture
def hub(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A shop with two articles, and Ann, who may be written to."""
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "published"))
    for folder, name, text in (("feeds", "all", FEED), ("sales", "all", SALES), ("sales", "left", LEFT)):
        (rules / folder).mkdir(exist_ok=True)
        (rules / folder / f"{name}.yml").write_text(text)
    keep(store, article("A"), article("B"), customer("ann"), act("ann"))
    return shop_on(store, rules, mailchimp(brings=BRINGS))


def bought(key: str, name: str = "ann", hours: float = 2, **fields: Any) -> list[dict[str, Any]]:
    """Return an order of two of article A in the webshop."""
    told = {"customer_id": name, "channel": "web", "ordered_at": at(hours), "is_paid": True, "currency": "EUR",
            "total_minor": 5000, **fields}  # fmt: skip
    line = record("order_line", "woocommerce", f"{key}.1", order_id=key, product_id="A", sku="SKU-A", currency="EUR",
                  quantity_thousandths=2000, total_minor=5000)  # fmt: skip
    return [record("order", "woocommerce", key, **told), line]


def basket(key: str, hours: float = 2, **fields: Any) -> dict[str, Any]:
    """Return a basket of Ann's with one of article A."""
    line = {"product_id": "A", "sku": "SKU-A", "quantity_thousandths": 1000, "total_minor": 2500}
    said = {"customer_id": "ann", "status": "open", "updated_at": at(hours), "currency": "EUR", "lines": [line]}
    return record("basket", "woocommerce", key, **{**said, **fields})


def published(hub: Hub, rules: Path) -> None:
    """Publish the feed as it is now."""
    (feed,) = compile_feeds(load_rules(rules).feeds.values()).values()
    publish(feed, hub.store, feeds_folder(hub.store), hub.clock())


def test_a_destination_is_told_each_item_of_the_published_feed_once(hub: Hub, rules: Path) -> None:
    assert told(hub) == []
    published(hub, rules)
    first, second = rows(hub)
    assert first["payload"] == {
        "kind": "item", "id": "SKU-A", "fields": {"id": "SKU-A", "title": "Thing A", "price": "25.00 EUR", "stock": "3"}
    }  # fmt: skip
    assert (second["wire_id"], second["operation"], second["profile_id"]) == ("item:SKU-B", "add", "")
    entered(hub)
    assert told(hub) == []


def test_what_changes_is_told_again_and_what_leaves_the_feed_is_taken_out(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    entered(hub)
    keep(hub.store, article("A", 1999, hours=1), record("product", "web", "B", is_deleted=True, changed_at=at(1)))
    published(hub, rules)
    assert told(hub) == [("remove", "item:SKU-B"), ("change", "item:SKU-A")]
    assert rows(hub, lane="removals")[0]["payload"] == {"kind": "item", "id": "SKU-B", "fields": {}}
    entered(hub)
    assert told(hub) == []


def test_an_item_that_was_refused_waits_until_it_is_another(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    entered(hub, state="rejected")
    assert told(hub) == []
    keep(hub.store, article("A", 1999, hours=1))
    published(hub, rules)
    assert told(hub) == [("add", "item:SKU-A")]


def test_an_item_whose_answer_was_lost_is_told_again(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    entered(hub, state="unknown")
    assert told(hub) == [("change", "item:SKU-A"), ("change", "item:SKU-B")]


def test_an_item_is_written_no_more_often_a_day_than_the_vendor_allows(hub: Hub, rules: Path) -> None:
    limited = {"item": Bring(size=1, a_day=1)}
    hub = replace(hub, channels={"mailchimp": mailchimp(brings=limited)})
    published(hub, rules)
    entered(hub)
    keep(hub.store, article("A", 1999, hours=1))
    published(hub, rules)
    assert told(hub) == []
    assert told(replace(hub, clock=clock_at(2 * DAY))) == [("change", "item:SKU-A")]


def test_a_feed_that_is_not_published_takes_nothing_out(hub: Hub, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(hub, rules)
    entered(hub)
    monkeypatch.setenv("ROTONDE_FEEDS", str(rules / "elsewhere"))
    assert told(hub) == []


def test_a_channel_that_knows_only_how_many_there_are_is_told_that(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    first, _ = rows(hub, "channable")
    assert first["payload"] == {"kind": "stock", "sku": "SKU-A", "stock": 3, "title": "Thing A", "gtin": None}
    entered(hub, "channable")
    keep(hub.store, article("A", pieces=2, hours=1), record("product", "web", "B", is_deleted=True, changed_at=at(1)))
    published(hub, rules)
    assert [(row["operation"], row["payload"]["sku"], row["payload"]["stock"]) for row in rows(hub, "channable")] == [
        ("change", "SKU-A", 2), ("change", "SKU-B", 0),
    ]  # fmt: skip
    entered(hub, "channable")
    assert told(hub, "channable") == []


@pytest.mark.parametrize("destination", ["shopify", "woocommerce"])
def test_one_feed_tells_every_webshop_how_many_there_are(hub: Hub, rules: Path, destination: str) -> None:
    (rules / "feeds" / "all.yml").write_text(FEED.replace("mailchimp, channable", "woocommerce, shopify"))
    shops = replace(hub, meaning=read_meaning(rules))
    published(shops, rules)
    first, second = (row for row in rows(shops, destination) if row["payload"]["kind"] == "stock")
    assert first["payload"] == {"kind": "stock", "sku": "SKU-A", "stock": 3, "title": "Thing A", "gtin": None}
    assert (first["operation"], second["wire_id"]) == ("add", "stock:SKU-B")
    entered(shops, destination)
    assert told(shops, destination) == []


def test_a_purchase_of_who_agreed_is_told_once_with_its_goods(hub: Hub) -> None:
    keep(hub.store, bought("7"))
    (row,) = rows(hub)
    assert row["payload"] == {
        "kind": "purchase", "reference": "woocommerce:7", "place": "web", "at": "2026-03-02T11:00:00.000000Z",
        "currency": "EUR", "total_minor": 5000, "store": None, "email": "ann@example.nl", "fields": {},
        "items": [{"id": "SKU-A", "quantity": 2, "unit_minor": 2500}],
    }  # fmt: skip
    assert row["permit"].startswith("woocommerce\x1f")
    entered(hub)
    keep(hub.store, bought("7", total_minor=4000, changed_at=at(3)))
    assert told(hub) == []


def test_c1_nobody_who_did_not_agree_has_a_purchase_told(hub: Hub) -> None:
    keep(hub.store, customer("bob"), bought("8", "bob"), bought("9"), withdrawal("ann"))
    assert told(hub) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"hours": -24 * 5}, {"is_paid": False}, {"total_minor": 0}, {"channel": "marketplace"}, {"channel": "b2b"},
    ],
    ids=["old", "not paid", "free", "of a marketplace", "of a company"],
)  # fmt: skip
def test_only_what_was_lately_paid_for_in_a_shop_of_ours_is_told(hub: Hub, fields: dict[str, Any]) -> None:
    keep(hub.store, bought("7", **fields))
    assert told(hub) == []


def test_a_channel_is_not_told_of_purchases_that_it_does_not_take(hub: Hub) -> None:
    keep(hub.store, bought("7"))
    in_shops = {"purchase": Bring(size=10, places=["shop"])}
    assert told(replace(hub, channels={"mailchimp": mailchimp(brings=in_shops)})) == []


def test_what_went_back_as_a_whole_is_not_told(hub: Hub) -> None:
    back = record("order_line", "woocommerce", "7.r", order_id="7", returns_order_id="7", currency="EUR",
                  quantity_thousandths=-2000, total_minor=-5000)  # fmt: skip
    keep(hub.store, bought("7"), back)
    assert told(hub) == []


def test_a_thing_bought_at_the_till_is_called_as_in_the_feed(hub: Hub) -> None:
    line = record("order_line", "tilroy", "3.1", order_id="3", product_id="T1", sku="TILL-1", currency="EUR",
                  quantity_thousandths=1000, total_minor=2500)  # fmt: skip
    sold = record("order", "tilroy", "3", email="ann@example.nl", channel="store", ordered_at=at(1), is_paid=True,
                  currency="EUR", total_minor=2500, store_id="87")  # fmt: skip
    gtin = "8719990000014"
    keep(hub.store, article("A", hours=1, gtin=gtin), record("product", "tilroy", "T1", sku="TILL-1", gtin=f"0{gtin}"))
    keep(hub.store, line, sold)
    (row,) = rows(hub)
    assert (row["payload"]["place"], row["payload"]["store"]) == ("shop", "87")
    assert row["payload"]["items"] == [{"id": "SKU-A", "quantity": 1, "unit_minor": 2500}]


def test_d5_a_purchase_that_counts_twice_is_not_repeated_on_a_guess(hub: Hub) -> None:
    keep(hub.store, bought("7"))
    entered(hub, state="unknown")
    assert told(hub) == [("add", "purchase:woocommerce:7")]
    once = {"purchase": Bring(size=10, once=True)}
    assert told(replace(hub, channels={"mailchimp": mailchimp(brings=once)})) == []


def test_a_basket_that_is_left_is_told_and_taken_out_when_it_is_over(hub: Hub) -> None:
    keep(hub.store, basket("3", hours=1, url="https://shop.example/3"), basket("4"))
    (row,) = rows(hub)
    assert row["payload"] == {
        "kind": "basket", "reference": "woocommerce:4", "at": "2026-03-02T11:00:00.000000Z", "currency": "EUR",
        "total_minor": 2500, "email": "ann@example.nl", "url": None,
        "items": [{"id": "SKU-A", "quantity": 1, "unit_minor": 2500}],
    }  # fmt: skip
    entered(hub)
    assert told(hub) == []
    keep(
        hub.store, basket("4", status="completed", changed_at=at(3)), basket("3", status="completed", changed_at=at(3))
    )
    (gone,) = rows(hub, lane="removals")
    assert (gone["operation"], gone["payload"]) == ("remove", {"kind": "basket", "reference": "woocommerce:4"})
    assert gone["profile_id"] == row["profile_id"]


def test_who_takes_consent_back_has_their_basket_taken_out(hub: Hub) -> None:
    keep(hub.store, basket("4"))
    entered(hub)
    keep(hub.store, withdrawal("ann", 3))
    assert told(hub) == [("remove", "basket:woocommerce:4")]


def outbox(hub: Hub) -> JournalOutbox:
    return JournalOutbox(
        hub.store, hub.channels["mailchimp"], hub.meaning, take(hub.store, "mailchimp", run_id(), hub.clock), hub.clock
    )


def fixed(hub: Hub, box: JournalOutbox, given: Sequence[dict[str, Any]]) -> list[str]:
    """Fix rows in the outbox; returns the addresses of those that may go."""
    made = [
        Row(row["key"], row["operation"], row["wire_id"], json.loads(row["payload"])) for row in given
    ]  # fmt: skip
    going = box.fix(made, lambda _: Call("POST", "/", b"{}"))
    if going.rows:
        box.answered(going.key, {row.key: Outcome("accepted") for row in going.rows})
    return [row.wire_id for row in going.rows]


def write(hub: Hub) -> list[dict[str, Any]]:
    with planned(hub, "mailchimp") as (connection, _, _):
        listed = [row for row in journal_rows(connection, hub.channels["mailchimp"], "all") if ":" in row["wire_id"]]
    with hub.store.writing() as connection:
        return write_plan(connection, hub.channels["mailchimp"], listed, "1", hub.clock())


def test_c1_consent_that_goes_between_plan_and_call_stops_a_purchase_and_no_item(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    keep(hub.store, bought("7"))
    listed = write(hub)
    keep(hub.store, withdrawal("ann", 3))
    box = outbox(hub)
    assert fixed(hub, box, listed) == ["item:SKU-A", "item:SKU-B"]
    box.close()
    (purchase,) = [row for row in stored(hub.store, push) if row["wire_id"].startswith("purchase:")]
    assert (purchase["state"], purchase["answer"]) == ("dropped", "consent gone before sending")


def test_who_is_erased_leaves_no_purchase_in_the_journal_and_the_recipient_is_asked_by_the_address(hub: Hub) -> None:
    keep(hub.store, bought("7"))
    box = outbox(hub)
    assert fixed(hub, box, write(hub)) == ["purchase:woocommerce:7"]
    box.close()
    erase(hub, find(hub, "ann@example.nl"), "asked for it")
    journal = stored(hub.store, push)
    asked = [row["wire_id"] for row in journal if (row["destination"], row["operation"]) == ("mailchimp", "erase")]
    assert asked == ["ann@example.nl"]
    assert all("ann@" not in row["payload"] for row in journal)
    assert told(hub) == []


def test_the_plan_says_how_many_of_each_kind_and_what_they_cost(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    keep(hub.store, bought("7"), basket("4"))
    with planned(hub, "mailchimp") as (_, made, _):
        assert made.kinds == {"item": 2, "purchase": 1, "basket": 1}
        assert made.calls >= 3


def test_one_destination_after_the_other_is_planned_whatever_kind_each_is(hub: Hub, rules: Path) -> None:
    published(hub, rules)
    keep(hub.store, bought("7"))
    with planning(hub, ["channable", "mailchimp"]) as opened:
        found = [opened.of(each).kinds for each in ("mailchimp", "channable", "mailchimp", "tilroy")]
    assert found == [{"item": 2, "purchase": 1}, {"stock": 2}, {"item": 2, "purchase": 1}, {}]


def test_what_no_channel_takes_is_said_where_it_stands(hub: Hub, rules: Path) -> None:
    takes = mailchimp(brings={**BRINGS, "purchase": Bring(size=10, matches=["phone"])})
    other = mailchimp(destination="klaviyo", brings={})
    sales = rules / "sales"
    (sales / "all.yml").write_text(SALES.replace("{mailchimp: {}}", "{mailchimp: {fields: [fone]}, klaviyo: {}}"))
    (sales / "again.yml").write_text(SALES)
    (rules / "feeds" / "more.yml").write_text(FEED.replace("mailchimp, channable", "mailchimp, tilroy"))
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, {"mailchimp": takes, "klaviyo": other})
    assert [str(each).split(":", 1)[0] for each in wrong.value.complaints] == ["rules/sales/all.yml"]
    assert "again.yml tells it of purchases too; leave it in one of them" in str(wrong.value)
    (sales / "again.yml").unlink()
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, {"mailchimp": takes, "klaviyo": other})
    assert {str(each).partition(": ")[2].split("; ")[0] for each in wrong.value.complaints} == {
        "mailchimp finds nobody by fone",
        "klaviyo takes no purchases",
        "mailchimp: is told the items of feed all",
        "tilroy takes no items",
    }
