"""Golden fields locked by hand: the newest row about a field of a person holds, and goes where its record goes."""

from __future__ import annotations

import duckdb

BY_HAND = "by hand"
"""The source of a locked field; no connection has a name with a blank."""

LOCKED = """
CREATE OR REPLACE TABLE locked AS
WITH newest AS (
  SELECT p, field, value, is_locked, "at" FROM field_lock JOIN customer USING (source, source_id) JOIN placed USING (n)
  QUALIFY row_number() OVER (PARTITION BY p, field ORDER BY seq DESC) = 1
)
SELECT p, field, value, CAST("at" AS TIMESTAMP) AS "at" FROM newest WHERE CAST(is_locked AS BOOLEAN)
"""


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table `locked` (p, field, value, at) of what the mirror's `field_lock` says of everybody."""
    connection.execute(LOCKED)


def locked_fields(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the fields that are locked for anybody."""
    return frozenset(field for (field,) in connection.execute("SELECT DISTINCT field FROM locked").fetchall())
