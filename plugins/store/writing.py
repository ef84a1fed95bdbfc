"""Bulk upsert: the newest statement wins, by a total order, on both databases."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, Text, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from plugins.store.codec import Codec, Row, best_of
from plugins.store.tables import ENTITY_TABLES, snapshot


def _quoted(name: str) -> str:
    return f'"{name}"'


def insert_of(connection: Connection) -> Any:
    """Return the dialect's INSERT, which knows ON CONFLICT; only the dialect in use is loaded."""
    return importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert


def _upsert(codec: Codec, source: str) -> str:
    """Return INSERT … ON CONFLICT; `source` is what follows the column list.

    The row changes only for a newer statement; `row_seq` moves only when the content did.
    """
    table = _quoted(codec.entity)
    columns = [*codec.columns, "is_absent", "row_seq"]
    keys = {"source", "source_id", "seen_at", "is_absent", "row_seq"}
    sets = [f"{_quoted(name)} = excluded.{_quoted(name)}" for name in columns if name not in keys]
    newest = f"CASE WHEN excluded.seen_at > {table}.seen_at THEN excluded.seen_at ELSE {table}.seen_at END"
    sets.append(f"seen_at = {newest}")
    sets.append(
        f"row_seq = CASE WHEN excluded.content_hash <> {table}.content_hash "
        f"THEN excluded.row_seq ELSE {table}.row_seq END"
    )
    return (
        f"INSERT INTO {table} ({', '.join(map(_quoted, columns))}) {source} "
        f"ON CONFLICT (source, source_id) DO UPDATE SET {', '.join(sets)} "
        f"WHERE (coalesce(excluded.changed_at, ''), excluded.stated_at, excluded.content_hash) "
        f"> (coalesce({table}.changed_at, ''), {table}.stated_at, {table}.content_hash)"
    )


def upsert(connection: Connection, codec: Codec, rows: Sequence[Row], row_seq: int) -> None:
    """Write rows (in the order of `codec.columns`) as the newest statements, all stamped `row_seq`.

    Afterwards a row's `seen_at` is the latest sighting of its key, and `is_absent` tells whether the newest sealed
    snapshot of its stream began after that.
    """
    unique = best_of(rows, codec)
    if connection.dialect.name == "sqlite":
        _upsert_sqlite(connection, codec, unique, row_seq)
    else:
        _upsert_postgres(connection, codec, unique, row_seq)


def _upsert_sqlite(connection: Connection, codec: Codec, rows: list[Row], row_seq: int) -> None:
    driver: Any = connection.connection.driver_connection
    table = _quoted(codec.entity)
    marks = ", ".join("?" for _ in codec.columns)
    written = driver.executemany(_upsert(codec, f"VALUES ({marks}, false, {row_seq:d})"), rows).rowcount
    source, source_id = codec.key
    if written < len(rows):  # what lost against a newer statement was seen all the same
        driver.executemany(
            f"UPDATE {table} SET seen_at = ?1 WHERE source = ?2 AND source_id = ?3 AND seen_at < ?1",
            [(row[codec.seen_at], row[source], row[source_id]) for row in rows],
        )
    if scopes := _sealed(connection, codec, {(row[source], row[codec.stream]) for row in rows}):
        driver.executemany(
            f"UPDATE {table} SET is_absent = NOT is_absent, row_seq = ?1 WHERE source = ?2 AND source_id = ?3 "
            f"AND is_absent <> (seen_at < {_SEALED.format(table=table, entity='?4')})",
            [(row_seq, row[source], row[source_id], codec.entity) for row in rows if row[source] in scopes],
        )


