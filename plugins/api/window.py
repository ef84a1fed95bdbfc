"""What the last resolve came to, for a process that serves: one small view, changed when there is a newer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from plugins.store.engine import Store
from plugins.store.shown import shown_path

MEMORY_LIMIT = "128MB"
Version = tuple[int, int]


class Window:
    """Looks at the shown copy of the mirror with a cursor for each who looks."""

    def __init__(self, store: Store) -> None:
        self.path = shown_path(store)
        self._turn = threading.Condition()
        self._lookers = 0
        self._version: Version | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def looking(self) -> Iterator[duckdb.DuckDBPyConnection | None]:
        """Give a cursor on the newest copy; None where nothing was resolved yet."""
        cursor = self._open()
        try:
            yield cursor
        finally:
            if cursor is not None:
                cursor.close()
            with self._turn:
                self._lookers -= 1
                self._turn.notify_all()

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return what a query gives; nothing where nothing was resolved yet."""
        with self.looking() as cursor:
            return [] if cursor is None else cursor.execute(sql, values).fetchall()

    def _open(self) -> duckdb.DuckDBPyConnection | None:
        with self._turn:
            newest = self._newest()
            if newest != self._version:
                # the engine takes two files of one name for the same one: the older must be let go first
                self._turn.wait_for(lambda: not self._lookers)
                self._change(self._newest())
            self._lookers += 1
            return self._connection.cursor() if self._connection else None

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


def _connect(path: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT, "threads": 1, "autoinstall_known_extensions": "false",
    }  # fmt: skip
    connection = duckdb.connect(path, read_only=True, config=config)
    connection.execute("SET TimeZone = 'UTC'")
    return connection
