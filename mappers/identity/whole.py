"""The whole resolve, where the rules say: in DuckDB, or on Spark with the same answer."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from mappers.identity import engine


class SparkError(Exception):
    """Spark cannot be used: why, and what to do."""


def make(
    connection: duckdb.DuckDBPyConnection, rules: engine.Rules, step: Callable[[str], None] = lambda _name: None
) -> None:
    """Resolve everything that arrived, from nothing, as `engine.make` says; raises SparkError."""
    if rules.engine == "duckdb":
        engine.make(connection, rules, step)
        return
    try:
        from mappers.identity import spark  # half a gigabyte that only those need who choose it
    except ModuleNotFoundError:
        raise SparkError("engine: Spark is not installed here; run 'make spark', or choose duckdb") from None
    spark.make(connection, rules, step)
