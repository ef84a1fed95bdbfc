"""What was derived of each person, in a file that finds it by their id: for those who ask about one at a time.

The copy for those who look (plugins.store.shown) keeps columns, and is for questions about everybody. This file keeps
rows: a table for each of `TABLES`, found by its key, each row one JSON array of the values.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extensions

from plugins.store.engine import Store, StoreError
from plugins.store.mirror import mirror_path

Row = dict[str, Any]
Key = str | int
MOST_KEYS = 500
"""So many keys are asked for at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """A table of the file."""

    of: str
    """The table of the mirror that it needs; where that is missing there is nothing to tell."""
    key: str
    """The column by which it is asked for."""
    sql: str


OF_PERSON = "SELECT profile_id, {0}.* EXCLUDE (p) FROM {0} JOIN person USING (p)"
RECORDS = "FROM assigned JOIN record ON record_id = source || chr(31) || source_id JOIN unit USING (h)"
# Blocks that say something: of two nodes at least, and not of too many.
FIT = """
SELECT k, min(most) AS most, list(x ORDER BY x) AS nodes FROM block GROUP BY k HAVING count(*) BETWEEN 2 AND min(most)
"""
# Whose order a code was redeemed in, where that is known; an order that came to nothing used no code.
USED = """
SELECT DISTINCT upper(trim(used.code)) AS code, person.profile_id FROM voucher AS used
LEFT JOIN "order" AS o ON o.source = used.source AND o.source_id = used.order_id
LEFT JOIN customer ON customer.source = used.source AND customer.source_id = used.customer_id
LEFT JOIN placed ON placed.n = customer.n LEFT JOIN person ON person.p = placed.p
WHERE used.kind = 'redemption' AND used.code IS NOT NULL
  AND coalesce(o.status, '') NOT IN ('cancelled', 'failed', 'checkout-draft')
"""
TABLES = {
    "person": Told("person", "profile_id", "FROM person"),
    "golden": Told("winner", "profile_id", "FROM golden"),
    "trait": Told("trait", "profile_id", "FROM trait"),
    "consent_verdict": Told("consent_verdict", "profile_id", "FROM consent_verdict"),
    "act": Told("act", "profile_id", OF_PERSON.format("act")),
    "declaration": Told("declaration", "d", "FROM declaration"),
    "follower": Told("follower", "profile_id", OF_PERSON.format("follower")),
    "node_of": Told("unit", "profile_id", f"SELECT DISTINCT profile_id, x {RECORDS}"),
    "record": Told("unit", "x", f"SELECT x, assigned.n, source, source_id, profile_id, record_id, record.h {RECORDS}"),
    "unit": Told("unit", "x", "FROM unit"),
    "blocked_node": Told("unit", "x", "FROM node SEMI JOIN covered USING (x)"),
    "blocked": Told("unit", "value", "FROM blocked"),
    "scored": Told("unit", "a", "FROM scored"),
    "ruled": Told("unit", "a", "FROM ruled"),
    "attached": Told("unit", "x", "FROM attached"),
    "block": Told("unit", "k", FIT),
    "block_of": Told("unit", "x", f"SELECT unnest(nodes) AS x, k FROM ({FIT})"),
    "rules": Told("unit", "key", "SELECT 1 AS key, said, (SELECT count(*) FROM unit WHERE is_named) AS named "
                                 "FROM grouped_by"),
    "used": Told("voucher", "code", USED),
    "heard": Told("mirrored", "entity", "SELECT entity, row_seq FROM mirrored"),
}  # fmt: skip
"""What may be asked; `node_of` to `rules` are what the explanation of a person needs."""
THERE = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary"
READ: Mapping[str, Callable[[str], Any]] = {
    "DATE": date.fromisoformat, "TIMESTAMP": datetime.fromisoformat, "TIMESTAMP WITH TIME ZONE": datetime.fromisoformat,
}  # fmt: skip


def people_path(store: Store) -> Path:
    """Return the file."""
    path = mirror_path(store)
    return path.with_name(f"{path.stem}-people.db")


def is_told(store: Store) -> bool:
    """Tell whether there is anything to ask yet."""
    return people_path(store).exists()


