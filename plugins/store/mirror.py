"""The engine's view of the store: a columnar copy of the living records in a DuckDB file.

Derived, and thrown away at will: a mirror that does not fit the store is built anew. Deleted and absent records are
not in it; times are UTC timestamps. Refreshing copies only what changed since the last time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extensions
from sqlalchemy import func, select

from plugins.store.engine import Store, StoreError
from plugins.store.entities import ENTITIES
from plugins.store.kinds import plain_type
from plugins.store.tables import ENTITY_TABLES

SHAPE = "8"
MEMORY_LIMIT = "2GB"
WAIT_SECONDS = 120.0
LEFT_OUT = {"raw", "seen_at", "stream", "is_deleted"}
LEFT_OUT_OF = {
    "customer": {"email_given", "phone_given", "normaliser", "company"},
    "order_line": {
        "description",
        "gtin",
        "unit_minor",
        "list_minor",
        "discount_kind",
        "tax_basis_points",
        "return_reason",
    },
    "product": {"description", "url", "image_url"},
}
"""What no trait and no rule asks for stays in the store: half of a copy's cost is its columns."""
NUMBERED = "UPDATE customer SET n = rowid WHERE n IS DISTINCT FROM rowid"
DECISIONS = ("membership", "profile", "move", "decision", "field_lock")


def home(store: Store) -> Path:
    """Return the folder of what is derived: beside an SQLite store, or `ROTONDE_HOME` (default `.rotonde`)."""
    if store.is_sqlite:
        return store.path.parent
    return Path(os.environ.get("ROTONDE_HOME", ".rotonde"))


def spill_path(store: Store) -> str:
    """Return where an engine in memory may put what does not fit: left to itself it takes the working directory."""
    return str(home(store) / "spill")


def mirror_path(store: Store) -> Path:
    """Return the file of a store's mirror."""
    if store.is_sqlite:
        return store.path.with_suffix(".duckdb")
    digest = hashlib.sha256(str(store.engine.url.set(password=None)).encode()).hexdigest()[:12]
    return home(store) / f"mirror-{digest}.duckdb"


@contextmanager
def open_mirror(store: Store, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the mirror file; one process writes, and others wait for it."""
    path = mirror_path(store)
    path.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    with open_file(path, read_only=read_only) as connection:
        yield connection


@contextmanager
def open_file(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file of a mirror, or of a copy of one; it is for its owner only."""
    connection = _connect(path, read_only=read_only)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET force_compression = 'uncompressed'")  # what is derived is soon made anew
        connection.execute("SET checkpoint_threshold = '2GB'")  # written out once, when it is closed
        yield connection
    finally:
        connection.close()
        if path.exists():
            path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "autoinstall_known_extensions": "false",
    }
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only and path.exists(), config=config)
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() > deadline:
                raise StoreError("mirror: another process holds it; wait for the other run to end") from None
            time.sleep(0.2)


