"""What everyone is called: official and call names, initials, and surnames before and after a marriage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import NEVER, Dice, Flags, Ints, Texts, Turn, either, lot, nothing
from plugins.sandbox.population.families import CHILD, ELDER, HEAD, MATE, PARTNER, Families
from plugins.sandbox.population.pools import CULTURES, GENDERS, given_pool, surname_pool

BY_REGION = {"NL": (0.89, 0.01, 0.0, 0.10), "BE": (0.02, 0.87, 0.01, 0.10), "FR": (0.0, 0.05, 0.85, 0.10)}
"""Shares of the cultures among the households of the Dutch, Flemish and French-speaking regions."""
FROM_ELSEWHERE = 0.07
NAMED_AFTER_FATHER, FATHERS_NAME = 0.05, 0.93
MARRIED = 0.68
OWN, TAKEN, DOUBLE = range(3)
MARRIED_NAMES = {"NL": (0.36, 0.40, 0.24), "BE": (0.88, 0.08, 0.04)}
CHANGED_LATELY, TURNED_BACK = 0.22, 0.04


@dataclass
class Names:
    """First names, initials, and the surname's prefix and core, which may have changed."""

    official: Texts
    called: Texts
    other: Texts
    """Another call name, which some use for them."""
    initials: Texts
    infix: Turn[Texts]
    core: Turn[Texts]


def name_everyone(families: Families, region: Texts, dice: Dice, minutes: int) -> Names:
    """Give everyone names; `region` is that of each household: NL, BE or FR."""
    culture = _cultures(families, region, dice)
    official, called, other = _first_names(families, culture, dice)
    second = _first_names(families, culture, dice)[0]
    third = _first_names(families, culture, dice)[0]
    how_many = dice.random(len(families))
    initials = _letter(official) + either(how_many < 0.55, _letter(second), "")
    initials = initials + either(how_many < 0.18, _letter(third), "")
    infix, core = _family_names(families, culture, dice)
    changed = _married_names(families, region[families.household], infix, core, dice, minutes)
    return Names(official, called, other, initials, *changed)


def _letter(names: Texts) -> Texts:
    return np.array([name[0] for name in names.tolist()], dtype=object)


def _cultures(families: Families, region: Texts, dice: Dice) -> Ints:
    """Return a culture for each: mostly that of the household, partners and mates sometimes another."""
    of_household = np.zeros(len(region), dtype=np.int64)
    own = np.zeros(len(families), dtype=np.int64)
    for name, shares in BY_REGION.items():
        rows, members = region == name, region[families.household] == name
        of_household[rows] = lot(shares, dice, int(rows.sum()))
        own[members] = lot(shares, dice, int(members.sum()))
    strays = (families.role == MATE) | ((families.role == PARTNER) & (dice.random(len(own)) < FROM_ELSEWHERE * 3))
    return np.where(strays, own, of_household[families.household])


def _first_names(families: Families, culture: Ints, dice: Dice) -> tuple[Texts, Texts, Texts]:
    """Return official names, call names and other call names; some sons are named after their father."""
    official, called, other = nothing(len(families)), nothing(len(families)), nothing(len(families))
    for number, name in enumerate(CULTURES):
        for gender in GENDERS:
            rows = np.flatnonzero((culture == number) & (families.is_woman == (gender == "F")))
            pool = given_pool(name, gender)
            drawn = pool.draw(families.born_year[rows], dice)
            official[rows] = pool.official[drawn]
            called[rows], other[rows] = pool.call_names(drawn, dice), pool.call_names(drawn, dice)
    father = _fathers(families)[families.household]
    sons = (families.role == CHILD) & ~families.is_woman & (father >= 0)
    rows = np.flatnonzero(sons & (dice.random(len(sons)) < NAMED_AFTER_FATHER))
    official[rows] = other[rows] = official[father[rows]]
    called[rows] = either(dice.random(len(rows)) < 0.5, called[father[rows]], official[rows])
    return official, called, other


def _fathers(families: Families) -> Ints:
    return families.first_of(~families.is_woman & (families.role <= PARTNER))


def _family_names(families: Families, culture: Ints, dice: Dice) -> tuple[Texts, Texts]:
    """Return the surnames of birth: children have their father's, or else the head's."""
    infix, core = nothing(len(families)), nothing(len(families))
    for number, name in enumerate(CULTURES):
        rows, pool = np.flatnonzero(culture == number), surname_pool(name)
        drawn = pool.draw(len(rows), dice)
        infix[rows], core[rows] = pool.infix[drawn], pool.core[drawn]
    head = families.first_of(families.role == HEAD)
    father = np.where(_fathers(families) >= 0, _fathers(families), head)
    mother = np.where(dice.random(len(head)) < FATHERS_NAME, father, head)
    for role, source in ((CHILD, mother), (ELDER, head)):
        rows = np.flatnonzero(families.role == role)
        infix[rows], core[rows] = infix[source[families.household[rows]]], core[source[families.household[rows]]]
    return infix, core


def _married_names(
    families: Families, region: Texts, infix: Texts, core: Texts, dice: Dice, minutes: int
) -> tuple[Turn[Texts], Turn[Texts]]:
    """Return how the surnames turned: taken from the husband, joined with it, kept, and sometimes turned back."""
    count = len(families)
    husband = _fathers(families)[families.household]
    partner = families.first_of(families.role == PARTNER)[families.household]
    wives = families.is_woman & (families.role <= PARTNER) & (husband >= 0) & (partner >= 0)
    wives &= dice.random(count) < MARRIED
    style = np.where(region == "NL", lot(MARRIED_NAMES["NL"], dice, count), lot(MARRIED_NAMES["BE"], dice, count))
    style[~wives] = OWN
    new_infix, new_core = either(style == OWN, infix, infix[husband]), either(style == OWN, core, core[husband])
    own = np.array([f"{a} {b}".strip() for a, b in zip(infix.tolist(), core.tolist(), strict=True)], dtype=object)
    new_core = either(style == DOUBLE, new_core + "-" + own, new_core)
    since = np.full(count, NEVER, dtype=np.int64)
    lately = (style != OWN) & (dice.random(count) < CHANGED_LATELY)
    since[lately] = dice.integers(minutes, size=int(lately.sum()))
    back = lately & (dice.random(count) < TURNED_BACK / CHANGED_LATELY)
    return _turned(infix, new_infix, since, back), _turned(core, new_core, since, back)


def _turned(old: Texts, new: Texts, since: Ints, back: Flags) -> Turn[Texts]:
    return Turn(either(back, new, old), either(back, old, new), since)
