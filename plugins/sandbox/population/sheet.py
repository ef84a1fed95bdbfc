"""The records while they are being filled in: one text for each column, and what went wrong with each."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from plugins.sandbox.population.arrays import Dice, Flags, Floats, Ints, Texts, filled, nothing, texts
from plugins.sandbox.population.forms import FORMS
from plugins.sandbox.population.habits import GUEST, MARKET
from plugins.sandbox.population.visits import Visits
from plugins.sandbox.population.world import World

COLUMNS = (
    "record_id", "source", "kind", "event_time", "full_name", "first_name", "infix", "last_name", "birth_date", "email",
    "phone", "street", "house_number", "house_addition", "postcode", "city", "country", "card_no", "prev_card_no",
    "client_id", "user_id", "receipt_id", "social_id", "consent_email",
)  # fmt: skip

GIFT = 0.007
SEEN_IN = {
    "first_name": ("official_name", "initials", "swapped_names"),
    "last_name": ("name_slip", "former_surname", "placeholder_name", "name_in_one_field"),
    "full_name": ("family_name", "both_names"),
    "email": ("email_slip", "former_email", "other_email", "relatives_email", "placeholder_email"),
    "phone": ("phone_slip", "former_phone", "relatives_phone", "placeholder_phone"),
    "street": ("former_home", "delivered_elsewhere", "addition_lost", "street_slip", "shops_address", "gift"),
    "card_no": ("card_slip", "placeholder_card", "strangers_card"),
}
"""What can be wrong with a record, by the column that must be filled for it to matter."""


class Sheet:
    """Columns of records, empty at first; on a complete one every source gives all contact details it asks for."""

    def __init__(self, world: World, visits: Visits, dice: Dice, *, is_complete: bool = False) -> None:
        self.world, self.visits, self.dice, self.is_complete = world, visits, dice, is_complete
        self.columns: dict[str, Texts] = {name: nothing(len(visits)) for name in COLUMNS}
        self.troubles: list[str] = []
        self.trouble = np.zeros(len(visits), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.visits)

    def rate(self, field: str) -> Floats:
        """Return how often each record has something, by its kind."""
        rates: Floats = np.array([float(getattr(form, field)) for form in FORMS])
        if self.is_complete and field in ("email", "phone", "address"):
            rates = np.ceil(rates)
        return rates[self.visits.kind]

    def lucky(self, rate: float | Floats) -> Flags:
        """Return which records something happens to."""
        return self.dice.random(len(self)) < rate

    def note(self, rows: Flags, trouble: str) -> None:
        """Remember what went wrong with some records, for whoever analyses errors."""
        if trouble not in self.troubles:
            self.troubles.append(trouble)
        self.trouble[rows] |= 1 << self.troubles.index(trouble)

    @cached_property
    def shop(self) -> Ints:
        """Return the shop of each record: mostly the nearest one."""
        near = self.world.shop[self.visits.person]
        elsewhere = self.dice.integers(len(self.world.shops), size=len(self))
        return np.where(self.lucky(0.1), elsewhere, near)

    @cached_property
    def is_clerk(self) -> Flags:
        """Return which records a clerk filled in."""
        return self.lucky(self.rate("typed_by_clerk"))

    @cached_property
    def named(self) -> Ints:
        """Return whose name and address each record shows: the buyer's own, but for gifts."""
        person = self.visits.person
        gifts = np.isin(self.visits.kind, (GUEST, MARKET)) & self.lucky(GIFT)
        self.note(gifts, "gift")
        friend = (person + self.dice.integers(1, 60, size=len(self))) % len(self.world)
        return np.where(gifts, friend, person)

    def notes(self) -> Texts:
        """Return what went wrong with each record, joined with commas."""
        for column, names in SEEN_IN.items():
            unseen = ~filled(self.columns[column])
            if column.endswith("_name"):
                unseen &= ~filled(self.columns["full_name"])
            for name in set(names) & set(self.troubles):
                self.trouble[unseen] &= ~(1 << self.troubles.index(name))
        kinds, which = np.unique(self.trouble, return_inverse=True)
        told = (",".join(name for bit, name in enumerate(self.troubles) if mask >> bit & 1) for mask in kinds.tolist())
        return texts(told)[which]
