"""What the leader says somebody has, against the ledger: an open item with its number, never overwritten."""

from __future__ import annotations

from typing import Any

from plugins.store.loyalty_tables import loyalty_item
from tests.making import person, record, stored
from tests.mappers.identity.town import Town
from tests.mappers.loyalty.test_catching_up import EVENING, LED, moved, points, sound


def reported(amount: int, hour: int, who: str = "ann") -> dict[str, Any]:
    """Return a balance as the till tells it at some hour."""
    return record("loyalty_balance", "till", who, customer_id=who, points=amount,
                  changed_at=f"2026-03-02T{hour:02d}:00:00+01:00")  # fmt: skip


def items(town: Town) -> list[tuple[int, int, bool]]:
    """Return (expected, found, whether it is open) of every difference there was, by number."""
    rows = sorted(stored(town.store, loyalty_item), key=lambda each: each["number"])
    return [(each["expected"], each["found"], each["closed_at"] is None) for each in rows
            if each["kind"] == "difference"]  # fmt: skip


def test_l15_a_balance_that_differs_is_an_open_item_until_both_agree_and_is_never_overwritten(programme: Any) -> None:
    town = programme(LED)
    town.after(1, person("ann"), moved("m1", 33), reported(40, 13))
    assert items(town) == [(33, 40, True)]
    assert points(town) == {"available": 33}, "the report changes nothing"
    town.after(2, reported(45, 14))
    assert items(town) == [(33, 40, False), (33, 45, True)]
    town.after(3, moved("m2", 2, EVENING))
    assert items(town) == [(33, 40, False), (33, 45, False), (35, 45, True)]
    town.after(4, moved("m3", 10, EVENING))
    assert items(town) == [(33, 40, False), (33, 45, False), (35, 45, False)]
    assert points(town) == {"available": 45}
    assert sound(town)


def test_l15_a_difference_that_stays_keeps_its_number(programme: Any) -> None:
    town = programme(LED)
    town.after(1, person("ann"), person("bob", first_name="Bob", last_name="Mul"), moved("m1", 33), reported(40, 13))
    before = stored(town.store, loyalty_item)
    town.after(2, moved("m2", 5, who="bob"), reported(5, 13, "bob"))
    assert stored(town.store, loyalty_item) == before


def test_l15_an_item_says_the_likely_cause(programme: Any) -> None:
    town = programme(LED)
    two = [person("bob", first_name="Bob", last_name="Mul"), person("cas", first_name="Cas", last_name="Vis")]
    town.after(1, person("ann"), two, moved("m1", 33), moved("m2", 33), reported(33, 13),
               moved("b1", 20, who="bob"), reported(90, 13, "bob"),
               moved("c1", 20, who="cas"), moved("c2", -50, EVENING, who="cas"), reported(0, 19, "cas"))  # fmt: skip
    causes = {each["expected"]: each["cause"] for each in stored(town.store, loyalty_item)
              if each["kind"] == "difference"}  # fmt: skip
    assert causes == {
        66: "duplicate receipt",
        20: "manual correction at the till, or movements it has not told of",
        -30: "spent twice: a till was offline",
    }
