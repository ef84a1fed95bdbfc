"""Purchases and baskets at the edges: what was refused for want of a thing, what takes money off, and many of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.hub.journal import write_plan
from plugins.hub.plans import Hub, planned
from plugins.hub.selling import OWNED
from plugins.store.engine import Store
from tests.making import act, at, clock_at, customer, hub_on, keep, mailchimp, record
from tests.plugins.hub.test_bringing import BRINGS, DAY, LEFT, SALES, article, basket, bought, entered, rows, told


@pytest.fixture
def hub(store: Store, rules: Path) -> Iterator[Hub]:
    """A shop with two articles, and Ann, who may be written to."""
    (rules / "sales").mkdir(exist_ok=True)
    for name, text in (("bought", SALES), ("left", LEFT)):
        (rules / "sales" / f"{name}.yml").write_text(text)
    keep(store, article("A"), article("B"), customer("ann"), act("ann"))
    yield replace(hub_on(store, rules), channels={"mailchimp": mailchimp(brings=BRINGS)}, clock=clock_at(DAY))


@pytest.mark.parametrize(("item", "hours", "again"), [
    ("A", DAY + 1, ["purchase", "basket"]), ("A", DAY - 1, []), ("B", DAY + 1, []),
])  # fmt: skip
def test_what_was_refused_is_told_again_once_a_thing_of_it_is_there(
    hub: Hub, item: str, hours: float, again: list[str]
) -> None:
    keep(hub.store, bought("1"), basket("2"))
    entered(hub, state="rejected")
    assert told(hub) == []
    shelve(hub, item, hours)
    assert sorted(kind.partition(":")[0] for _, kind in told(hub)) == sorted(again)
    entered(hub, hours=DAY + 2, state="rejected")
    shelve(hub, item, DAY + 3)  # another price of what is there tells nothing of a purchase
    assert told(hub) == []


def shelve(hub: Hub, item: str, hours: float, operation: str = "add") -> None:
    """Let an item have been taken."""
    row = {"operation": operation, "profile_id": "", "wire_id": f"item:SKU-{item}", "permit": None, "payload": "{}",
           "payload_hash": f"{hours}", "reason": "", "state": "accepted", "answered_at": at(hours)}  # fmt: skip
    with hub.store.writing() as connection:
        write_plan(connection, hub.channel("mailchimp"), [row], "1", hub.clock())


def test_what_was_refused_is_told_again_when_a_thing_that_was_taken_out_is_there_again(hub: Hub) -> None:
    shelve(hub, "A", 0)
    keep(hub.store, bought("1"))
    shelve(hub, "A", 1, "remove")
    entered(hub, state="rejected")
    assert told(hub) == []
    shelve(hub, "A", DAY + 1)
    assert told(hub) == [("add", "purchase:woocommerce:1")]


def test_what_takes_money_off_is_none_of_the_goods_that_were_bought(hub: Hub) -> None:
    off = record("order_line", "woocommerce", "7.9", order_id="7", product_id="B", sku="SKU-B", currency="EUR",
                 quantity_thousandths=1000, total_minor=-500)  # fmt: skip
    line = {"product_id": "A", "sku": "SKU-A", "quantity_thousandths": 1000, "total_minor": 2500}
    less = {"product_id": "B", "sku": "SKU-B", "quantity_thousandths": 1000, "total_minor": -500}
    keep(hub.store, bought("7"), off, basket("2", lines=[line, less]))
    assert [[each["id"] for each in row["payload"]["items"]] for row in rows(hub)] == [["SKU-A"], ["SKU-A"]]


@pytest.mark.parametrize("entity", ['"order"', "basket"])
def test_whose_something_is_takes_no_comparison_of_each_with_everybody(hub: Hub, entity: str) -> None:
    keep(hub.store, bought("7"))
    with planned(hub, "mailchimp") as (connection, _, _):
        (plan,) = connection.execute(f"EXPLAIN {OWNED.format(entity=entity)}").fetchall()
    assert "HASH_JOIN" in plan[1]
    assert "NL_JOIN" not in plan[1]
