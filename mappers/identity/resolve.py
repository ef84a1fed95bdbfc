"""Identity resolution: identifier hubs with limits, split by name, then connected components.

Runs in DuckDB over the mirror, on its record numbers (`customer.n`). Leaves the tables `tie` (which knot, a usable
identifier value and the part of its holders that belong together, holds which record), `pair` (two records tied by
something else), `blocked` (values that tie nobody, and why) and the view `component` (record -> group).

What we wrote into a channel comes back when it is read. Such an echo is no evidence: table `echo` (source, source_id,
owner_source, owner_id) ties it to a record of the person it was written for, and its identifiers join nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an identifier is trusted; more records or surnames than this, and it links nobody."""

    priority: int
    max_records: int
    max_surnames: int
    splits_by_initial: bool
    """Records with different initials stay apart; nameless ones join only where there is one group."""


DEFAULT_LIMITS: dict[str, Limits] = {
    "card": Limits(1, 12, 2, splits_by_initial=True),
    "customer_number": Limits(2, 12, 2, splits_by_initial=True),
    "email": Limits(3, 30, 4, splits_by_initial=True),
    "phone": Limits(4, 12, 2, splits_by_initial=True),
}
KINDS = ("card", "customer_number", "email", "phone")
"""Columns of `customer` that identify a person."""
QUALITY = {"card": "card_quality", "email": "email_quality", "phone": "phone_quality"}
USABLE = {
    kind: f"SELECT n, {kind} AS value, initial, name_key FROM customer WHERE {kind} IS NOT NULL "
    + (f"AND {QUALITY[kind]} = 'ok' " if kind in QUALITY else "")
    + "AND n NOT IN (SELECT n FROM echoed)"
    for kind in KINDS
}
NO_ECHO = "CREATE TABLE IF NOT EXISTS echo (source TEXT, source_id TEXT, owner_source TEXT, owner_id TEXT)"
ECHOED = """
CREATE OR REPLACE TABLE echoed AS
SELECT customer.n, owner.n AS owner FROM echo JOIN customer USING (source, source_id)
LEFT JOIN customer AS owner ON owner.source = owner_source AND owner.source_id = owner_id
"""
LETTERS = """
CREATE OR REPLACE TEMP TABLE letter AS
SELECT row_number() OVER (ORDER BY initial) AS code, initial FROM (SELECT DISTINCT initial FROM customer)
WHERE initial IS NOT NULL
"""
EMPTY = """
CREATE OR REPLACE TEMP TABLE tied (n BIGINT, kind UTINYINT, priority INT, knot BIGINT, is_nameless BOOLEAN);
CREATE OR REPLACE TABLE blocked (kind TEXT, value TEXT, reason TEXT)
"""

# One kind of identifier: what its values are shared by. `part` is set where all who are named begin alike.
HUBS = """
CREATE OR REPLACE TEMP TABLE hub AS
WITH usable AS ({usable}), shared AS (
  SELECT value, count(*) AS records, min(initial) AS lo, max(initial) AS hi FROM usable
  GROUP BY value HAVING count(*) > 1
), crowd AS (
  SELECT value, count(DISTINCT name_key) AS surnames FROM usable SEMI JOIN (
    SELECT value FROM shared WHERE records > {max_surnames} AND records <= {max_records}) USING (value) GROUP BY value
)
SELECT row_number() OVER () AS h, value, lo IS NOT DISTINCT FROM hi AS is_alike, lo,
       CASE WHEN records > {max_records} THEN 'more than {max_records} records'
            WHEN surnames > {max_surnames} THEN 'more than {max_surnames} surnames' END AS blocked
FROM shared LEFT JOIN crowd USING (value)
"""
BLOCKED = "INSERT INTO blocked SELECT $kind, value, blocked FROM hub WHERE blocked IS NOT NULL"

# A knot's number: kind, value, and the letter of those it holds, where names split the value's holders.
TIED = """
INSERT INTO tied
WITH usable AS ({usable}), placed AS (
  SELECT n, h, usable.initial IS NULL AS is_nameless,
         {part} AS part
  FROM usable JOIN hub USING (value) LEFT JOIN letter ON letter.initial = coalesce(usable.initial, lo)
  WHERE blocked IS NULL
)
SELECT n, {place}, {priority}, ({place}::BIGINT << 56) + (h << 24) + part, is_nameless FROM placed
WHERE part IS NOT NULL
"""
SPLIT = "CASE WHEN usable.initial IS NOT NULL OR is_alike THEN coalesce(code, 0) END"

