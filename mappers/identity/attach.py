"""Records without a name: each goes to the one person its identifiers point at, and never ties two persons together.

Newsletter contacts, receipts, claims and browser sessions carry an identifier or two and no name. Those that point at
nobody named are held together by their best identifier; such a group goes where its receipts or its browsers lead.
"""

from __future__ import annotations

import duckdb
import numpy as np

DIRECT = ("login", "social", "alias", "customer_no", "card", "email", "phone")
"""Identifiers of a person, most trusted first; one that somebody else has too comes before one that nobody shares."""
TRACES = ("receipt", "client")
"""What a person leaves behind: a receipt, a browser. It only follows what identifiers say."""
CROWD = {"receipt": 9, "client": 3}
"""A trace of more persons than this says nothing about who left it: a kiosk, a till's own number."""
MOST_RECORDS = {"receipt": 1000, "client": 12}
"""A trace that leads to nobody and has more records than this holds nobody together."""
SHARE = {"receipt": 0.0, "client": 0.5}
"""A trace speaks for one person who has more than this share of it."""
OWNER_SHARE = 0.5
"""An identifier of several persons speaks for one who has more than this share of its records."""

MOST_UNHELD = 14
"""A card, address or phone that nobody named has, on more records than this, is nobody's."""
LEAST_WAYS = 8
"""One in so many traces of a group must lead to a person for the group to go there."""

COLUMNS = [*((kind, kind) for kind in (*DIRECT, *TRACES)), ("card", "prev_card")]
ANON = "CREATE OR REPLACE TEMP TABLE anon AS SELECT * FROM unit {within} WHERE NOT is_named"


def _values(of: str, columns: str, where: str = "true", kinds: tuple[str, ...] = (*DIRECT, *TRACES)) -> str:
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {column} AS value, {columns} FROM {of} WHERE {column} IS NOT NULL AND {where}"
        for kind, column in COLUMNS
        if kind in kinds
    )


def _wanted(of: str, columns: str) -> str:
    """Return the identifier values of named nodes that nodes without a name hold too."""
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {column} AS value, {columns} FROM {of} "
        f"WHERE {column} IN (SELECT value FROM held WHERE kind = '{kind}')"
        for kind, column in COLUMNS
    )


