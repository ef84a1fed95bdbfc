"""The derived tables as of the last resolve, kept open for many readers; a newer copy takes over by itself."""

from __future__ import annotations

import threading
from typing import Any

import duckdb

from plugins.store.engine import Store, StoreError
from plugins.store.mirror import rows
from plugins.store.shown import shown_path

MEMORY_LIMIT = "128MB"
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": MEMORY_LIMIT, "threads": 1, "autoinstall_known_extensions": "false", "TimeZone": "UTC",
}  # fmt: skip


class Looking:
    """Answers questions about the copy; each question on a cursor of its own."""

    def __init__(self, store: Store) -> None:
        self._path = shown_path(store)
        self._turn = threading.Lock()
        self._open: tuple[tuple[int, int], duckdb.DuckDBPyConnection] | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether anything was resolved yet."""
        return self._path.exists()

    def rows(self, sql: str, values: object = None) -> list[dict[str, Any]]:
        """Return what a query gives, each row by the names of its columns."""
        with self.cursor() as cursor:
            return rows(cursor, sql, values)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor on the newest copy; raises StoreError where there is none."""
        with self._turn:
            return self._newest().cursor()

    def _newest(self) -> duckdb.DuckDBPyConnection:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise StoreError("store: nothing is resolved yet; run 'rotonde sync' first") from None
        version = (found.st_ino, found.st_mtime_ns)
        if self._open is None or self._open[0] != version:
            # cursors that are still out keep the copy before open until they are done
            self._open = (version, duckdb.connect(str(self._path), read_only=True, config=CONFIG))
        return self._open[1]
