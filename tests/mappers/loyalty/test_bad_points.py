"""What points that cannot be right come to: one row, one outcome, on both databases. The rest always goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mappers.loyalty.checking import broken
from plugins.store.keeper import Keeper
from plugins.store.loyalty_tables import loyalty_event, loyalty_item
from plugins.store.tables import quarantine
from tests.making import flat, keep, person, record, stored
from tests.mappers.identity.town import Town
from tests.mappers.loyalty.test_catching_up import EVENING, HUB, LED, MORNING, NOON, moved, points, sale, taken_back

Told = Sequence[Any]
BEYOND = 10**9 + 1
BOB = person("bob", first_name="Bob", last_name="Mul")

# Title: what the till says of ann's points beside a good movement of 10, and the reason with which it is set aside.
SET_ASIDE: dict[str, tuple[dict[str, Any], str]] = {
    "parts of a point": (moved("x", 1) | {"points": 1.5}, "wrong_type"),
    "points with a comma": (moved("x", 1) | {"points": "1,5"}, "wrong_type"),
    "points as text": (moved("x", 1) | {"points": "15"}, "wrong_type"),
    "no points at all": (moved("x", 1) | {"points": None}, "wrong_type"),
    "more points than there can be": (moved("x", BEYOND), "out_of_range"),
    "fewer points than there can be": (moved("x", -BEYOND), "out_of_range"),
    "more points than 64 bits hold": (moved("x", 2**63), "out_of_range"),
    "no moment": (moved("x", 5) | {"occurred_at": None}, "wrong_type"),
    "a moment without an offset": (moved("x", 5, "2026-03-02T12:00:00"), "wrong_type"),
    "a day that is none": (moved("x", 5, "2026-02-30T12:00:00Z"), "wrong_type"),
    "a balance in parts": (record("loyalty_balance", "till", "ann", customer_id="ann", points=1.5), "wrong_type"),
}

# Title: batches of records a hub-led programme reads, what ann has then, which items are open.
TWO_DAYS_AHEAD, TWO_DAYS_BEHIND = "2026-03-04T12:00:00+01:00", "2026-02-28T12:00:00+01:00"
SALES: dict[str, tuple[Sequence[Told], dict[str, int], set[str]]] = {
    "a return before its sale waits for it": ([taken_back("b", "r", 1000)], {}, {"no_sale"}),
    "its sale comes": ([taken_back("b", "r", 1000), sale("r", 3000)], {"available": 20}, set()),
    "a return that comes twice counts once": (
        [sale("r", 3000), taken_back("b", "r", 1000), taken_back("b", "r", 1000)], {"available": 20}, set(),
    ),
    "two returns of the same line take back no more than it had": (
        [sale("r", 3000), taken_back("b", "r", 3000), taken_back("c", "r", 3000)], {}, set(),
    ),
    "a return larger than its sale": ([sale("r", 3000), taken_back("b", "r", 900_000)], {}, set()),
    "a receipt that comes again with another amount holds as said last": (
        [sale("r", 3000), sale("r", 5000, changed_at=EVENING)[0],
         record("order_line", "till", "r.1", order_id="r", currency="EUR", quantity_thousandths=1000, total_minor=5000,
                changed_at=EVENING)], {"available": 50}, set(),
    ),
    "the older statement of a receipt that comes later changes nothing": (
        [sale("r", 5000, changed_at=EVENING), sale("r", 3000, changed_at=MORNING)[0]], {"available": 50}, set(),
    ),
    "two receipts of the same content are two": ([sale("r", 3000), sale("s", 3000)], {"available": 60}, set()),
    "a sale of less than nothing earns nothing": ([sale("r", -3000)], {}, set()),
    "a sale that is too large to be one earns nothing": (
        [sale("r", 2**63 - 1), sale("t", 2**63 - 1), sale("s", 100), taken_back("b", "s", 2**63 - 1)],
        {"available": 1}, set(),
    ),
    "a sale in another currency earns nothing": (
        [sale("r", 3000, currency="USD")[0],
         record("order_line", "till", "r.1", order_id="r", currency="USD", quantity_thousandths=1000,
                total_minor=3000, changed_at=NOON)], {}, set(),
    ),
    "a clock two days ahead counts when head office had it": (
        [sale("r", 3000, TWO_DAYS_AHEAD, changed_at=NOON)], {"available": 30}, set(),
    ),
    "a clock two days behind counts": ([sale("r", 3000, TWO_DAYS_BEHIND, changed_at=NOON)], {"available": 30}, set()),
    "a return by a clock two days behind counts after its sale": (
        [sale("r", 3000), taken_back("b", "r", 1000, TWO_DAYS_BEHIND)], {"available": 20}, set(),
    ),
    "a sale before 1970 has lapsed": ([sale("r", 3000, "1969-07-20T20:17:00Z")], {}, set()),
    "a sale of the future counts when it was told of": (
        [sale("r", 3000, "2199-01-01T00:00:00Z", changed_at=NOON)], {"available": 30}, set(),
    ),
}  # fmt: skip


def booked(town: Town) -> list[tuple[str, int, int]]:
    """Return key, revision and amount of every event."""
    return [(each["key"], each["revision"], each["amount"]) for each in stored(town.store, loyalty_event)]


def is_sound(town: Town) -> bool:
    with town.store.reading() as connection:
        return broken(connection) == []


def brought(town: Town, *records: Any) -> list[tuple[str, str]]:
    """Bring records to the hub's own door; returns what was set aside, with its reason."""
    keeper = Keeper(town.store, "run", accept_shrink=True)
    for each in flat(records):
        keeper.record(each["entity"], json.dumps({k: v for k, v in each.items() if k != "entity"}).encode())
    keeper.commit()
    return [(each["reason"], each["state"]) for each in stored(town.store, quarantine)]


