"""Phone numbers people have: their own, the family's, the house's, and numbers that went to a stranger later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import NEVER, Dice, Ints, Texts, Turn, either, nothing
from plugins.sandbox.population.families import MATE, Families
from plugins.sandbox.population.phones import foreign_numbers, land_numbers, mobile_numbers

WITHOUT, FOREIGN = 0.06, 0.015
CHANGED, RECYCLED = 0.13, 0.012
SHARED, USES_SHARED = 0.10, 0.55
LANDLINE, LANDLINE_OF_OLD = 0.22, 0.5
REST_DAYS = 300
"""How long a number rests before somebody else gets it."""


@dataclass
class Lines:
    """Everyone's mobile number, which may have changed, and the landline of the house."""

    mobile: Turn[Texts]
    landline: Texts


def connect(families: Families, town: Ints, country: Texts, cared_for: Ints, dice: Dice, minutes: int) -> Lines:
    """Give everyone phone numbers; `town` and `country` are everyone's, `cared_for` a care home's number or -1."""
    count = len(families)
    new, old = mobile_numbers(country, dice), mobile_numbers(country, dice)
    foreign = dice.random(count) < FOREIGN
    new[foreign] = foreign_numbers(dice, int(foreign.sum()))
    since = np.full(count, NEVER, dtype=np.int64)
    changed = dice.random(count) < CHANGED
    since[changed] = dice.integers(minutes, size=int(changed.sum()))
    mobile = Turn(either(changed, old, new), new, since)
    _recycle(mobile, dice, minutes)
    _share(mobile, families, dice)
    without = dice.random(count) < WITHOUT
    mobile.old[without] = mobile.new[without] = None
    return Lines(mobile, _landlines(families, town, cared_for, dice))


def _recycle(mobile: Turn[Texts], dice: Dice, minutes: int) -> None:
    """Give numbers that were given up to strangers, after a rest."""
    given_up = dice.permutation(np.flatnonzero(mobile.since > NEVER))
    others = dice.permutation(np.flatnonzero(mobile.since == NEVER))
    count = min(int(len(mobile.new) * RECYCLED), len(given_up), len(others))
    giver, taker = given_up[:count], others[:count]
    rested = mobile.since[giver] + REST_DAYS * 24 * 60
    fits = rested < minutes
    mobile.new[taker[fits]] = mobile.old[giver[fits]]
    mobile.since[taker[fits]] = rested[fits]


def _share(mobile: Turn[Texts], families: Families, dice: Dice) -> None:
    """Let some households use one mobile number for everything."""
    head = families.first_of(np.ones(len(families), dtype=np.bool_))[families.household]
    shared = (dice.random(int(families.household[-1]) + 1) < SHARED)[families.household]
    uses = shared & (families.role != MATE) & (dice.random(len(families)) < USES_SHARED)
    for column in (mobile.old, mobile.new, mobile.since):
        column[uses] = column[head[uses]]


def _landlines(families: Families, town: Ints, cared_for: Ints, dice: Dice) -> Texts:
    head = families.first_of(np.ones(len(families), dtype=np.bool_))
    share = np.where(families.born_year[head] < 1962, LANDLINE_OF_OLD, LANDLINE)
    has = dice.random(len(head)) < share
    of_house = either(has, land_numbers(town[head], dice), nothing(len(head)))
    own = of_house[families.household]
    if cared_for.max(initial=-1) >= 0:
        desk = land_numbers(np.resize(town, int(cared_for.max()) + 1), dice)
        own = either(cared_for >= 0, desk[cared_for], own)
    return own