PLACES = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(DIRECT))
STEPS = (
    f"CREATE OR REPLACE TEMP TABLE held AS {_values('anon', 'x, records')}",
    f"CREATE OR REPLACE TEMP TABLE holder AS SELECT kind, value, label, sum(records) AS records, "
    f"bool_or(kind = 'email' AND contains(local, given)) AS is_named_in "
    f"FROM ({_wanted('(SELECT * FROM unit JOIN grouping USING (x))', 'label, records, local, given')}) GROUP BY ALL",
    f"""CREATE OR REPLACE TEMP TABLE owner AS
    SELECT kind, value, arg_max(label, (coalesce(is_named_in, false), records, label)) AS label
    FROM holder WHERE kind NOT IN {TRACES} GROUP BY kind, value
    HAVING count(*) = 1 OR count(*) FILTER (is_named_in) = 1 OR max(records) > {OWNER_SHARE} * sum(records)""",
    f"""CREATE OR REPLACE TEMP TABLE pointer AS
    SELECT x, kind, value, hash(kind, value) >> 1 AS own, owner.label,
           {{'a': owner.label IS NULL, 'b': count(*) OVER (PARTITION BY kind, value) = 1,
             'c': CASE kind {PLACES} END, 'd': value}} AS rank
    FROM (SELECT * FROM held WHERE kind IN {DIRECT}) LEFT JOIN owner USING (kind, value)""",
    """INSERT INTO attached
    SELECT x, arg_min(coalesce(label, own), rank), arg_min(kind, rank),
           CASE WHEN bool_and(label IS NULL) THEN arg_min(own, rank) END
    FROM pointer GROUP BY x""",
    f"""DELETE FROM attached WHERE own IN (
      SELECT own FROM attached JOIN anon USING (x) WHERE own IS NOT NULL AND rule IN ('card', 'email', 'phone')
      GROUP BY own HAVING sum(records) > {MOST_UNHELD})""",
)
# A group that points at nobody named goes where most of its traces lead.
LED = """
CREATE OR REPLACE TEMP TABLE led AS
WITH mine AS (
  SELECT DISTINCT own, value FROM attached JOIN held USING (x) WHERE own IS NOT NULL AND kind = '{kind}'
), seen AS (
  SELECT value, label, sum(records) AS records FROM (
    SELECT value, label, records FROM held JOIN attached USING (x) WHERE kind = '{kind}' AND own IS NULL
    UNION ALL SELECT value, label, records FROM holder WHERE kind = '{kind}') GROUP BY ALL
), calm AS (SELECT value FROM seen GROUP BY value HAVING count(*) <= {crowd}), lead AS (
  SELECT own, label, count(*) AS ways, sum(records) AS records FROM mine JOIN seen USING (value)
  SEMI JOIN calm USING (value) GROUP BY ALL
), traces AS (SELECT own, count(*) AS traces FROM mine GROUP BY own)
SELECT own, arg_max(label, (ways, records, label)) AS label FROM lead JOIN traces USING (own) GROUP BY own, traces
HAVING max(ways) > {share} * sum(ways) AND max(ways) * {least} >= traces
"""
LEAD = "UPDATE attached SET label = led.label, own = NULL FROM led WHERE led.own = attached.own"
FOLLOWED = """
INSERT INTO attached
WITH seen AS (
  SELECT value, label, sum(records) AS records FROM (
    SELECT value, label, records FROM held JOIN attached USING (x) WHERE kind = '{kind}'
    UNION ALL SELECT value, label, records FROM holder WHERE kind = '{kind}') GROUP BY ALL
), speaks AS (
  SELECT value, CASE WHEN max(records) > {share} * sum(records) THEN arg_max(label, (records, label)) END AS label,
         count(*) > {crowd} AS is_crowd FROM seen GROUP BY value
), alone AS (SELECT value, sum(records) AS records FROM held WHERE kind = '{kind}' GROUP BY value)
SELECT x, coalesce(label, hash('{kind}', value) >> 1), '{kind}', NULL
FROM held JOIN alone USING (value) LEFT JOIN speaks USING (value)
WHERE kind = '{kind}' AND x NOT IN (SELECT x FROM attached)
  AND (label IS NOT NULL OR alone.records <= {records}) AND NOT coalesce(is_crowd, false)
"""


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `attached` (x, label, rule, own) and `web` (x, part): which nodes without a name depend on each other."""
    connection.execute("CREATE OR REPLACE TABLE attached (x BIGINT, label BIGINT, rule TEXT, own BIGINT)")
    connection.execute("CREATE OR REPLACE TABLE web (x BIGINT, part BIGINT)")
    connection.execute(ANON.format(within=""))
    _attach(connection)


def _telling() -> str:
    """Return the nodes without a name that hold a value of table `told`."""
    return " UNION ".join(
        f"SELECT x FROM unit WHERE NOT is_named AND {column} IN (SELECT value FROM told WHERE kind = '{kind}')"
        for kind, column in COLUMNS
    )


TOUCHED = f"""
CREATE OR REPLACE TEMP TABLE again AS
WITH shaken AS MATERIALIZED (
  SELECT * FROM unit WHERE x IN (SELECT x FROM subset UNION SELECT x FROM scope UNION SELECT x FROM counted)
), told AS MATERIALIZED (
  SELECT DISTINCT kind, value FROM ({_values("shaken", "x")} UNION ALL {_values("former", "x")})
), near AS (
  {_telling()}
  UNION SELECT x FROM scope UNION SELECT x FROM counted
), parts AS (SELECT DISTINCT part FROM web SEMI JOIN near USING (x))
SELECT x FROM web SEMI JOIN parts USING (part) UNION SELECT x FROM near
"""


def update(connection: duckdb.DuckDBPyConnection) -> None:
    """Attach again what depends on what changed; leaves `again` (x)."""
    connection.execute(TOUCHED)
    for table in ("attached", "web"):
        connection.execute(f"DELETE FROM {table} WHERE x IN (FROM again)")
    connection.execute(ANON.format(within="SEMI JOIN again USING (x)"))
    _attach(connection)


def _attach(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in STEPS:
        connection.execute(statement)
    for kind in TRACES:
        limits = {"kind": kind, "share": SHARE[kind], "crowd": CROWD[kind], "records": MOST_RECORDS[kind]}
        connection.execute(LED.format(**limits, least=LEAST_WAYS))
        connection.execute(LEAD)
        connection.execute(FOLLOWED.format(**limits))
    _weave(connection)


def _weave(connection: duckdb.DuckDBPyConnection) -> None:
    """Note which nodes depend on each other: they share a value, whatever it says."""
    from scipy.sparse import coo_array  # a third of a second, which only a resolve with news should pay
    from scipy.sparse.csgraph import connected_components

    found = connection.execute("SELECT x, hash(kind, value) AS v FROM held").fetchnumpy()
    nodes, node = np.unique(found["x"], return_inverse=True)
    values, value = np.unique(found["v"], return_inverse=True)
    size = len(nodes) + len(values)
    graph = coo_array((np.ones(len(node), dtype=np.int8), (node, len(nodes) + value)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    least = np.full(labels.max(initial=0) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, labels[: len(nodes)], nodes)
    connection.register("woven", {"x": nodes, "part": least[labels[: len(nodes)]]})
    connection.execute("INSERT INTO web FROM woven")
    connection.unregister("woven")
