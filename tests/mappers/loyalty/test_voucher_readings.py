"""Any order and any repetition of what a till and a webshop tell of a voucher gives the same books."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_event
from tests.making import stored
from tests.mappers.loyalty.gifts import NO_RULES, after, ann, gift, held, items, ordered, receipt, sound, spend, written

ISSUED_AT = "2026-02-28T23:00:00.000000Z"


@dataclass
class Life:
    """What really happened to a voucher of a hundred euros in one day, and what was told of it."""

    left: int = 10_000
    online: int = 0
    first_receipt: int = 24
    told: list[list[Any]] = field(default_factory=list)

    def books(self) -> list[tuple[str, int, str]]:
        """Return what the ledger must say: kind, amount and when, of what is more than nothing."""
        first = f"2026-03-02T{self.first_receipt:02d}:00:00.000000Z" if self.first_receipt < 24 else ISSUED_AT
        said = [("earn", 10_000, ISSUED_AT), ("burn", 10_000 - self.left, first),
                ("burn", self.online, "2026-03-02T12:00:00.000000Z")]  # fmt: skip
        return sorted(each for each in said if each[1])


def lived(dice: Random) -> Life:
    """Return a life at random: the till only ever takes, and tells of it late or not at all."""
    life = Life()
    for hour in sorted(dice.sample(range(8, 19), dice.randint(1, 5))):
        life.left -= dice.choice((0, 500, 1_500))
        life.told.append([gift(life.left, hour)])
        if dice.random() < 0.5:
            life.told.append([receipt(hour - 1)])
            life.first_receipt = min(life.first_receipt, hour - 1)
    cents, status = dice.choice((300, 700)), dice.choice(("processing", "cancelled"))
    life.online = cents if status == "processing" else 0
    return Life(life.left, life.online, life.first_receipt, [*life.told, ordered(cents, status)])


def said(store: Store) -> list[tuple[str, int, str]]:
    """Return kind, amount and moment of every event as it was said last."""
    newest = {each["key"]: each for each in sorted(stored(store, loyalty_event), key=lambda each: each["revision"])}
    return sorted((each["kind"], each["amount"], each["occurred_at"]) for each in newest.values() if each["amount"])


@pytest.mark.parametrize("seed", range(6))
def test_l7_any_order_and_repetition_of_readings_gives_the_same_books(programme: Any, seed: int) -> None:
    dice = Random(seed)
    life, town = lived(dice), programme(NO_RULES)
    heard = [*life.told, *dice.sample(life.told, len(life.told) // 2)]
    dice.shuffle(heard)
    town.after(after(20), ann())
    for hour in range(21, 60):
        town.after(after(hour), *(heard.pop() for _ in range(min(len(heard), dice.randint(1, 3)))))
        if not heard:
            break
    assert said(town.store) == life.books()
    assert held(town.store) == {"available": life.left - life.online}
    assert items(town.store) == []
    assert sound(town.store)


@pytest.mark.parametrize("seed", range(4))
def test_spending_in_turn_at_the_till_and_online_comes_to_what_was_spent(programme: Any, seed: int) -> None:
    """Each round the till takes, the webshop takes, and the till is brought to what is left, or it gets lost."""
    dice = Random(seed)
    town = programme(NO_RULES)
    town.after(after(7), ann(), gift(10_000, 7))
    at_till = left = 10_000
    for hour in range(8, 18, 2):
        taken, online = dice.choice((0, 400)), dice.choice((0, 600))
        at_till, left = at_till - taken, left - taken - online
        town.after(after(hour), gift(at_till, hour), gift(at_till, hour))
        if online:
            spend(town.store, online, hour)
            written(town.store, left, hour + 1, state=dice.choice(("accepted", "reconciled")))
            written(town.store, left, hour + 1.5)
            at_till = left
    town.after(after(20), gift(at_till, 20))
    assert held(town.store) == {"available": left}
    assert items(town.store) == []
    assert sound(town.store)
