"""Records made of visits: every column filled in, and the truth beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plugins.sandbox.population.arrays import Dice, Flags, Ints, Texts, dice_for, either, texts
from plugins.sandbox.population.forms import FORMS
from plugins.sandbox.population.habits import KINDS, LOYALTY, MARKET, TILL
from plugins.sandbox.population.sheet import COLUMNS, Sheet
from plugins.sandbox.population.visits import Visits, is_amazon
from plugins.sandbox.population.world import OPENED, World
from plugins.sandbox.population.writing_contacts import write_emails, write_phones
from plugins.sandbox.population.writing_dates import write_birth_dates
from plugins.sandbox.population.writing_homes import write_addresses
from plugins.sandbox.population.writing_names import write_names
from plugins.sandbox.population.writing_numbers import write_cards, write_consents, write_numbers

ID_BITS = 44
MIGRATED, MIGRATION = 0.24, np.datetime64("2023-03-06T03:00:00", "s")
"""A share of the earlier customers were taken over from an older system in one night."""


@dataclass
class Records:
    """Records with their truth: columns of texts, moments, and who each is of."""

    columns: dict[str, Texts]
    moment: NDArray[np.datetime64]
    person: Texts
    household: Texts
    trouble: Texts

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Ints | Flags) -> Records:
        """Return some of the records."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Records(columns, self.moment[rows], self.person[rows], self.household[rows], self.trouble[rows])

    @classmethod
    def together(cls, parts: Sequence[Records]) -> Records:
        """Return the records of all parts, one after the other."""
        return cls(
            columns={name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
            moment=np.concatenate([part.moment for part in parts]),
            person=np.concatenate([part.person for part in parts]),
            household=np.concatenate([part.household for part in parts]),
            trouble=np.concatenate([part.trouble for part in parts]),
        )


def written(world: World, visits: Visits, seed: int, purpose: str, *, first: int, is_complete: bool = False) -> Records:
    """Return the records of visits, numbered from `first` on, in their order."""
    sheet = Sheet(world, visits, dice_for(seed, purpose), is_complete=is_complete)
    sheet.columns["kind"] = texts(KINDS)[visits.kind]
    sheet.columns["source"] = _sources(visits)
    for write in (write_names, write_emails, write_phones, write_addresses, write_birth_dates, write_cards):
        write(sheet)
    write_numbers(sheet)
    write_consents(sheet)
    sheet.columns["record_id"] = record_ids(first + np.arange(len(visits)), seed)
    person, household = visits.person, world.families.household[visits.person]
    return Records(
        columns={name: sheet.columns[name] for name in COLUMNS if name != "event_time"},
        moment=_moments(visits, sheet.dice),
        person=texts(f"p{number}" for number in person.tolist()),
        household=texts(f"h{number}" for number in household.tolist()),
        trouble=sheet.notes(),
    )


def _sources(visits: Visits) -> Texts:
    """Return the system each record comes from."""
    other = np.where(visits.kind == MARKET, is_amazon(visits.mask), visits.profile % 3 == 0)
    first, last = texts(form.sources[0] for form in FORMS), texts(form.sources[-1] for form in FORMS)
    return either(other, last[visits.kind], first[visits.kind])


def moments(minutes: Ints, dice: Dice) -> NDArray[np.datetime64]:
    """Return moments, told in minutes since the opening, to the second."""
    seconds = minutes * 60 + dice.integers(60, size=len(minutes))
    result: NDArray[np.datetime64] = np.datetime64(OPENED, "s") + seconds.astype("timedelta64[s]")
    return result


def _moments(visits: Visits, dice: Dice) -> NDArray[np.datetime64]:
    moment = moments(visits.minute, dice)
    migrated = np.isin(visits.kind, (TILL, LOYALTY)) & (moment < MIGRATION) & (dice.random(len(visits)) < MIGRATED)
    return np.where(migrated, MIGRATION, moment)


def record_ids(numbers: Ints, seed: int) -> Texts:
    """Return ids that tell nothing and never repeat for one seed."""
    key, mask = seed * 0x2545F4914F6CDD1D % 2**ID_BITS, 2**ID_BITS - 1
    return texts(f"r{_scrambled(number ^ key & mask, mask):011x}" for number in numbers.tolist())


def _scrambled(number: int, mask: int) -> int:
    number = number * 0x9E3779B97F4A7C15 & mask
    number ^= number >> 21
    number = number * 0xD6E8FEB86659FD93 & mask
    return number ^ number >> 23