def tell(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Put what the mirror has come to in the place of what was told before; the file is for its owner only."""
    path = people_path(store)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fresh.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        _write(connection, str(fresh))
        with closing(sqlite3.connect(fresh)) as file, file:
            for name in TABLES:
                file.execute(f"CREATE INDEX by_{name} ON {name} (key)")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
        fresh.with_name(f"{fresh.name}-journal").unlink(missing_ok=True)


def _write(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    duckdb_extensions.import_extension("sqlite_scanner")
    connection.execute("LOAD sqlite_scanner")
    connection.execute(f"ATTACH '{path.replace(chr(39), chr(39) * 2)}' AS people (TYPE sqlite)")
    try:
        there = {name for (name,) in connection.execute(THERE).fetchall()}
        connection.execute("CREATE TABLE people.shape (name TEXT, columns TEXT)")
        for name, each in TABLES.items():
            columns = _columns(connection, each.sql) if each.of in there else {each.key: "BIGINT"}
            kind = "BIGINT" if columns[each.key].endswith("INT") or columns[each.key] == "INTEGER" else "TEXT"
            connection.execute(f"CREATE TABLE people.{name} (key {kind}, told TEXT)")
            connection.execute("INSERT INTO people.shape VALUES (?, ?)", [name, json.dumps(columns)])
            if each.of in there:
                values = ", ".join(f'"{column}"' for column in columns)
                connection.execute(
                    f'INSERT INTO people.{name} SELECT "{each.key}", json_array({values}) FROM ({each.sql})'
                )
    finally:
        connection.execute("DETACH people")


def _columns(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}


@contextmanager
def open_people(store: Store) -> Iterator[Derived]:
    """Open the file to ask; raises StoreError where nothing was resolved yet."""
    if not is_told(store):
        raise StoreError("store: nothing is resolved yet; run 'rotonde sync' first")
    # it is put in its place whole, and never written again
    where = f"{people_path(store).resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(where, uri=True, check_same_thread=False)) as file:
        yield Derived(file)


def told_of(store: Store, table: str, *keys: Key) -> list[Row]:
    """Return what is told of some keys; nothing where nothing was resolved yet."""
    if not (keys and is_told(store)):
        return []
    with open_people(store) as derived:
        return derived.rows(table, *keys)


class Derived:
    """What there is to know of persons, as of one resolve."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    @cached_property
    def kinds(self) -> dict[str, dict[str, str]]:
        """Return of each table its columns, each with the engine's name for its kind."""
        return {name: json.loads(columns) for name, columns in self._file.execute("SELECT name, columns FROM shape")}

    def rows(self, table: str, *keys: Key) -> list[Row]:
        """Return the rows of some keys, in the order in which the engine had them; moments are in UTC."""
        reads = [(name, READ.get(kind)) for name, kind in self.kinds[table].items()]
        return [
            {name: value if read is None or value is None else read(value)
             for (name, read), value in zip(reads, row, strict=True)}
            for row in self._told(table, keys)
        ]  # fmt: skip

    def lay(
        self, engine: duckdb.DuckDBPyConnection, name: str, table: str, keys: Iterable[Key],
        columns: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Lay the rows of some keys before an engine, as a temporary table of these columns; of all, where none are."""
        kinds = self.kinds[table]
        told = [dict(zip(kinds, row, strict=True)) for row in self._told(table, list(keys))]
        lay(engine, f"TEMP TABLE {name}", {each: kinds[each] for each in columns or kinds}, told)

    def _told(self, table: str, keys: Sequence[Key]) -> Iterator[list[Any]]:
        for first in range(0, len(keys), MOST_KEYS):
            some = keys[first : first + MOST_KEYS]
            marks = ", ".join("?" * len(some))
            for (told,) in self._file.execute(
                f"SELECT told FROM {table} WHERE key IN ({marks}) ORDER BY rowid", some
            ):  # fmt: skip
                yield json.loads(told)


def lay(
    engine: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Make a table (`TABLE a`, `TEMP TABLE a`) of these columns of a few rows, handed over as one JSON value."""
    shape = json.dumps([dict.fromkeys(kinds, "VARCHAR")])
    values = ", ".join(f'CAST(row."{name}" AS {kind}) AS "{name}"' for name, kind in kinds.items())
    said = json.dumps([{name: row[name] for name in kinds} for row in rows])
    told = "SELECT unnest(from_json(?::JSON, ?)) AS row"
    engine.execute(f"CREATE {table} AS SELECT {values} FROM ({told})", [said, shape])
