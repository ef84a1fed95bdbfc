"""Decisions by hand about who is who: what `rotonde identity` reviews, links, keeps apart and undoes."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product

import duckdb

from mappers.identity.decisions import Decision, Pair, Verdict, decide, decisions, paired
from mappers.identity.lifecycle import VOTES
from mappers.identity.resolve import in_force
from mappers.identity.review import Review, review
from plugins.hub.plans import Hub
from plugins.hub.resolving import is_resolved
from plugins.hub.story import find, present
from plugins.store.engine import StoreError
from plugins.store.mirror import attached, open_mirror

MOST_PAIRS = 5000
NAMED = """
SELECT source || ':' || source_id FROM assigned JOIN record ON record_id = source || chr(31) || source_id
JOIN unit USING (h) WHERE profile_id = $id AND NOT is_echo {only} ORDER BY is_named DESC, 1
"""
RECORD = "SELECT 1 FROM assigned WHERE source || ':' || source_id = $who AND NOT is_echo"
FORMER = """
SELECT source || ':' || source_id FROM vote WHERE profile_id = $heir AND former = $id AND NOT is_late ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that a decision is about."""

    profile_id: str
    records: list[str]
    """`source:id`; those with a name first."""
    is_record: bool
    """True where one record was meant, and not a whole person."""


def to_review(hub: Hub, most: int) -> Review:
    """Return what waits for a person's eye."""
    with mirror(hub) as connection:
        return review(connection, in_force(connection).thresholds, most)


def link(hub: Hub, one: str, other: str, reason: str) -> tuple[int, list[Pair]]:
    """Decide that two are one person, and return the decision's number and what it is about."""
    with mirror(hub) as connection:
        sides = _sides(hub, connection, one, other)
    ends = [each.records[0] for each in sides]
    if ends[0] == ends[1]:
        raise StoreError("identity link: ONE and OTHER are the same record; name two")
    return _take(hub, [paired(*ends)], "same", reason)


def unlink(hub: Hub, one: str, other: str, reason: str) -> tuple[int, list[Pair]]:
    """Decide that two are not one person; raises StoreError where nothing tells whose record is whose."""
    with mirror(hub) as connection:
        sides = _sides(hub, connection, one, other)
        mine, others = _parted(hub, connection, one, other, sides)
    pairs = sorted({paired(a, b) for a, b in product(mine, others) if a != b})
    if not pairs:
        raise StoreError("identity unlink: ONE and OTHER are the same record; name two")
    if len(pairs) > MOST_PAIRS:
        raise StoreError(f"identity unlink: {len(pairs):,} pairs of records; name two records, source:id")
    return _take(hub, pairs, "apart", reason)


def undo(hub: Hub, act: int, reason: str) -> tuple[int, list[Pair]]:
    """Take back a decision by its number."""
    with hub.store.reading() as connection:
        pairs = [each.pair for each in decisions(connection) if each.act == act and each.verdict != "undone"]
    if not pairs:
        raise StoreError(f"identity undo: no decision {act}; see them with: rotonde identity decisions")
    return _take(hub, pairs, "undone", reason)


def taken(hub: Hub) -> list[Decision]:
    """Return every decision, oldest first."""
    with hub.store.reading() as connection:
        return decisions(connection)


def _take(hub: Hub, pairs: list[Pair], verdict: Verdict, reason: str) -> tuple[int, list[Pair]]:
    with hub.store.writing() as store:
        return decide(store, pairs, verdict, reason, getpass.getuser(), hub.clock()), pairs


def mirror(hub: Hub, command: str = "identity") -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Open what the last resolve came to; raises StoreError, in the name of a command, where there was none."""
    if not is_resolved(hub.store):
        raise StoreError(f"{command}: nothing is resolved yet; run 'rotonde resolve' first")
    return open_mirror(hub.store, read_only=True)


def _sides(hub: Hub, connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[Side]:
    return [side(hub, connection, f"identity: {name}", who) for name, who in (("ONE", one), ("OTHER", other))]


def side(hub: Hub, connection: duckdb.DuckDBPyConnection, where: str, who: str) -> Side:
    """Return who is meant by a record `source:id`, a profile id (also a former one), or an identifier.

    Raises StoreError, which begins with `where` and repeats nothing of `who`, unless it is one person.
    """
    found = find(connection, who) or [each for each in [present(hub, who)] if each != who]
    if len(found) != 1:
        told = f"is {len(found)} persons ({', '.join(found)})" if found else "is nobody"
        raise StoreError(f"{where} {told}; name a record (source:id) or a profile id")
    if connection.execute(RECORD, {"who": who}).fetchall():
        return Side(found[0], [who], is_record=True)
    records = _column(connection, NAMED.format(only=""), {"id": found[0]})
    return Side(found[0], records, is_record=False)


def _parted(
    hub: Hub, connection: duckdb.DuckDBPyConnection, one: str, other: str, sides: list[Side]
) -> tuple[list[str], list[str]]:
    """Return the records to be kept apart, of each side."""
    mine, others = sides
    if mine.profile_id != others.profile_id:
        return _speaking(connection, mine), _speaking(connection, others)
    if mine.is_record and others.is_record:
        return mine.records, others.records
    if mine.is_record or others.is_record:
        alone = (mine if mine.is_record else others).records
        return alone, [each for each in _speaking(connection, others if mine.is_record else mine) if each not in alone]
    return _as_before(hub, connection, mine, [one, other])


def _as_before(
    hub: Hub, connection: duckdb.DuckDBPyConnection, person: Side, names: list[str]
) -> tuple[list[str], list[str]]:
    """Return a person's records that came by a merge, and the others; one name is that of the merged profile."""
    with attached(connection, hub.store):
        connection.execute(VOTES.format(of="origin."))
    had = [_column(connection, FORMER, {"heir": person.profile_id, "id": each}) for each in names]
    if not all(had):
        own = _column(connection, FORMER, {"heir": person.profile_id, "id": person.profile_id})
        had = [each or own for each in had]
    if had[0] == had[1]:
        raise StoreError(
            f"identity unlink: this is {person.profile_id}, who was never two; name two records, source:id"
        )
    speaking = _speaking(connection, person)
    mine, others = ([each for each in speaking if each in side] or side for side in had)
    return mine, others


def _speaking(connection: duckdb.DuckDBPyConnection, side: Side) -> list[str]:
    """Return the record, or those of a person that have a name: the others go where their identifiers lead."""
    if side.is_record:
        return side.records
    return _column(connection, NAMED.format(only="AND is_named"), {"id": side.profile_id}) or side.records


def _column(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, str]) -> list[str]:
    return [str(row[0]) for row in connection.execute(sql, values).fetchall()]


def as_rows(taken: Iterable[Decision]) -> list[tuple[object, ...]]:
    """Return decisions as lines to print: one for each act."""
    acts: dict[int, list[Decision]] = {}
    for each in taken:
        acts.setdefault(each.act, []).append(each)
    return [
        (act, each[0].verdict, *each[0].pair, len(each), each[0].reason, each[0].decided_by, each[0].at)
        for act, each in acts.items()
    ]
