"""Replay: quarantined records are read again, by the mapping and the models as they are now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from mappers.canonical.mapper import Mapper
from plugins.hub.plans import Hub
from plugins.hub.project import mappings
from plugins.hub.rights.lifting import came_back
from plugins.store.keeper import Keeper
from plugins.store.lines import Bad, decode_message
from plugins.store.tables import quarantine


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    tried: int
    kept: int


def replay(hub: Hub, run_id: str) -> Replayed:
    """Try every open record of the quarantine again; what is readable now is kept, the rest stays open."""
    with hub.store.reading() as connection:
        waiting = connection.execute(select(quarantine).where(quarantine.c.state == "open")).mappings().all()
    mappers = Mappers()
    keeper = Keeper(hub.store, run_id, grants=came_back)
    good: list[str] = []
    for row in waiting:
        before = len(keeper.bad)
        if row["stage"] == "mean":
            _map_again(mappers[row["source"]], keeper, row["stream"], row["payload"])
        else:
            keeper.record(row["stream"], row["payload"].encode())
        if len(keeper.bad) == before:
            good.append(row["id"])
        else:  # under its own name, so that trying again makes no second row
            why = keeper.bad[before]
            same = (row["stage"], row["source"], row["stream"], why.reason, row["payload"], why.field)
            keeper.bad[before:] = [Bad(*same)]
    keeper.commit()
    with hub.store.writing() as connection:
        for start in range(0, len(good), 500):
            these = quarantine.c.id.in_(good[start : start + 500])
            connection.execute(update(quarantine).where(these).values(state="replayed"))
    return Replayed(len(waiting), len(good))


class Mappers(dict[str, Mapper]):
    """The mapping of each connection, set as the project sets it."""

    def __missing__(self, source: str) -> Mapper:
        plain = {"system": source.partition("--")[0], "source": source}
        self[source] = Mapper(mappings().get(source, plain))
        return self[source]


def _map_again(mapper: Mapper, keeper: Keeper, stream: str, payload: str) -> None:
    line = b'{"type":"RECORD","stream":"%s","record":%s}' % (stream.encode(), payload.encode())
    for made in mapper.line(line):
        message = decode_message(made)
        if message.stream == "quarantine":
            keeper.mapper_bad(message.record)
        elif message.type == "RECORD":
            keeper.record(message.stream, message.record)
