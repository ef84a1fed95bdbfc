"""Taking in: events that were kept at the API become records, through the mapper and the door that everything goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update

from mappers.canonical.mapper import Mapper
from plugins.hub.plans import Hub
from plugins.hub.project import mappings
from plugins.hub.rights.lifting import came_back
from plugins.store.engine import StoreError
from plugins.store.event_tables import waiting_event
from plugins.store.keeper import Keeper
from plugins.store.lines import decode_message
from plugins.store.tables import ENTITY_TABLES
from plugins.store.times import utc_text

SYSTEM = "events"
TOGETHER = 500
CUSTOMER = ENTITY_TABLES["customer"]
Customer = tuple[str, str]


class Waiting(NamedTuple):
    """An event that is no record yet."""

    n: int
    source: str
    stream: str
    body: str
    taken_at: str
    tries: int

    @property
    def line(self) -> bytes:
        """Return it as a tap would say it."""
        head = {"type": "RECORD", "stream": self.stream, "time_extracted": self.taken_at}
        return f'{json.dumps(head)[:-1]}, "record": {self.body}}}'.encode()


def connection_of(source: str) -> dict[str, Any]:
    """Return the settings of who sends events: its mapping where one is declared, else what holds for everybody.

    Raises StoreError where a tap reads a connection of that name: what it reads and what is sent would be mixed.
    """
    found = _declared(Path().absolute()).get(source) or {"system": SYSTEM, "source": source}
    if found.get("system") != SYSTEM:
        raise StoreError(f"events: '{source}' is a connection that is read; give who sends events a name of its own")
    return found


@cache
def _declared(project: Path) -> dict[str, dict[str, Any]]:
    return mappings(project)


def run_of(now: datetime) -> str:
    """Return under which run the events of a day are counted."""
    return f"events {now.date()}"


def waiting(hub: Hub, most: int = TOGETHER, *, is_due: bool = True) -> list[Waiting]:
    """Return events that wait, the oldest first; those that are not due are left out, unless all are asked for."""
    columns = [waiting_event.c[name] for name in Waiting._fields]
    found = select(*columns).order_by(waiting_event.c.n).limit(most)
    if is_due:
        found = found.where(waiting_event.c.next_at <= utc_text(hub.clock()))
    with hub.store.reading() as connection:
        return [Waiting(*row) for row in connection.execute(found).tuples()]


def take_in(hub: Hub) -> int:
    """Make records of all events that wait; returns how many there were."""
    count = 0
    while due := waiting(hub, is_due=False):
        keep(hub, due)
        done(hub, due)
        count += len(due)
    return count


def keep(hub: Hub, events: Sequence[Waiting], told: Callable[[bytes], None] | None = None) -> None:
    """Make records of events, all or none; what was kept before is the same again. Each record is `told` as a line."""
    keeper = Keeper(hub.store, run_of(hub.clock()), hub.clock, grants=came_back)
    mappers: dict[str, Mapper] = {}
    for each in events:
        if each.source not in mappers:
            mappers[each.source] = Mapper(connection_of(each.source))
        for made in mappers[each.source].line(each.line):
            _keep(keeper, made)
            if told:
                told(made)
    for mapper in mappers.values():
        for counted in mapper.count_lines():
            _keep(keeper, counted)
    keeper.commit()


def _keep(keeper: Keeper, line: bytes) -> None:
    message = decode_message(line)
    match message.stream:
        case "quarantine":
            keeper.mapper_bad(message.record)
        case "run_stream":
            keeper.mapper_count(message.record)
        case _:
            keeper.record(message.stream, message.record)


def done(hub: Hub, events: Collection[Waiting]) -> None:
    """Forget events that are records now."""
    with hub.store.writing() as connection:
        connection.execute(delete(waiting_event).where(waiting_event.c.n.in_([each.n for each in events])))


def later(hub: Hub, events: Collection[Waiting], wait: timedelta, *, is_try: bool) -> None:
    """Let the lane come back to events after a while."""
    values = {"next_at": utc_text(hub.clock() + wait), "tries": waiting_event.c.tries + int(is_try)}
    with hub.store.writing() as connection:
        mine = waiting_event.c.n.in_([each.n for each in events])
        connection.execute(update(waiting_event).where(mine).values(**values))


def says_no(event: Waiting) -> bool:
    """Tell whether somebody said no to something."""
    return any(each["answer"] == "no" for each in json.loads(event.body).get("consents") or ())


def is_pressing(event: Waiting) -> bool:
    """Tell whether something follows from it at once: somebody bought, or said something of being written to."""
    return event.stream == "purchase" or bool(json.loads(event.body).get("consents"))


def of_whom(hub: Hub, events: Collection[Waiting]) -> set[Customer]:
    """Return the customers that events are about, by their number or their address."""
    bodies = [(connection_of(each.source), json.loads(each.body)) for each in events]
    named = {customer for settings, body in bodies for customer in _named(settings, body)}
    emails = {str(body["email"]).strip().lower() for _, body in bodies if body.get("email")}
    with hub.store.reading() as connection:
        holders = select(CUSTOMER.c.source, CUSTOMER.c.source_id).where(CUSTOMER.c.email.in_(emails))
        return named | {(source, key) for source, key in connection.execute(holders).tuples()}


def _named(settings: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Customer]:
    if body.get("customer_id"):
        yield str(settings.get("accounts") or settings["source"]), str(body["customer_id"])
