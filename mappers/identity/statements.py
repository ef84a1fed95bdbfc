"""What the engine asks of a database: DuckDB's own connection gives it, and `spark.Spark`."""

from __future__ import annotations

from typing import Any, Protocol


class Found(Protocol):
    """What a query found."""

    def fetchall(self) -> list[Any]:
        """Return its rows."""

    def fetchnumpy(self) -> dict[str, Any]:
        """Return its columns, as numpy arrays."""


class Statements(Protocol):
    """Takes statements in DuckDB's dialect; columns can be shown to it as a table."""

    def execute(self, query: str, parameters: Any = None, /) -> Found:
        """Do one or more statements and return what the last one found."""

    def register(self, view_name: str, python_object: object, /) -> Any:
        """Show a dict of numpy arrays as a table."""

    def unregister(self, view_name: str, /) -> Any:
        """Show it no more."""


def hashed(*columns: str) -> str:
    """Return SQL for a hash of some columns: a whole number from 0 below 2^63."""
    return f"CAST(hash({', '.join(columns)}) >> 1 AS BIGINT)"
