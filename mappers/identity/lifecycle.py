"""The life of a profile id: minted once, kept by overlap, never reused; merges and splits are events.

Compares the components just found with the memberships on record and writes only what changed. Where a merge is taken
back, each of the two has its own id again, as if it had not been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from sqlalchemy import Connection, update

from plugins.store.tables import membership, move, profile, profile_event
from plugins.store.times import utc_text
from plugins.store.writing import bulk_insert

CHUNK = 50_000

# Whose a record was before the merges it went through; one that came to a merged profile later is nobody's of before.
# `of` is where the tables are.
VOTES = """
CREATE OR REPLACE TEMP TABLE vote AS
WITH settled AS (
  SELECT source, source_id, max(seq) AS seq, max("at") AS "at", arg_max(coalesce(from_id, ''), seq) = '' AS is_new
  FROM {of}move WHERE NOT CAST(is_merge AS BOOLEAN) GROUP BY ALL
), crossed AS (
  SELECT source, source_id, arg_min(from_id, move.seq) AS former FROM {of}move AS move
  JOIN {of}profile AS former ON former.id = from_id LEFT JOIN settled USING (source, source_id)
  WHERE CAST(is_merge AS BOOLEAN) AND merged_into IS NOT NULL AND move.seq > coalesce(settled.seq, -1) GROUP BY ALL
), grown AS (SELECT to_id, max("at") AS "at" FROM {of}move WHERE CAST(is_merge AS BOOLEAN) GROUP BY to_id)
SELECT source, source_id, profile_id, coalesce(former, profile_id) AS former,
       former IS NULL AND coalesce(is_new AND settled."at" >= grown."at", false) AS is_late
FROM {of}membership LEFT JOIN crossed USING (source, source_id) LEFT JOIN settled USING (source, source_id)
LEFT JOIN grown ON grown.to_id = profile_id
"""
# The component that holds most of an old profile may keep its id; of several profiles that chose one component, one
# that lives keeps it, then the one with most records there, then the oldest. Every choice has a total order.
HEIRS = """
CREATE OR REPLACE TEMP TABLE heir AS
WITH voting AS (
  SELECT source, source_id, former AS profile_id, CAST(NOT is_late AS BIGINT) AS own FROM vote
  UNION ALL
  SELECT source, source_id, profile_id, 0 FROM vote WHERE former <> profile_id
), overlap AS (
  SELECT label, profile_id, sum(own) AS own, count(*) AS shared, min(source || chr(31) || source_id) AS first_record
  FROM component JOIN voting USING (source, source_id) WHERE NOT is_echo GROUP BY label, profile_id
), chosen AS (
  SELECT * FROM overlap
  QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY own DESC, shared DESC, first_record) = 1
)
SELECT label, profile_id, merged_into IS NOT NULL AS is_back FROM chosen JOIN profile ON profile.id = chosen.profile_id
QUALIFY row_number() OVER (
  PARTITION BY label ORDER BY merged_into IS NOT NULL, shared DESC, minted_at, profile_id) = 1
"""

ANCHORS = """
CREATE OR REPLACE TEMP TABLE anchor AS
SELECT label, arg_min(n, hash(source, source_id)) AS n FROM component GROUP BY label
"""
PEOPLE = """
CREATE OR REPLACE TABLE person AS
SELECT row_number() OVER () AS p, label, heir.profile_id IS NULL AS is_new, coalesce(is_back, false) AS is_back,
       coalesce(heir.profile_id, 'p' || substr(md5(concat_ws(chr(31), source, source_id, ?)), 1, 20)) AS profile_id
FROM anchor JOIN customer USING (n) LEFT JOIN heir USING (label)
"""
PLACED = """
CREATE OR REPLACE TABLE placed AS
SELECT n, p, is_echo FROM found JOIN person USING (label)
"""
FOLLOWER = """
CREATE OR REPLACE TABLE follower AS
SELECT email, card, p FROM loose JOIN record USING (record_id) JOIN grouped USING (n) JOIN person USING (label)
"""
ASSIGNED = """
CREATE OR REPLACE VIEW assigned AS
SELECT n, p, source, source_id, email, is_echo, profile_id, is_new, is_back
FROM placed JOIN customer USING (n) JOIN person USING (p)
"""

MOVED = """
SELECT assigned.source, assigned.source_id, assigned.profile_id, old.profile_id AS former,
       old.profile_id IS NOT NULL AND old.profile_id NOT IN (SELECT profile_id FROM person) AS is_merge
