"""Identity resolution: identifier hubs with limits, split by name, then connected components.

Runs in DuckDB over the mirror. Leaves the tables `token` (usable identifiers of the numbered customer records), `hub`
(each identifier value with its state and reason), `edge` (what ties two records) and `component` (record -> group).

What we wrote into a channel comes back when it is read. Such an echo is no evidence: table `echo` (source, source_id,
owner_source, owner_id) ties it to a record of the person it was written for, and its identifiers join nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


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
COLUMNS = {"card": "card", "customer_number": "customer_number", "email": "email", "phone": "phone"}

NODES = """
CREATE OR REPLACE TEMP TABLE node AS
SELECT row_number() OVER () - 1 AS n, source, source_id, email, email_quality, phone, phone_quality, card,
       card_quality, customer_number, initial, name_key, merged_into, owner_id IS NOT NULL AS is_echo
FROM customer LEFT JOIN echo USING (source, source_id)
"""

TOKENS = """
CREATE OR REPLACE TABLE token AS
WITH named AS (SELECT * FROM node WHERE NOT is_echo)
SELECT n, 'email' AS kind, email AS value, initial, name_key FROM named WHERE email_quality = 'ok'
UNION ALL SELECT n, 'phone', phone, initial, name_key FROM named WHERE phone_quality = 'ok'
UNION ALL SELECT n, 'card', card, initial, name_key FROM named WHERE card_quality = 'ok'
UNION ALL SELECT n, 'customer_number', customer_number, initial, name_key FROM named WHERE customer_number IS NOT NULL
"""

HUBS = """
CREATE OR REPLACE TABLE hub AS
WITH counted AS (
  SELECT kind, value, count(*) AS records, count(DISTINCT name_key) AS surnames,
         count(DISTINCT initial) AS initials
  FROM token GROUP BY kind, value HAVING count(*) > 1
)
SELECT counted.*, splits, priority,
       CASE WHEN records > max_records THEN 'more than ' || max_records || ' records'
            WHEN surnames > max_surnames THEN 'more than ' || max_surnames || ' surnames' END AS blocked
FROM counted JOIN limits USING (kind)
"""

# A record without a name goes by its best identifier only: through two it could tie two named persons together.
EDGES = """
CREATE OR REPLACE TABLE edge AS
WITH placed AS (
  SELECT token.n, hub.kind, hub.value, hub.priority, token.initial IS NULL AS is_nameless,
         CASE WHEN NOT splits THEN ''
              WHEN token.initial IS NOT NULL THEN token.initial
              WHEN hub.initials <= 1 THEN coalesce(max(token.initial) OVER (PARTITION BY hub.kind, hub.value), '')
         END AS part
  FROM token JOIN hub ON token.kind = hub.kind AND token.value = hub.value
  WHERE hub.blocked IS NULL
), tied AS (
  SELECT n, kind, value, part FROM placed WHERE part IS NOT NULL AND NOT is_nameless
  UNION ALL
  SELECT n, kind, value, part FROM placed WHERE part IS NOT NULL AND is_nameless
  QUALIFY row_number() OVER (PARTITION BY n ORDER BY priority, kind, value) = 1
)
SELECT min(n) OVER (PARTITION BY kind, value, part) AS a, n AS b, kind, value FROM tied
UNION ALL
SELECT winner.n, loser.n, 'merged_at_source', loser.merged_into
FROM node AS loser JOIN node AS winner ON winner.source = loser.source AND winner.source_id = loser.merged_into
UNION ALL
SELECT owner.n, node.n, 'written_by_us', node.email
FROM node JOIN echo USING (source, source_id)
JOIN node AS owner ON owner.source = owner_source AND owner.source_id = owner_id
"""
NO_ECHO = "CREATE TABLE IF NOT EXISTS echo (source TEXT, source_id TEXT, owner_source TEXT, owner_id TEXT)"


def resolve(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, Limits] = DEFAULT_LIMITS) -> None:
    """Group the customer records of the mirror; any order of arrival gives the same groups."""
    columns = "kind TEXT, priority INT, max_records INT, max_surnames INT, splits BOOLEAN"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE limits ({columns})")
    connection.executemany(
        "INSERT INTO limits VALUES (?, ?, ?, ?, ?)",
        [
            [kind, each.priority, each.max_records, each.max_surnames, each.splits_by_initial]
            for kind, each in limits.items()
        ],
    )
    for statement in (NO_ECHO, NODES, TOKENS, HUBS, EDGES):
        connection.execute(statement)
    _components(connection)


def _components(connection: duckdb.DuckDBPyConnection) -> None:
    size = connection.execute("SELECT count(*) FROM node").fetchall()[0][0]
    pairs = connection.execute("SELECT a, b FROM edge WHERE a <> b").fetchnumpy()
    ones = np.ones(len(pairs["a"]), dtype=np.int8)
    graph = coo_array((ones, (pairs["a"], pairs["b"])), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    connection.register("labelled", {"n": np.arange(size, dtype=np.int64), "label": labels.astype(np.int64)})
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE component AS "
        "SELECT node.n, label, source, source_id, is_echo FROM node JOIN labelled USING (n)"
    )
    connection.unregister("labelled")
