"""Keeping what was read back: through the mapper and the door of the store, as on a pipe."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from mappers.canonical.mapper import Mapper
from plugins.hub.project import mappings
from plugins.hub.rights.lifting import came_back
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from targets.hub.target import Door

ABOUT_CUSTOMERS = {"customer": "source_id", "consent": "customer_id", "order": "customer_id", "basket": "customer_id"}
"""Entities that tell of somebody, and where the customer's number stands."""
OF_SPEAKERS = {"consent": "customer_id"}
OF_ORDERS = {"order": "source_id", "order_line": "order_id"}
"""Entities that tell of a purchase, and where its number stands."""
Key = tuple[str, str]


class About(NamedTuple):
    """Whom and what was told of, each as (source, number)."""

    customers: set[Key]
    speakers: set[Key]
    """Who said something of being written to."""
    orders: set[Key]

    def note(self, line: bytes) -> None:
        """Take note of whom and what a message of the mapper tells."""
        message = json.loads(line)
        stream, record = message.get("stream", ""), message.get("record") or {}
        for found, places in zip(self, (ABOUT_CUSTOMERS, OF_SPEAKERS, OF_ORDERS), strict=True):
            where = places.get(stream)
            if where and record.get(where):
                found.add((record["source"], record[where]))


def together(several: Iterable[About]) -> About:
    """Return all of it as one."""
    parts = list(several)
    return About(*(set().union(*(each[place] for each in parts)) for place, _ in enumerate(About._fields)))


def keep(store: Store, connection: str, lines: Iterable[bytes]) -> About:
    """Keep the records in a tap's messages; returns whom and what they tell of."""
    keeper = Keeper(store, f"lane-{uuid.uuid4().hex}", grants=came_back)
    door = Door(keeper)
    mapper = _mapper(connection)
    about = About(set(), set(), set())
    for line in lines:
        if b'"STATE"' in line[:40]:
            continue  # a bookmark belongs to who reads everything
        for said in mapper.line(line):
            about.note(said)
            door.line(said)
    for said in mapper.count_lines():
        door.line(said)
    door.state = None
    door.rest(is_end=True)
    return about


def _mapper(connection: str) -> Mapper:
    return Mapper(_mappings()[connection])


@cache
def _mappings() -> dict[str, dict[str, object]]:
    return mappings()