FROM assigned LEFT JOIN membership AS old USING (source, source_id)
WHERE old.profile_id IS DISTINCT FROM assigned.profile_id ORDER BY ALL
"""
LEFT = "SELECT source, source_id FROM membership ANTI JOIN assigned USING (source, source_id)"
MINTED = """
SELECT assigned.profile_id, is_back, mode(old.profile_id ORDER BY old.profile_id) AS former
FROM assigned LEFT JOIN membership AS old USING (source, source_id) WHERE is_new OR is_back GROUP BY ALL
"""
# Which decision is about two profiles: one record of it is in each, or was.
DECIDED = """
WITH held AS (
  SELECT source || chr(31) || source_id AS record_id, profile_id FROM assigned
  UNION SELECT source || chr(31) || source_id, profile_id FROM membership
)
SELECT DISTINCT a.profile_id, b.profile_id, verdict, 'decision ' || max(act) || ': ' || arg_max(reason, act)
FROM standing JOIN held AS a ON a.record_id IN (one, other)
JOIN held AS b ON b.record_id IN (one, other) AND b.record_id <> a.record_id
WHERE a.profile_id <> b.profile_id GROUP BY ALL
"""
MERGED = """
WITH went AS (
  SELECT old.profile_id AS gone, assigned.profile_id AS heir, count(*) AS shared,
         min(source || chr(31) || source_id) AS first_record
  FROM membership AS old JOIN assigned USING (source, source_id)
  WHERE old.profile_id NOT IN (SELECT DISTINCT profile_id FROM assigned)
  GROUP BY old.profile_id, assigned.profile_id
)
SELECT gone, heir FROM went QUALIFY row_number() OVER (PARTITION BY gone ORDER BY shared DESC, first_record) = 1
"""


def assign(connection: duckdb.DuckDBPyConnection, at: datetime) -> None:
    """Give every component its profile id; new ids are derived from `at` and so never recur.

    Leaves `person` (number and id of each profile), `placed` (record number -> profile number) and the view
    `assigned`, which says the same with the records' own names; and `follower`
    (email, card, p): whose an order or event is that names no customer we know.
    """
    connection.execute(VOTES.format(of=""))
    connection.execute(HEIRS)
    connection.execute(ANCHORS)
    connection.execute(PEOPLE, [utc_text(at)])
    connection.execute(PLACED)
    connection.execute(FOLLOWER)
    connection.execute(ASSIGNED)


@dataclass(frozen=True, slots=True)
class Upheaval:
    """How many persons there were, and how many of them would join others or fall apart."""

    persons: int
    joined: int
    split: int


def upheaval(connection: duckdb.DuckDBPyConnection) -> Upheaval:
    """Return what the assignment just made would do to the persons on record."""
    persons = connection.execute("SELECT count(DISTINCT profile_id) FROM membership").fetchall()[0][0]
    minted = connection.execute(MINTED).fetchall()
    split = len({former for _, _, former in minted if former})
    return Upheaval(persons, len(connection.execute(MERGED).fetchall()), split)


FIRST = (
    "INSERT INTO origin.profile (id, minted_at) SELECT profile_id, $at FROM person ORDER BY profile_id",
    "INSERT INTO origin.membership (source, source_id, profile_id) SELECT source, source_id, profile_id FROM assigned "
    "ORDER BY source, source_id",
)


def load(connection: duckdb.DuckDBPyConnection, at: datetime) -> int:
    """Write the memberships of a store that has none, attached for writing; returns how many there are.

    Runs inside the caller's transaction of the engine, which does in seconds what a driver does in minutes. Only
    SQLite needs it: PostgreSQL has COPY.
    """
    for statement in FIRST:
        connection.execute(statement, {"at": utc_text(at)} if "$at" in statement else None)
    return int(connection.execute("SELECT count(*) FROM placed").fetchall()[0][0])


def record(connection: duckdb.DuckDBPyConnection, store: Connection, at: datetime) -> int:
    """Write what changed into the store, inside the caller's transaction; returns how many records moved."""
    stamp = utc_text(at)
    minted = connection.execute(MINTED).fetchall()
    bulk_insert(store, profile, ("id", "minted_at"), [(new, stamp) for new, is_back, _ in minted if not is_back])
    merged = connection.execute(MERGED).fetchall()
    for gone, heir in [*merged, *((new, None) for new, is_back, _ in minted if is_back)]:
        store.execute(update(profile).where(profile.c.id == gone).values(merged_into=heir))
    told = [(new, "unmerged" if is_back else "split", old) for new, is_back, old in minted if old]
    told += [(gone, "merged", heir) for gone, heir in merged]
    bulk_insert(
        store, profile_event, ("profile_id", "kind", "other_id", "reason", "at"), _reasoned(connection, told, stamp)
    )
    return _move(connection, store, stamp)


REASONS = {"merged": "shared identifiers"}
APART = "no identifier holds them together any more"


def _reasoned(
    connection: duckdb.DuckDBPyConnection, told: Sequence[tuple[str, str, str]], stamp: str
) -> list[tuple[str, ...]]:
    if not told:
        return []
    found = connection.execute(DECIDED).fetchall()
    decided = {(one, other, verdict): reason for one, other, verdict, reason in found}
    return [
        (one, kind, other, decided.get((one, other, "same" if kind == "merged" else "apart"))
         or REASONS.get(kind, APART), stamp)
        for one, kind, other in told
    ]  # fmt: skip


def _move(connection: duckdb.DuckDBPyConnection, store: Connection, stamp: str) -> int:
    moved = 0
    cursor = connection.cursor()
    known = connection.execute("SELECT count(*) FROM membership").fetchall()[0][0]
    cursor.execute(MOVED)
    while rows := cursor.fetchmany(CHUNK):
        if known:
            _forget(store, [(source, source_id) for source, source_id, *_ in rows])
            log = [
                (source, source_id, former, new, is_merge, stamp) for source, source_id, new, former, is_merge in rows
            ]
            bulk_insert(store, move, ("source", "source_id", "from_id", "to_id", "is_merge", "at"), log)
        bulk_insert(store, membership, ("source", "source_id", "profile_id"), [row[:3] for row in rows])
        moved += len(rows)
    left = connection.execute(LEFT).fetchall()
    _forget(store, left)
    return moved + len(left)


def _forget(store: Connection, keys: list[tuple[str, str]]) -> None:
    driver: Any = store.connection.driver_connection
    mark = "?" if store.dialect.name == "sqlite" else "%s"
    statement = f"DELETE FROM membership WHERE source = {mark} AND source_id = {mark}"
    cursor = driver.cursor()
    cursor.executemany(statement, keys)
    cursor.close()
