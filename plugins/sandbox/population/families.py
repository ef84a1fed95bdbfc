"""Who lives with whom: households with their members' roles, genders and days of birth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import Dice, Flags, Ints, lot

SIZES = (0.45, 0.31, 0.105, 0.09, 0.033, 0.012)
"""Shares of households in which 1 to 6 people are customers."""
HEAD, PARTNER, CHILD, ELDER, MATE = range(5)
SINGLE_PARENT, HOUSE_SHARE = 0.12, 0.06
LIVES_WITH_CHILDREN, SAME_GENDER_COUPLE, TWIN = 0.02, 0.04, 0.035
YOUNGEST_YEAR, OLDEST_YEAR = 2012, 1931
DAYS_A_YEAR = 365.25


@dataclass
class Families:
    """Everyone's household, role, gender and day of birth (days since 1970)."""

    household: Ints
    role: Ints
    is_woman: Flags
    born: Ints

    def __len__(self) -> int:
        return len(self.household)

    @property
    def born_year(self) -> Ints:
        """Return the year of birth."""
        return np.floor(1970 + self.born / DAYS_A_YEAR).astype(np.int64)

    def first_of(self, members: Flags) -> Ints:
        """Return for each household the first of these members, or -1."""
        first = np.full(int(self.household[-1]) + 1, -1, dtype=np.int64)
        rows = np.flatnonzero(members)[::-1]
        first[self.household[rows]] = rows
        return first


def found_families(people: int, dice: Dice) -> Families:
    """Let households move in until there are at least so many people."""
    sizes = 1 + lot(SIZES, dice, people)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), people)) + 1]
    household = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(household)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    role = _roles(sizes, household, place, dice)
    has_children = np.isin(np.arange(len(sizes)), household[role == CHILD])
    born = _birth_days(role, household, has_children, dice)
    return Families(household, role, _genders(role, household, dice), born)


def _roles(sizes: Ints, household: Ints, place: Ints, dice: Dice) -> Ints:
    share = dice.random(len(sizes)) < np.where(sizes > 1, HOUSE_SHARE, 0)
    alone = dice.random(len(sizes)) < SINGLE_PARENT
    role = np.full(len(household), CHILD, dtype=np.int64)
    role[dice.random(len(household)) < LIVES_WITH_CHILDREN] = ELDER
    role[(place == 1) & ~alone[household]] = PARTNER
    role[share[household]] = MATE
    role[(place == 0) & ~share[household]] = HEAD
    return role


def _birth_days(role: Ints, household: Ints, has_children: Flags, dice: Dice) -> Ints:
    """Return days since 1970; parents are 20 to 40 years older than their children."""
    count = len(role)
    alone = dice.triangular(OLDEST_YEAR, 1982, 2007, size=len(has_children))
    heads = np.where(has_children, dice.triangular(1950, 1972, 1989, size=len(has_children)), alone)
    head = heads[household]
    gap = 20 + dice.random(count) * np.maximum(1, np.minimum(20, YOUNGEST_YEAR - head - 20))
    year = np.select(
        [role == HEAD, role == PARTNER, role == CHILD, role == ELDER],
        [head, head + dice.normal(0.8, 3.2, size=count), head + gap, np.maximum(head - gap, OLDEST_YEAR)],
        default=dice.uniform(1994, 2007, size=count),
    )
    born: Ints = np.floor((year - 1970) * DAYS_A_YEAR).astype(np.int64)
    siblings = (role[1:] == CHILD) & (role[:-1] == CHILD) & (household[1:] == household[:-1])
    twins = np.flatnonzero(siblings & (dice.random(count - 1) < TWIN)) + 1
    born[twins] = born[twins - 1]
    return born


def _genders(role: Ints, household: Ints, dice: Dice) -> Flags:
    """Return who is a woman; most couples are a woman and a man."""
    is_woman = dice.random(len(role)) < 0.53
    partners = np.flatnonzero(role == PARTNER)
    same = dice.random(len(partners)) < SAME_GENDER_COUPLE
    is_woman[partners] = is_woman[partners - 1] == same
    return is_woman
