"""Replay: quarantined records are read again, by the mapping and the models as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, select, tuple_, update

from mappers.canonical.mapper import Mapper, is_mapped
from plugins.hub.plans import Hub
from plugins.hub.project import mappings
from plugins.hub.rights.lifting import came_back
from plugins.hub.taking_in import SYSTEM
from plugins.store.keeper import Keeper
from plugins.store.lines import Bad, decode_message
from plugins.store.tables import quarantine
from plugins.store.times import utc_text

AT_ONCE = 500
Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class Which:
    """Which open records: all, those of a source, a stream and a reason, or a single one."""

    source: str | None = None
    stream: str | None = None
    reason: str | None = None
    id: str | None = None

    @property
    def clause(self) -> ColumnElement[bool]:
        """Return it as a condition on the table."""
        asked = {name: getattr(self, name) for name in self.__slots__}
        given = [quarantine.c[name] == value for name, value in asked.items() if value is not None]
        return and_(quarantine.c.state == "open", *given)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    tried: int
    kept: int


ALL = Which()


def replay(hub: Hub, run_id: str, which: Which = ALL, who: str | None = None) -> Replayed:
    """Try open records of the quarantine again; what is readable now is kept, the rest stays open."""
    reader, tried, kept = Reader(hub, run_id), 0, 0
    for some in _waiting(hub, which):
        good = [row["id"] for row in some if reader.reads(row)]
        reader.keeper.commit()
        tried, kept = tried + len(some), kept + len(good)
        with hub.store.writing() as connection:
            values = {"state": "replayed", "settled_at": utc_text(hub.clock()), "settled_by": who}
            connection.execute(update(quarantine).where(quarantine.c.id.in_(good)).values(**values))
    return Replayed(tried, kept)


def _waiting(hub: Hub, which: Which) -> Iterator[Sequence[RowMapping]]:
    """Give open records, some at a time, each once."""
    place = tuple_(quarantine.c.first_seen_at, quarantine.c.id)
    query = select(quarantine).where(which.clause).order_by(quarantine.c.first_seen_at, quarantine.c.id).limit(AT_ONCE)
    with hub.store.reading() as connection:
        some = connection.execute(query).mappings().all()
    while some:
        yield some
        after = place > tuple_(some[-1]["first_seen_at"], some[-1]["id"])
        with hub.store.reading() as connection:
            some = connection.execute(query.where(after)).mappings().all()


class Reader:
    """Reads records of the quarantine, as they came or as somebody mended them."""

    def __init__(self, hub: Hub, run_id: str) -> None:
        self.keeper = Keeper(hub.store, run_id, grants=came_back)
        self.mappers = Mappers()

    def reads(self, row: Row) -> bool:
        """Tell whether a record is readable now; it is kept, or stays in quarantine, with the next commit."""
        before, payload = len(self.keeper.bad), row["mended"] or row["payload"]
        if row["stage"] == "mean":
            self._map(row, payload)
        else:
            self.keeper.record(row["stream"], payload.encode())
        if len(self.keeper.bad) == before:
            return True
        why = self.keeper.bad[before]  # under its own name, so that trying again makes no second row
        same = (row["stage"], row["source"], row["stream"], why.reason, row["payload"], why.field)
        self.keeper.bad[before:] = [Bad(*same)]
        return False

    def _map(self, row: Row, payload: str) -> None:
        line = b'{"type":"RECORD","stream":"%s","record":%s}' % (row["stream"].encode(), payload.encode())
        for made in self.mappers[row["source"]].line(line):
            message = decode_message(made)
            if message.stream == "quarantine":
                self.keeper.mapper_bad(message.record)
            elif message.type == "RECORD":
                self.keeper.record(message.stream, message.record)


class Mappers(dict[str, Mapper]):
    """The mapping of each connection, set as the project sets it."""

    def __missing__(self, source: str) -> Mapper:
        system = source.partition("--")[0]
        plain = {"system": system if is_mapped(system) else SYSTEM, "source": source}
        self[source] = Mapper(mappings().get(source, plain))
        return self[source]
