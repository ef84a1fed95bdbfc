"""DuckDB's bare work on a table of source records: scan, normalise, token table, hash join. Finds nobody.

`python -m bench.identity.floor RECORDS.parquet`
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from mappers.identity import normal

KINDS = ("email", "phone", "card", "login", "client", "receipt", "social", "alias")


def main(records: Path) -> None:
    """Do what no way of telling who is who can do without."""
    with duckdb.connect() as connection:
        texts = ", ".join(each if each != "customer_no" else "NULL::TEXT AS customer_no" for each in normal.TEXTS)
        connection.execute(
            f"CREATE TABLE arrived AS SELECT row_number() OVER () - 1 AS n, record_id, {texts}, false AS is_decided "
            f"FROM read_parquet('{records}')"
        )
        normal.call(connection)
        normal.normalise(connection)
        tokens = " UNION ALL ".join(
            f"SELECT n, '{kind}' AS kind, {kind} AS value FROM normal WHERE {kind} IS NOT NULL" for kind in KINDS
        )
        connection.execute(f"CREATE TABLE token AS {tokens}")
        counts = "SELECT kind, value, count(*) AS many FROM token GROUP BY ALL"
        connection.execute(f"SELECT count(*), sum(many) FROM token JOIN ({counts}) USING (kind, value)").fetchall()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
