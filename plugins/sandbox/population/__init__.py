"""A retailer's source records at any size, messy as sources deliver them, with the truth of who is who."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import dice_for
from plugins.sandbox.population.browsers import browse
from plugins.sandbox.population.habits import RECORDS_A_PERSON
from plugins.sandbox.population.records import Records, written
from plugins.sandbox.population.visits import Visits, live
from plugins.sandbox.population.world import World, create

__all__ = ["Population"]

SPARE, SPREAD = 1.06, 14
"""How many more people are made than the records need; those left over are tomorrow's new customers."""


@dataclass
class Population:
    """The world, everyone's visits, and the records of the first of them: the same for the same seed and size."""

    world: World
    visits: Visits
    later: Visits
    records: Records
    seed: int

    @classmethod
    def of(cls, records: int, seed: int) -> Population:
        """Return a population that left exactly this many records, shuffled."""
        people = int((records * SPARE + SPREAD * records**0.5 + 40) / RECORDS_A_PERSON)
        world = create(seed, records, people)
        every = live(world, seed)
        browse(every, world, seed, records)
        shuffled = dice_for(seed, "order").permutation(records)
        visits, later = every.take(shuffled), every.take(np.arange(records, len(every)))
        return cls(world, visits, later, written(world, visits, seed, "records", first=0), seed)