def rows(connection: duckdb.DuckDBPyConnection, sql: str, values: object = None) -> list[dict[str, Any]]:
    """Return what a query gives, each row by the names of its columns."""
    cursor = connection.execute(sql, values)
    names = [each[0] for each in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def refresh(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Bring the mirror up to the store, in one transaction."""
    newest = _newest(store)
    _attach(connection, store)
    connection.execute("SET force_compression = 'auto'")
    connection.execute("BEGIN")
    try:
        _shape(connection)
        for entity in ENTITIES:
            _copy(connection, store, entity, newest[entity])
        for table in DECISIONS:
            connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM origin.{table}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("DETACH origin")
        connection.execute("SET force_compression = 'uncompressed'")
    connection.execute(NUMBERED)  # a row has its number only when it is committed


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the next refresh build the mirror anew."""
    connection.execute("UPDATE mirrored SET shape = ''")


def _newest(store: Store) -> dict[str, int]:
    """Return each entity's newest change number, -1 for an empty one; what comes later is copied next time."""
    with store.reading() as reader:
        tables = ENTITY_TABLES.items()
        return {name: reader.execute(select(func.max(table.c.row_seq))).scalar() or -1 for name, table in tables}


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, store: Store, *, writes: bool = False) -> Iterator[None]:
    """Show the store itself to the engine, read-only unless it `writes`, as schema `origin`.

    An engine that has an `origin` already keeps it: a mirror of some persons alone has their rows of the store only.
    """
    if connection.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = 'origin'").fetchall():
        yield
        return
    _attach(connection, store, writes=writes)
    try:
        yield
    finally:
        connection.execute("DETACH origin")


def _attach(connection: duckdb.DuckDBPyConnection, store: Store, *, writes: bool = False) -> None:
    kind = "sqlite" if store.is_sqlite else "postgres"
    duckdb_extensions.import_extension(f"{kind}_scanner")
    connection.execute(f"LOAD {kind}_scanner")
    url = store.engine.url.set(drivername="postgresql")
    where = str(store.path) if store.is_sqlite else url.render_as_string(hide_password=False)
    connection.execute(
        f"ATTACH '{where.replace(chr(39), chr(39) * 2)}' AS origin (TYPE {kind}{'' if writes else ', READ_ONLY'})"
    )


def _shape(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables, or make them anew when they are of an older shape."""
    connection.execute("CREATE TABLE IF NOT EXISTS mirrored (entity TEXT PRIMARY KEY, row_seq BIGINT, shape TEXT)")
    if connection.execute("SELECT count(*) FROM mirrored WHERE shape <> ?", [_shape_of()]).fetchall()[0][0]:
        _empty(connection)
    for entity in ENTITIES:
        connection.execute(table_of(entity))


def _empty(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop all that is in the mirror, also what was derived: an older shape may have a table where we have a view."""
    for kind in ("view", "table"):
        found = connection.execute(
            f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE database_name = current_database() AND NOT internal "
            f"AND {kind}_name <> 'mirrored'"
        ).fetchall()
        for (name,) in found:
            connection.execute(f'DROP {kind} "{name}"')
    connection.execute("DELETE FROM mirrored")


def table_of(entity: str) -> str:
    """Return the CREATE TABLE of an entity's mirror; customers have a number `n` too, which joins faster than names."""
    columns = [f'"{name}" {kind}' for name, kind in mirrored_columns(entity)]
    numbers = ["n BIGINT"] if entity == "customer" else []
    return f'CREATE TABLE IF NOT EXISTS "{entity}" ({", ".join([*columns, *numbers])})'


def _shape_of() -> str:
    columns = {entity: mirrored_columns(entity) for entity in ENTITIES}
    return hashlib.sha256(f"{SHAPE}{columns}".encode()).hexdigest()[:16]


@cache
def mirrored_columns(entity: str) -> list[tuple[str, str]]:
    """Return the (name, DuckDB type) pairs that the mirror keeps of an entity."""
    kinds = {"datetime": "TIMESTAMP", "date": "DATE", "int": "BIGINT", "bool": "BOOLEAN"}
    fields = ENTITIES[entity].model_fields.items()
    return [
        (name, kinds.get(plain_type(field.annotation).__name__, "TEXT"))
        for name, field in fields
        if name not in LEFT_OUT | LEFT_OUT_OF.get(entity, set())
    ]


def _copy(connection: duckdb.DuckDBPyConnection, store: Store, entity: str, top: int) -> None:
    known = connection.execute("SELECT row_seq FROM mirrored WHERE entity = ?", [entity]).fetchall()
    since = known[0][0] if known else -1
    if top < since:  # another store, or an older copy of this one
        connection.execute(f'DELETE FROM "{entity}"')
        connection.execute("DELETE FROM mirrored WHERE entity = ?", [entity])
        since = -1
    if top <= since:
        return
    source = _changed(store, entity, since)
    if since >= 0:
        connection.execute(
            f'DELETE FROM "{entity}" USING (SELECT source, source_id FROM {source}) AS changed '
            f'WHERE "{entity}".source = changed.source AND "{entity}".source_id = changed.source_id'
        )
    fill(connection, entity, source)
    connection.execute("INSERT OR REPLACE INTO mirrored VALUES (?, ?, ?)", [entity, top, _shape_of()])


def fill(connection: duckdb.DuckDBPyConnection, entity: str, source: str) -> None:
    """Add the living records of a relation, which is as the store's table, to an entity's mirror."""
    columns = ", ".join(f'"{name}"' for name, _ in mirrored_columns(entity))
    values = ", ".join(f'TRY_CAST("{name}" AS {kind})' for name, kind in mirrored_columns(entity))
    connection.execute(
        f'INSERT INTO "{entity}" ({columns}) SELECT {values} FROM {source} '
        f"WHERE NOT CAST(is_deleted AS BOOLEAN) AND NOT CAST(is_absent AS BOOLEAN)"
    )


def _changed(store: Store, entity: str, since: int) -> str:
    if since < 0:
        return f'origin."{entity}"'
    function = "sqlite_query" if store.is_sqlite else "postgres_query"
    return f"""{function}('origin', 'SELECT * FROM "{entity}" WHERE row_seq > {since}')"""
