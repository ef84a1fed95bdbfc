"""Records without a name: each goes to the one person its identifiers point at, and never ties two persons together.

Newsletter contacts, receipts, claims and browser sessions carry an identifier or two and no name. Those that point at
nobody named are held together by their best identifier; such a group goes where its receipts or its browsers lead.
"""

from __future__ import annotations

import numpy as np

from mappers.identity.statements import Statements, hashed

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
"""A card, address or phone that nobody named has, on more records than this, is nobody's. A card that several have is
that of the one who is known best, unless more nameless records than this have it: then a till lends it to everybody."""
LEAST_WAYS = 8
"""One in so many traces of a group must lead to a person for the group to go there."""

KINDS = (*DIRECT, *TRACES)
EMAIL, CARD = KINDS.index("email"), KINDS.index("card")
# Which node holds which identifier: `v` stands for kind and value, `kind` is a place in KINDS.
TOKENS = " UNION ALL ".join(
    f"SELECT {hashed(repr(kind), column)} AS v, CAST({KINDS.index(kind)} AS UTINYINT) AS kind, x, "
    f"is_named FROM {{of}} WHERE {column} IS NOT NULL"
    for kind, column in (*((kind, kind) for kind in KINDS), ("card", "prev_card"))
)
ANON = "CREATE OR REPLACE TEMP TABLE anon AS SELECT x, records FROM unit {within} WHERE NOT is_named"
RULE = f"CASE {{kind}} {' '.join(f'WHEN {code} THEN {kind!r}' for code, kind in enumerate(KINDS))} END"
STEPS = (
    "CREATE OR REPLACE TEMP TABLE held AS SELECT v, kind, x, records FROM token JOIN anon USING (x)",
    f"""CREATE OR REPLACE TEMP TABLE holder AS
    SELECT v, kind, label, sum(records) AS records, bool_or(kind = {EMAIL} AND contains(local, given)) AS is_named_in
    FROM (SELECT * FROM token SEMI JOIN held USING (v) WHERE is_named) AS wanted
    JOIN unit USING (x) JOIN grouping USING (x) GROUP BY v, kind, label""",
    """CREATE OR REPLACE TEMP TABLE mass AS
    SELECT label, count(*) AS nodes FROM grouping SEMI JOIN holder USING (label) GROUP BY label""",
    f"""CREATE OR REPLACE TEMP TABLE owner AS
    WITH nameless AS (SELECT v, sum(records) AS records FROM held WHERE kind = {CARD} GROUP BY v)
    SELECT v, arg_max(label, (coalesce(is_named_in, false), holder.records, nodes, label)) AS label
    FROM holder JOIN mass USING (label) LEFT JOIN nameless USING (v) WHERE kind < {len(DIRECT)} GROUP BY v
    HAVING count(*) = 1 OR count(*) FILTER (WHERE is_named_in) = 1
      OR max(holder.records) > {OWNER_SHARE} * sum(holder.records) OR any_value(nameless.records) <= {MOST_UNHELD}""",
    f"""CREATE OR REPLACE TEMP TABLE pointer AS
    SELECT x, v AS own, owner.label, kind,
           {{'a': owner.label IS NULL, 'b': count(*) OVER (PARTITION BY v) = 1, 'c': kind, 'd': v}} AS rank
    FROM held LEFT JOIN owner USING (v) WHERE kind < {len(DIRECT)}""",
    f"""INSERT INTO attached
    SELECT x, arg_min(coalesce(label, own), rank), {RULE.format(kind="arg_min(kind, rank)")},
           CASE WHEN bool_and(label IS NULL) THEN arg_min(own, rank) END
    FROM pointer GROUP BY x""",
    f"""DELETE FROM attached WHERE own IN (
      SELECT own FROM attached JOIN anon USING (x) WHERE own IS NOT NULL AND rule IN ('card', 'email', 'phone')
      GROUP BY own HAVING sum(records) > {MOST_UNHELD})""",
)
# Whose records a trace is on, by those who have a name or point at somebody.
SEEN = """
SELECT v, label, sum(records) AS records FROM (
  SELECT v, label, records FROM held JOIN attached USING (x) WHERE kind = {code} AND {pointing}
  UNION ALL SELECT v, label, records FROM holder WHERE kind = {code}) GROUP BY v, label
"""
# A group that points at nobody named goes where most of its traces lead.
LED = f"""
CREATE OR REPLACE TEMP TABLE led AS
WITH mine AS (SELECT DISTINCT own, v FROM attached JOIN held USING (x) WHERE own IS NOT NULL AND kind = {{code}}),
seen AS ({SEEN.format(code="{code}", pointing="own IS NULL")}),
calm AS (SELECT v FROM seen GROUP BY v HAVING count(*) <= {{crowd}}), lead AS (
  SELECT own, label, count(*) AS ways, sum(records) AS records FROM mine JOIN seen USING (v)
  SEMI JOIN calm USING (v) GROUP BY own, label
), traces AS (SELECT own, count(*) AS traces FROM mine GROUP BY own)
SELECT own, arg_max(label, (ways, records, label)) AS label FROM lead JOIN traces USING (own) GROUP BY own, traces
HAVING max(ways) > {{share}} * sum(ways) AND max(ways) * {LEAST_WAYS} >= traces
"""
LEAD = "UPDATE attached SET label = led.label, own = NULL FROM led WHERE led.own = attached.own"
FOLLOWED = f"""
INSERT INTO attached
WITH seen AS ({SEEN.format(code="{code}", pointing="true")}), speaks AS (
  SELECT v, CASE WHEN max(records) > {{share}} * sum(records) THEN arg_max(label, (records, label)) END AS label,
         count(*) > {{crowd}} AS is_crowd FROM seen GROUP BY v
), alone AS (SELECT v, sum(records) AS records FROM held WHERE kind = {{code}} GROUP BY v)
SELECT x, coalesce(label, v), '{{kind}}', NULL
FROM held JOIN alone USING (v) LEFT JOIN speaks USING (v)
WHERE kind = {{code}} AND x NOT IN (SELECT x FROM attached)
  AND (label IS NOT NULL OR alone.records <= {{records}}) AND NOT coalesce(is_crowd, false)
"""


