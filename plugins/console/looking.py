"""The derived tables as of the last resolve, kept open for many readers; a newer copy takes over by itself."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import duckdb

from plugins.store.engine import Store, StoreError
from plugins.store.mirror import rows
from plugins.store.shown import shown_path

MEMORY_LIMIT = "64MB"
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": MEMORY_LIMIT, "threads": 1, "autoinstall_known_extensions": "false",
}  # fmt: skip
Version = tuple[int, int]


class Looking:
    """Answers questions about the copy; each question on a cursor of its own."""

    def __init__(self, store: Store) -> None:
        self._path = shown_path(store)
        self._turn = threading.Lock()
        self._open: tuple[Version, duckdb.DuckDBPyConnection] | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether anything was resolved yet."""
        return self._path.exists()

    @property
    def version(self) -> Version:
        """Return what tells this copy from others; raises StoreError where there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise StoreError("store: nothing is resolved yet; run 'rotonde sync' first") from None
        return found.st_ino, found.st_mtime_ns

    def rows(self, sql: str, values: object = None) -> list[dict[str, Any]]:
        """Return what a query gives, each row by the names of its columns."""
        with self.cursor() as cursor:
            return rows(cursor, sql, values)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor on the newest copy; raises StoreError where there is none."""
        with self._turn:
            cursor = self._newest().cursor()
        cursor.execute("USE shown")
        return cursor

    def _newest(self) -> duckdb.DuckDBPyConnection:
        version = self.version
        if self._open is None or self._open[0] != version:
            self._open = (version, _opened(str(self._path)))  # cursors that are still out keep the copy before
        return self._open[1]


def _opened(path: str) -> duckdb.DuckDBPyConnection:
    """Open the file in an engine of its own: opened by its path it would be the one before."""
    spill = str(Path(path).with_name("spill"))  # what does not fit in memory is as private as the copy
    engine = duckdb.connect(":memory:", config={**CONFIG, "temp_directory": spill})
    engine.execute("SET GLOBAL TimeZone = 'UTC'")
    engine.execute(f"ATTACH '{path.replace(chr(39), chr(39) * 2)}' AS shown (READ_ONLY)")
    return engine
