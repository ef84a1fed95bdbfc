"""Where each profile stands in the tables of a view: so that a look-up reads a row and not a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np

TABLES = ("trait", "consent_verdict")
Place = tuple[Any, Any]
"""Sorted hashes of profile ids, and the numbers of their rows."""


def places(cursor: duckdb.DuckDBPyConnection) -> Mapping[str, Place]:
    """Return where profiles stand: twelve bytes a row."""
    found = {}
    for table in TABLES:
        columns = cursor.execute(f"SELECT hash(profile_id) AS h, rowid AS n FROM {table}").fetchnumpy()
        order = np.argsort(columns["h"], kind="stable")
        found[table] = (columns["h"][order], columns["n"][order].astype(np.int32))
    return found


def rows_of(
    cursor: duckdb.DuckDBPyConnection, known: Mapping[str, Place], table: str, columns: str, profile_id: str
) -> list[tuple[Any, ...]]:
    """Return the rows of a profile; by a walk through the table where it is not known yet where they are."""
    query = f"SELECT {columns} FROM {table} WHERE profile_id = ?"
    if table not in known:
        return cursor.execute(query, [profile_id]).fetchall()
    hashes, numbers = known[table]
    ((key,),) = cursor.execute("SELECT hash(?::TEXT)", [profile_id]).fetchall()
    wanted = np.uint64(key)
    first, last = (int(np.searchsorted(hashes, wanted, side)) for side in ("left", "right"))
    # one row at a time: the engine goes straight to a single number, and reads the whole table for a list of them
    each = [cursor.execute(f"{query} AND rowid = ?", [profile_id, int(n)]).fetchall() for n in numbers[first:last]]
    return [row for rows in each for row in rows]