# A record without a name goes by its best identifier only: through two it could tie two named persons together.
TIES = """
CREATE OR REPLACE TABLE tie AS
SELECT n, kind, knot FROM tied WHERE NOT is_nameless
UNION ALL
SELECT n, kind, knot FROM tied WHERE is_nameless
QUALIFY row_number() OVER (PARTITION BY n ORDER BY priority, kind) = 1
"""
PAIRS = """
CREATE OR REPLACE TABLE pair AS
SELECT winner.n AS a, loser.n AS b, 'merged_at_source' AS kind, loser.merged_into AS value
FROM customer AS loser JOIN customer AS winner ON winner.source = loser.source AND winner.source_id = loser.merged_into
UNION ALL
SELECT owner, n, 'written_by_us', email FROM echoed JOIN customer USING (n) WHERE owner IS NOT NULL
"""
COMPONENTS = """
CREATE OR REPLACE VIEW component AS
SELECT grouped.n, label, source, source_id, echoed.n IS NOT NULL AS is_echo
FROM grouped JOIN customer USING (n) LEFT JOIN echoed USING (n)
"""


def edge_view() -> str:
    """Return the view `edge`: which identifier value holds which record, by knot."""
    values = " ".join(f"WHEN {place} THEN {kind}" for place, kind in enumerate(KINDS))
    names = " ".join(f"WHEN {place} THEN '{kind}'" for place, kind in enumerate(KINDS))
    return (
        f"CREATE OR REPLACE VIEW edge AS SELECT n, knot, CASE kind {names} END AS kind, "
        f"CASE kind {values} END AS value FROM tie JOIN customer USING (n)"
    )


def resolve(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, Limits] = DEFAULT_LIMITS) -> None:
    """Group the customer records of the mirror; any order of arrival gives the same groups."""
    for statement in (NO_ECHO, ECHOED, LETTERS, EMPTY):
        connection.execute(statement)
    for kind, each in limits.items():
        _tie(connection, kind, each)
    for statement in (TIES, PAIRS, edge_view()):
        connection.execute(statement)
    _components(connection)
    connection.execute(COMPONENTS)


def _tie(connection: duckdb.DuckDBPyConnection, kind: str, limits: Limits) -> None:
    """Tie the records that share a value of one kind of identifier."""
    numbers = {
        "usable": USABLE[kind],
        "place": KINDS.index(kind),
        "priority": int(limits.priority),
        "max_records": int(limits.max_records),
        "max_surnames": int(limits.max_surnames),
        "part": SPLIT if limits.splits_by_initial else "0",
    }
    connection.execute(HUBS.format(**numbers))
    connection.execute(BLOCKED, {"kind": kind})
    connection.execute(TIED.format(**numbers))


def _components(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave table `grouped`: the label of each record's component."""
    import numpy as np
    from scipy.sparse import coo_array  # a third of a second, which only a resolve with news should pay
    from scipy.sparse.csgraph import connected_components

    size = connection.execute("SELECT coalesce(max(n), -1) + 1 FROM customer").fetchall()[0][0]
    ties = connection.execute("SELECT n, knot FROM tie").fetchnumpy()
    pairs = connection.execute("SELECT a, b FROM pair").fetchnumpy()
    knots, place = np.unique(ties["knot"], return_inverse=True)
    one, other = np.concatenate([ties["n"], pairs["a"]]), np.concatenate([size + place, pairs["b"]])
    ones, nodes = np.ones(len(one), dtype=np.int8), size + len(knots)
    _, labels = connected_components(coo_array((ones, (one, other)), shape=(nodes, nodes)), directed=False)
    numbered = {"n": np.arange(size, dtype=np.int64), "label": labels[:size].astype(np.int64)}
    connection.register("labelled", numbered)
    connection.execute("CREATE OR REPLACE TABLE grouped AS SELECT n, label FROM labelled JOIN customer USING (n)")
    connection.unregister("labelled")