def make(connection: Statements) -> None:
    """Make `attached` (x, label, rule, own), `token`, and `web` (x, part): nameless nodes that depend on each other."""
    connection.execute(f"CREATE OR REPLACE TABLE token AS {TOKENS.format(of='unit')}")
    connection.execute("CREATE OR REPLACE TABLE attached (x BIGINT, label BIGINT, rule TEXT, own BIGINT)")
    connection.execute("CREATE OR REPLACE TABLE web (x BIGINT, part BIGINT)")
    connection.execute(ANON.format(within=""))
    _attach(connection)


# Nodes without a name that hold an identifier of somebody who changed, and all that depend on them.
TOUCHED = f"""
CREATE OR REPLACE TEMP TABLE again AS
WITH shaken AS (SELECT x FROM subset UNION SELECT x FROM scope UNION SELECT x FROM counted), told AS MATERIALIZED (
  SELECT v FROM token SEMI JOIN shaken USING (x) UNION SELECT v FROM ({TOKENS.format(of="former")})
), near AS (SELECT x FROM token SEMI JOIN told USING (v) WHERE NOT is_named UNION SELECT x FROM shaken),
parts AS (SELECT DISTINCT part FROM web SEMI JOIN near USING (x))
SELECT x FROM web SEMI JOIN parts USING (part) UNION SELECT x FROM near
"""
RENEWED = (
    "DELETE FROM token WHERE x IN (SELECT x FROM scoped UNION SELECT x FROM lost)",
    f"INSERT INTO token {TOKENS.format(of='scoped')}",
    TOUCHED,
    "DELETE FROM attached WHERE x IN (FROM again)",
    "DELETE FROM web WHERE x IN (FROM again)",
    ANON.format(within="SEMI JOIN again USING (x)"),
)


def update(connection: Statements) -> None:
    """Attach again what depends on what changed; leaves `again` (x)."""
    for statement in RENEWED:
        connection.execute(statement)
    _attach(connection)


def _attach(connection: Statements) -> None:
    for statement in STEPS:
        connection.execute(statement)
    for kind in TRACES:
        limits = {
            "kind": kind, "code": KINDS.index(kind), "share": SHARE[kind], "crowd": CROWD[kind],
            "records": MOST_RECORDS[kind],
        }  # fmt: skip
        connection.execute(LED.format(**limits))
        connection.execute(LEAD)
        connection.execute(FOLLOWED.format(**limits))
    _weave(connection)


def _weave(connection: Statements) -> None:
    """Note which nodes depend on each other: they share a value, whatever it says."""
    from scipy.sparse import coo_array  # a third of a second, which only a resolve with news should pay
    from scipy.sparse.csgraph import connected_components

    found = connection.execute("SELECT x, v FROM held").fetchnumpy()
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
