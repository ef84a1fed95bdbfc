"""What the last resolve came to, for a process that serves: one small view, changed when there is a newer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from plugins.store.engine import Store
from plugins.store.places import of_one
from plugins.store.shown import shown_path

MEMORY_LIMIT = "64MB"
COLUMNS = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'trait' AND NOT internal"
HEARD = "SELECT row_seq FROM mirrored WHERE entity = 'consent'"
Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class View:
    """One look at the copy; without one there is nothing to see."""

    cursor: duckdb.DuckDBPyConnection | None
    columns: frozenset[str]
    """The traits that there are."""
    heard: int | None
    """The change number up to which it knows what was said of consent."""

    def rows(self, sql: str, values: object = None) -> list[tuple[Any, ...]]:
        """Return what a query gives."""
        return self.cursor.execute(sql, values).fetchall() if self.cursor else []

    def of_profile(self, table: str, columns: str, profile_id: str) -> list[tuple[Any, ...]]:
        """Return the rows of a profile in a table of `places.KEYS`."""
        if self.cursor is None:
            return []
        return self.rows(f"SELECT {columns} FROM {of_one(self.cursor, table, profile_id)}", {"key": profile_id})


class Window:
    """Looks at the shown copy of the mirror with a cursor for each who looks; nobody looks while they look."""

    def __init__(self, store: Store) -> None:
        self.path = shown_path(store)
        self._turn = threading.Condition()
        self._lookers = 0
        self._version: Version | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._columns: frozenset[str] = frozenset()
        self._heard: int | None = None

    @contextmanager
    def looking(self) -> Iterator[View]:
        """Give a view of the newest copy."""
        view = self._open()
        try:
            yield view
        finally:
            if view.cursor is not None:
                view.cursor.close()
            with self._turn:
                self._lookers -= 1
                self._turn.notify_all()

    def _open(self) -> View:
        with self._turn:
            newest = self._newest()
            if newest != self._version:
                # the engine takes two files of one name for the same one: the older must be let go first
                self._turn.wait_for(lambda: not self._lookers)
                self._change(self._newest())
            self._lookers += 1
            cursor = self._connection.cursor() if self._connection else None
            return View(cursor, self._columns, self._heard)

    def _newest(self) -> Version | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _change(self, version: Version | None) -> None:
        if version == self._version:
            return
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        if version is not None:
            self._connection = _connect(str(self.path))
        self._version = version
        found, heard = ([self._connection.execute(each).fetchall() for each in (COLUMNS, HEARD)]
                        if self._connection else ([], []))  # fmt: skip
        self._columns = frozenset(name for (name,) in found)
        self._heard = next((number for (number,) in heard), None)


def _connect(path: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT, "threads": 1, "autoinstall_known_extensions": "false",
    }  # fmt: skip
    connection = duckdb.connect(path, read_only=True, config=config)
    connection.execute("SET TimeZone = 'UTC'")
    return connection
