"""Keeping what was read back: through the mapper and the door of the store, as on a pipe."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from functools import cache

from mappers.canonical.mapper import Mapper
from plugins.hub.project import mappings
from plugins.hub.rights.lifting import came_back
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from targets.hub.target import Door

ABOUT_CUSTOMERS = {"customer": "source_id", "consent": "customer_id", "order": "customer_id", "basket": "customer_id"}
"""Entities that tell of somebody, and where the customer's number stands."""
Customer = tuple[str, str]


def keep(store: Store, connection: str, lines: Iterable[bytes]) -> set[Customer]:
    """Keep the records in a tap's messages; returns which customers they tell of, as (source, number)."""
    keeper = Keeper(store, f"lane-{uuid.uuid4().hex}", grants=came_back)
    door = Door(keeper)
    mapper = _mapper(connection)
    about: set[Customer] = set()
    for line in lines:
        if b'"STATE"' in line[:40]:
            continue  # a bookmark belongs to who reads everything
        for said in mapper.line(line):
            about |= _customers(said)
            door.line(said)
    for said in mapper.count_lines():
        door.line(said)
    door.state = None
    door.rest(is_end=True)
    return about


def _customers(line: bytes) -> set[Customer]:
    message = json.loads(line)
    where = ABOUT_CUSTOMERS.get(message.get("stream", ""))
    record = message.get("record") or {}
    return {(record["source"], record[where])} if where and record.get(where) else set()


def _mapper(connection: str) -> Mapper:
    return Mapper(_mappings()[connection])


@cache
def _mappings() -> dict[str, dict[str, object]]:
    return mappings()