@pytest.mark.parametrize("title", SET_ASIDE)
def test_a_movement_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(programme: Any, title: str) -> None:
    wrong, reason = SET_ASIDE[title]
    town = programme(LED)
    assert brought(town, person("ann"), wrong, moved("good", 10)) == [(reason, "open")]
    town.resolved(1)
    assert points(town) == {"available": 10}


@pytest.mark.parametrize("title", SALES)
def test_a_purchase_that_cannot_be_right_comes_to(programme: Any, title: str) -> None:
    batches, expected, open_items = SALES[title]
    town = programme(HUB)
    keep(town.store, person("ann"))
    for hour, batch in enumerate(batches, 1):
        town.after(hour, batch)
    assert points(town) == expected
    assert {each["kind"] for each in stored(town.store, loyalty_item) if each["closed_at"] is None} == open_items
    assert is_sound(town)


def test_a_movement_below_zero_that_returns_nothing_is_spent_and_what_is_short_is_an_open_item(programme: Any) -> None:
    town = programme(LED)
    town.after(1, person("ann"), moved("m", 10), moved("n", -25, EVENING))
    assert points(town) == {"uncovered": -15}
    assert [each["kind"] for each in stored(town.store, loyalty_item)] == ["uncovered"]


def test_a_key_that_comes_again_with_another_body_is_a_revision_and_no_second_effect(programme: Any) -> None:
    town = programme(LED)
    town.after(1, person("ann"), moved("m", 10))
    town.after(2, moved("m", 25, changed_at=EVENING))
    town.after(3, moved("m", 25, changed_at=EVENING))
    assert booked(town) == [("till:movement:m", 0, 10), ("till:movement:m", 1, 25)]
    assert points(town) == {"available": 25}
    assert is_sound(town)


def test_the_largest_movements_there_are_add_up_and_nobody_else_is_touched(programme: Any) -> None:
    town = programme(LED)
    town.after(1, person("ann"), BOB, [moved(f"m{n}", 10**9) for n in range(20)], moved("b", 7, who="bob"))
    assert (points(town), points(town, "bob")) == ({"available": 20 * 10**9}, {"available": 7})
