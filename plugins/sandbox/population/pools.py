"""What people may be called and how often: first names by year of birth, surnames by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from plugins.sandbox.population import surnames
from plugins.sandbox.population.arrays import Dice, Floats, Ints, Texts, either, lot, texts, zipf
from plugins.sandbox.population.given_names import GENERATIONS

CULTURES = ("dutch", "flemish", "walloon", "newcomer")
GENDERS = ("M", "F")
FIRST_YEAR, LAST_YEAR = 1930, 2015
CALLED_BY_OFFICIAL_NAME, OF_THE_YOUNG = 0.15, 0.72
"""Who have a call name and do not use it: few of the old, most of those whose names were given after 1960."""
NAMED_AFTER_A_GRANDPARENT = 0.12
"""How much an old name stays in use as an official one, whatever the fashion."""


@dataclass
class GivenPool:
    """First names of one culture and gender: official, call names, and weights per year of birth."""

    official: Texts
    called: tuple[tuple[str, ...], ...]
    weights: Floats
    plainly: Floats
    """How often each name is used as it is."""

    def draw(self, years: Ints, dice: Dice) -> Ints:
        """Return a name's number for everyone born in these years."""
        result = np.zeros(len(years), dtype=np.int64)
        for year in np.unique(years).tolist():
            born = years == year
            result[born] = lot(self.weights[_row(year)], dice, int(born.sum()))
        return result

    def call_names(self, names: Ints, dice: Dice) -> Texts:
        """Return what they are called by friends; the first call name is the commonest."""
        luck, official = dice.random(len(names)), dice.random(len(names)) < self.plainly[names]
        pairs = zip(names.tolist(), luck.tolist(), strict=True)
        called = texts(self.called[name][int(len(self.called[name]) * chance**1.6)] for name, chance in pairs)
        return either(official, self.official[names], called)


@cache
def given_pool(culture: str, gender: str) -> GivenPool:
    """Return the first names of a culture and gender."""
    kin = [each for each in GENERATIONS if (each.culture, each.gender) == (culture, gender)]
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1, 5, dtype=np.float64)
    official: list[str] = []
    called: list[tuple[str, ...]] = []
    weights: list[Floats] = []
    plainly: list[float] = []
    for generation in kin:
        fashion = np.exp(-(((years - generation.peak) / generation.width) ** 2) / 2)
        fashion = np.maximum(fashion, NAMED_AFTER_A_GRANDPARENT * (years > generation.peak) * (generation.peak < 1960))
        for name, rank in zip(generation.names, zipf(len(generation.names), 0.9, 2.0), strict=True):
            full, _, short = name.partition("=")
            official.append(full)
            called.append(tuple(short.split(",")) if short else (full,))
            weights.append(fashion * rank)
            plainly.append(CALLED_BY_OFFICIAL_NAME if generation.peak < 1960 else OF_THE_YOUNG)
    return GivenPool(texts(official), tuple(called), np.array(weights).T + 1e-9, np.array(plainly))


def _row(year: int) -> int:
    return (min(max(year, FIRST_YEAR), LAST_YEAR) - FIRST_YEAR) // 5


@dataclass
class SurnamePool:
    """Surnames of one culture: prefix and core, and how often they occur."""

    infix: Texts
    core: Texts
    weights: Floats

    def draw(self, count: int, dice: Dice) -> Ints:
        """Return a surname's number for each."""
        return lot(self.weights, dice, count)


@cache
def surname_pool(culture: str) -> SurnamePool:
    """Return the surnames of a culture; only the Dutch write the prefix apart."""
    lists = (surnames.dutch, surnames.flemish, surnames.walloon, surnames.newcomer)
    names: Sequence[str] = lists[CULTURES.index(culture)]()
    parts = [name.rpartition(" ") if culture == "dutch" else ("", "", name) for name in names]
    infix, core = texts(part[0] for part in parts), texts(part[2] for part in parts)
    return SurnamePool(infix, core, zipf(len(names), 0.82, 5.0))
