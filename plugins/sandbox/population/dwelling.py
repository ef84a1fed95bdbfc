"""Where everyone lives and lived: households that move, doors that get other families, children that leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import NEVER, Dice, Flags, Ints, Texts, Turn, lot, zipf
from plugins.sandbox.population.families import CHILD, PARTNER, Families
from plugins.sandbox.population.homes import (
    BLOCKS,
    BUILDINGS,
    CARE_HOMES,
    HOUSES_A_BLOCK,
    Homes,
    apartments,
    houses,
    joined,
)
from plugins.sandbox.population.places import TOWNS

IN_APARTMENTS, IN_CARE, CARE_FROM_YEAR = 0.2, 0.25, 1950
MOVED, LEFT_PARENTS, LEFT_PARTNER = 0.15, 0.09, 0.02
SOMEONE_ELSE_MOVED_IN = 0.5
FAR_AWAY = 0.3
NEARBY_DOORS = 4_000


@dataclass
class Dwelling:
    """All doors, everyone's own, which may have changed, and who lives in a care home."""

    homes: Homes
    home: Turn[Ints]
    is_cared_for: Flags


def settle(families: Families, dice: Dice) -> tuple[Homes, Ints, Flags]:
    """Return all doors and a door for each household: houses of their own, flats in shared buildings, care homes."""
    land, size = houses(), np.bincount(families.household)
    door = dice.choice(len(land), size=len(size), replace=len(size) > len(land))
    old = (size == 1) & (families.born_year[np.cumsum(size) - size] < CARE_FROM_YEAR)
    cared_for = old & (dice.random(len(size)) < IN_CARE)
    flats = ~cared_for & (dice.random(len(size)) < IN_APARTMENTS)
    sites = dice.permutation(BLOCKS)[:BUILDINGS]
    block = sites[lot(zipf(BUILDINGS, 0.35, 1.0), dice, int(flats.sum()))]
    door[flats] = len(land) + np.arange(len(block))
    homes = joined(land, apartments(block, dice))
    door[cared_for] = HOUSES_A_BLOCK * sites[dice.integers(CARE_HOMES, size=int(cared_for.sum()))] + 5
    return homes, door, cared_for


def regions(homes: Homes, door: Ints) -> Texts:
    """Return NL, BE or FR for each household's door."""
    of_town = ["FR" if town.language == "fr" else town.country for town in TOWNS]
    return np.array(of_town, dtype=object)[homes.town[door]]


def move_about(families: Families, homes: Homes, door: Ints, cared_for: Flags, dice: Dice, minutes: int) -> Dwelling:
    """Let households move, and members leave them, some time within these minutes."""
    households = len(door)
    old, since = other_doors(homes, door, dice), np.full(households, NEVER, dtype=np.int64)
    moved = dice.random(households) < MOVED
    since[moved] = dice.integers(minutes, size=int(moved.sum()))
    old = _handed_on(old, door, moved, dice)
    home = Turn(old[families.household], door[families.household], since[families.household])
    grown = (families.role == CHILD) & (families.born_year < 2007)
    leaves = grown & (dice.random(len(families)) < LEFT_PARENTS)
    leaves |= (families.role == PARTNER) & (dice.random(len(families)) < LEFT_PARTNER)
    rows = np.flatnonzero(leaves)
    home.old[rows] = home.new[rows]
    home.new[rows] = other_doors(homes, home.old[rows], dice)
    home.since[rows] = dice.integers(minutes, size=len(rows))
    return Dwelling(homes, home, cared_for[families.household])


def other_doors(homes: Homes, door: Ints, dice: Dice) -> Ints:
    """Return another door for each: mostly near, as doors are sorted by town, sometimes anywhere."""
    land = BLOCKS * HOUSES_A_BLOCK
    start = np.searchsorted(homes.town[:land], homes.town[door])
    near = start + dice.integers(NEARBY_DOORS, size=len(door))
    far = dice.integers(land, size=len(door))
    return np.where(dice.random(len(door)) < FAR_AWAY, far, np.minimum(near, land - 1))


def _handed_on(old: Ints, door: Ints, moved: Flags, dice: Dice) -> Ints:
    """Let half of the doors that were left be the present ones of a neighbour who moved too."""
    rows = np.flatnonzero(moved)
    rows = rows[np.argsort(door[rows], kind="stable")]
    handed = dice.random(len(rows)) < SOMEONE_ELSE_MOVED_IN
    result = old.copy()
    result[rows[handed]] = door[np.roll(rows, -1)[handed]]
    return result


def countries(homes: Homes, door: Ints) -> Texts:
    """Return NL or BE for each door."""
    return np.array([town.country for town in TOWNS], dtype=object)[homes.town[door]]
