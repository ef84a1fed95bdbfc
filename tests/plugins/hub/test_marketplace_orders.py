"""Orders of marketplaces are placed in the till once, under its own names for the things, without who ordered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.hub.plans import Hub
from plugins.store.engine import Store
from tests.making import at, keep, record
from tests.plugins.hub.telling import SALES, article, entered, ordered, rows, shop_on, told


@pytest.fixture
def till(store: Store, rules: Path) -> Hub:
    """A till that knows article A by a number of its own, and takes orders of marketplaces."""
    (rules / "sales").mkdir(exist_ok=True)
    (rules / "sales" / "marketplaces.yml").write_text(
        SALES.replace("purchases", "orders").replace("mailchimp", "tilroy")
    )
    gtin = "8719990000014"
    keep(store, article("A", hours=1, gtin=gtin), article("B"))
    keep(store, record("product", "tilroy", "1858943", sku="T-A", gtin=gtin))
    return shop_on(store, rules)


def test_an_order_of_a_marketplace_goes_to_the_till_once_and_names_nobody(till: Hub) -> None:
    keep(till.store, ordered())
    (row,) = rows(till, "tilroy")
    assert row["payload"] == {
        "kind": "order", "reference": "channable:830011", "number": "A2K8", "marketplace": "channable",
        "ordered_at": "2026-03-02T11:00:00.000000Z", "currency": "EUR", "total_minor": 5000, "shipping_minor": 0,
        "lines": [{"sku": "1858943", "quantity": 1, "unit_minor": 2500}],
    }  # fmt: skip
    entered(till, "tilroy")
    assert told(till, "tilroy") == []


def test_d2_an_order_whose_answer_was_lost_comes_again_to_be_looked_up(till: Hub) -> None:
    keep(till.store, ordered())
    entered(till, "tilroy", state="unknown", prepared_at="2026-03-03T09:00:00.000000Z")
    entered(till, "tilroy", state="unknown", prepared_at="2026-03-03T10:00:00.000000Z")
    (row,) = rows(till, "tilroy")
    assert row["payload"]["repeat"] == {"since": "2026-03-03T09:00:00.000000Z"}


def test_an_order_of_a_thing_that_the_till_does_not_know_waits_for_it(till: Hub) -> None:
    keep(till.store, ordered(sku="SKU-B"))
    assert told(till, "tilroy") == []
    keep(till.store, record("product", "tilroy", "1858944", sku="SKU-B"))
    assert told(till, "tilroy") == [("add", "order:channable:830011")]


def test_an_order_that_was_refused_waits_until_it_is_another(till: Hub) -> None:
    keep(till.store, ordered())
    entered(till, "tilroy", state="rejected")
    assert told(till, "tilroy") == []
    keep(till.store, ordered(total_minor=4500, changed_at=at(3)))
    assert told(till, "tilroy") == [("add", "order:channable:830011")]


@pytest.mark.parametrize("fields", [{"is_paid": False}, {"channel": "web"}, {"ordered_at": at(-24 * 8)}], ids=str)
def test_only_what_a_marketplace_lately_sold_goes_to_the_till(till: Hub, fields: dict[str, Any]) -> None:
    keep(till.store, ordered(**fields))
    assert told(till, "tilroy") == []
