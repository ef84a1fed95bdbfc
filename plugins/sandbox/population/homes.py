"""Every door of the land: streets cut into postcodes, houses, apartment buildings and care homes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from plugins.sandbox.population.arrays import Dice, Ints, Texts, among, dice_for, digits, either, lot, nothing, texts
from plugins.sandbox.population.places import TOWNS, streets

SEED = 20_260_101
"""The land is the same for every population."""
BLOCKS = 120_000
HOUSES_A_BLOCK = 10
BUILDINGS = 5_000
CARE_HOMES = 120
LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
BELGIAN_CITY = 1.3
"""The retailer has more shops in Belgium than its population alone would give."""


@dataclass
class Blocks:
    """A stretch of street with one postcode; in Belgium many stretches share it."""

    street: Texts
    postcode: Texts
    town: Ints
    first_number: Ints


@dataclass
class Homes:
    """Front doors, by number: those of houses first, sorted by town."""

    street: Texts
    number: Texts
    addition: Texts
    postcode: Texts
    town: Ints

    def __len__(self) -> int:
        return len(self.town)

    def at(self, door: Ints) -> Homes:
        """Return some of the doors."""
        return Homes(self.street[door], self.number[door], self.addition[door], self.postcode[door], self.town[door])


@cache
def blocks() -> Blocks:
    """Return all stretches of street, sorted by town."""
    dice = dice_for(SEED, "blocks")
    weights = [town.people * (BELGIAN_CITY if town.country == "BE" else 1) for town in TOWNS]
    town = np.sort(lot(weights, dice, BLOCKS))
    street, postcode = nothing(BLOCKS), nothing(BLOCKS)
    for place, facts in enumerate(TOWNS):
        rows = np.flatnonzero(town == place)
        pool = streets(facts.country, facts.language)
        known = min(len(pool), max(30, len(rows) // 3))
        mine = dice.choice(len(pool), size=known, replace=False)
        street[rows] = texts(pool)[mine[dice.integers(known, size=len(rows))]]
        area = facts.postcode + dice.integers(facts.postcodes, size=len(rows))
        postcode[rows] = digits(area, 4)
    dutch = np.array([facts.country == "NL" for facts in TOWNS])[town]
    letters = among(LETTERS, dice, BLOCKS) + among(LETTERS, dice, BLOCKS)
    postcode[dutch] = postcode[dutch] + letters[dutch]
    return Blocks(street, postcode, town, 1 + 2 * dice.integers(90, size=BLOCKS) + dice.integers(2, size=BLOCKS))


@cache
def houses() -> Homes:
    """Return the doors of houses: up one side of the street, a few with a letter."""
    street = blocks()
    dice = dice_for(SEED, "houses")
    block = np.repeat(np.arange(BLOCKS), HOUSES_A_BLOCK)
    number = street.first_number[block] + 2 * np.tile(np.arange(HOUSES_A_BLOCK), BLOCKS)
    addition = among(("", "a", "b", "c", "A", "B", "bis", "II", "rood", "hs"), dice, len(block), ADDITIONS)
    return Homes(
        street.street[block], texts(map(str, number.tolist())), addition, street.postcode[block], street.town[block]
    )


ADDITIONS = (0.9, 0.03, 0.02, 0.006, 0.015, 0.01, 0.004, 0.006, 0.002, 0.007)


def apartments(block: Ints, dice: Dice) -> Homes:
    """Return one door in the building that stands on each block: the same number, a unit of its own."""
    street = blocks()
    floor, flat = dice.integers(0, 9, size=len(block)), dice.integers(1, 10, size=len(block))
    belgian = np.array([town.country == "BE" for town in TOWNS])[street.town[block]]
    unit = texts(f"{a}{b:02d}" if a else str(b) for a, b in zip(floor.tolist(), flat.tolist(), strict=True))
    letter = among("ABCDEFGHJK", dice, len(block))
    style = block % 4
    addition = either(belgian, "bus " + unit, either(style == 0, letter, either(style == 1, "-" + unit, unit)))
    number = texts(map(str, (street.first_number[block] + 1).tolist()))
    return Homes(street.street[block], number, addition, street.postcode[block], street.town[block])


def joined(first: Homes, second: Homes) -> Homes:
    """Return the doors of both, one after the other."""
    return Homes(
        np.concatenate([first.street, second.street]),
        np.concatenate([first.number, second.number]),
        np.concatenate([first.addition, second.addition]),
        np.concatenate([first.postcode, second.postcode]),
        np.concatenate([first.town, second.town]),
    )
