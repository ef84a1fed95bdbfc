"""Where each person stands in what was derived: so that a look at one reads rows, and not tables."""

from __future__ import annotations

import duckdb

KEYS = {
    "person": ("profile_id", "TEXT"),
    "trait": ("profile_id", "TEXT"),
    "consent_verdict": ("profile_id", "TEXT"),
    "winner": ("p", "BIGINT"),
    "act": ("p", "BIGINT"),
    "follower": ("p", "BIGINT"),
}
"""By what the rows of a person are found in each table."""
TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary"
# In the order of the hashes: the engine keeps the least and the greatest of each part, and opens the one it needs.
LAID = """
CREATE OR REPLACE TABLE {table}_place AS
SELECT hash({key}::{kind}) AS h, rowid AS n FROM {table} ORDER BY h
"""
PLACE = "SELECT n FROM {table}_place WHERE h = hash(?::{kind}) ORDER BY n"


def lay(connection: duckdb.DuckDBPyConnection) -> None:
    """Note where persons stand; holds as long as the rows are not changed."""
    there = {name for (name,) in connection.execute(TABLES).fetchall()}
    for table in KEYS.keys() & there:
        key, kind = KEYS[table]
        connection.execute(LAID.format(table=table, key=key, kind=kind))


def of_one(cursor: duckdb.DuckDBPyConnection, table: str, key: str | int) -> str:
    """Return what stands for a table in FROM, with the rows of one person alone; `$key` is to be bound to their key.

    Where it was not noted, in a copy of an older version, it is found by a walk through the table.
    """
    column, kind = KEYS[table]
    mine = f"SELECT * FROM {table} WHERE {column} = $key"
    try:
        found = cursor.execute(PLACE.format(table=table, kind=kind), [key]).fetchall()
    except duckdb.CatalogException:
        return f"({mine}) AS {table}"
    # one by one: the engine goes straight to a single number, and reads the whole table for a list of them
    each = [f"{mine} AND rowid = {n}" for (n,) in found] or [f"{mine} AND false"]
    return f"({' UNION ALL '.join(each)}) AS {table}"