def _upsert_postgres(connection: Connection, codec: Codec, rows: list[Row], row_seq: int) -> None:
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(map(_quoted, [*codec.columns, "is_absent", "row_seq"]))
    table = _quoted(codec.entity)
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {columns} FROM {table} WHERE false")
        with cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([*row, False, row_seq])
        cursor.execute(_upsert(codec, f"SELECT {columns} FROM incoming ORDER BY source, source_id"))
        same = f"{table}.source = incoming.source AND {table}.source_id = incoming.source_id"
        cursor.execute(
            f"UPDATE {table} SET seen_at = incoming.seen_at FROM incoming WHERE {same} "
            f"AND {table}.seen_at < incoming.seen_at"
        )
        sealed = _SEALED.format(table=table, entity="%s")
        cursor.execute(
            f"UPDATE {table} SET is_absent = NOT {table}.is_absent, row_seq = %s FROM incoming WHERE {same} "
            f"AND {table}.is_absent <> ({table}.seen_at < {sealed})",
            (row_seq, codec.entity),
        )
        cursor.execute("DROP TABLE incoming")


_SEALED = (
    "coalesce((SELECT sealed_from FROM snapshot WHERE snapshot.source = {table}.source "
    "AND snapshot.stream = {table}.stream AND snapshot.entity = {entity}), '')"
)


def _sealed(connection: Connection, codec: Codec, scopes: set[tuple[str, str]]) -> set[str]:
    """Return the sources that have a sealed snapshot of this entity: only there can a row be absent."""
    found = connection.execute(select(snapshot.c.source).where(snapshot.c.entity == codec.entity).distinct())
    return {row.source for row in found} & {source for source, _ in scopes}


def seal(connection: Connection, entity: str, source: str, stream: str, sealed_from: str, row_seq: int) -> None:
    """Note that a snapshot begun at `sealed_from` was read to its end: what it lacks is absent."""
    values = {"source": source, "stream": stream, "entity": entity, "sealed_from": sealed_from}
    statement = insert_of(connection)(snapshot).values(**values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["source", "stream", "entity"],
            set_={"sealed_from": statement.excluded.sealed_from},
            where=snapshot.c.sealed_from < statement.excluded.sealed_from,
        )
    )
    table = ENTITY_TABLES[entity]
    scope = (table.c.source == source) & (table.c.stream == stream)
    newest = (
        select(snapshot.c.sealed_from)
        .where(snapshot.c.source == source, snapshot.c.stream == stream, snapshot.c.entity == entity)
        .scalar_subquery()
    )
    connection.execute(
        update(table)
        .where(scope, table.c.is_absent.is_(False), table.c.seen_at < newest)
        .values(is_absent=True, row_seq=row_seq)
    )


def alive(connection: Connection, entity: str, source: str, stream: str) -> int:
    """Return how many records of a stream the store holds that are neither deleted nor absent."""
    table = ENTITY_TABLES[entity]
    scope = (table.c.source == source) & (table.c.stream == stream)
    standing = table.c.is_absent.is_(False) & table.c.is_deleted.is_(False)
    return int(connection.execute(select(func.count()).select_from(table).where(scope, standing)).scalar_one())


def bulk_insert(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows with the driver's own bulk path."""
    if not rows:
        return
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(map(_quoted, names))
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in names)
        driver.executemany(f"INSERT INTO {_quoted(table.name)} ({columns}) VALUES ({marks})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {_quoted(table.name)} ({columns}) FROM STDIN") as copy:
        for each in rows:
            copy.write_row(each)


def bulk_update(
    connection: Connection, table: Table, key: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Change many rows: each has the values of `names`, then that of `key`."""
    if not rows:
        return
    driver: Any = connection.connection.driver_connection
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    values = ", ".join(f"{_quoted(name)} = {mark}" for name in names)
    statement = f"UPDATE {_quoted(table.name)} SET {values} WHERE {_quoted(key)} = {mark}"
    if is_sqlite:
        driver.executemany(statement, rows)
        return
    with driver.cursor() as cursor:
        cursor.executemany(statement, rows)


def any_of(connection: Connection, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these texts, however many: they are one bound value."""
    if len(values) == 1:
        return column == values[0]
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(list(values), ARRAY(Text)))
