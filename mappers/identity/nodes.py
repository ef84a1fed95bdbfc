"""Nodes: records alike in every key are one; and which values of which identifier are no evidence.

Everything is made whole, or brought up to date: then table `scope` (x) collects the nodes whose pairs have to be
looked at again, because their own keys are new, or because a value they hold began or ceased to count.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from mappers.identity.normal import KEYS

IDENTIFIERS = ("email", "phone", "card", "login", "social", "alias", "customer_no")
NODES_PER_DAY = 200
"""A birth date of more nodes than this is what clerks type when they do not know."""

NODE = (
    "WITH one AS (SELECT h, count(*) AS records, min(n) AS n FROM normal {wanted} GROUP BY h) "
    "SELECT row_number() OVER () + {start} AS x, normal.h, records, is_named, is_decided, "
    + ", ".join(KEYS)
    + " FROM one JOIN normal USING (n)"
)
HELD = [*((each, each) for each in IDENTIFIERS), ("card", "prev_card"), ("born", "CAST(born AS TEXT)")]
FREQUENT = (("given", "given"), ("sur", "sur"))


def _held(columns: list[tuple[str, str]] | tuple[tuple[str, str], ...], more: str, within: str) -> str:
    """Return the values that nodes hold; `within` names a table (kind, value) of those wanted."""
    wanted = " AND {column} IN (SELECT value FROM {within} WHERE kind = '{kind}')" if within else ""
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {column} AS value, {more} FROM node WHERE {column} IS NOT NULL"
        + wanted.format(kind=kind, column=column, within=within)
        for kind, column in columns
    )


def blocked_values(surnames: Mapping[str, int], within: str = "") -> str:
    """Return the identifier values that say nothing: too many surnames share them, or too many nodes a birth date.

    A surname goes by how it begins, so that its misspellings count once.
    """
    limits = " ".join(f"WHEN '{kind}' THEN {int(most)}" for kind, most in surnames.items())
    identifiers = [each for each in HELD if each[0] != "born"]
    listed = "SELECT kind, value, 'listed' AS reason FROM listed"
    return (
        f"WITH holding AS MATERIALIZED ({_held(identifiers, 'left(sound, 2) AS begins', within)}), crowd AS ("
        "SELECT kind, value FROM holding GROUP BY kind, value "
        f"HAVING count(*) > CASE kind {limits} END AND min(begins) <> max(begins)) "
        "SELECT kind, value, count(DISTINCT begins) || ' surnames' AS reason FROM holding "
        "SEMI JOIN crowd USING (kind, value) "
        f"GROUP BY kind, value HAVING count(DISTINCT begins) > CASE kind {limits} END "
        f"UNION ALL SELECT kind, value, count(*) || ' records' FROM ({_held((HELD[-1],), '1', within)}) "
        f"GROUP BY kind, value HAVING count(*) > {NODES_PER_DAY} UNION {listed}"
        + (f" SEMI JOIN {within} USING (kind, value)" if within else "")
    )


def frequencies(within: str = "") -> str:
    """Return how many nodes a name has, as a power of two: a class changes seldom, so little is looked at again."""
    return (
        "SELECT kind, value, CAST(floor(log2(count(*))) AS UTINYINT) AS f "
        f"FROM ({_held(FREQUENT, '1', within)}) GROUP BY kind, value HAVING count(*) > 1"
    )


def _usable(kind: str, column: str, value: str = "") -> str:
    return (
        f"CASE WHEN {value or column} NOT IN (SELECT value FROM blocked WHERE kind = '{kind}') THEN {column} END "
        f"AS {column}"
    )


UNIT = f"""
SELECT * REPLACE ({", ".join(_usable(each, each) for each in IDENTIFIERS)}, {_usable("card", "prev_card")},
         {_usable("born", "born", "CAST(born AS TEXT)")}, {_usable("email", "local", "email")}),
       coalesce(of_given.f, 0) AS given_f, coalesce(of_sur.f, 0) AS sur_f
FROM node {{scope}}
LEFT JOIN (SELECT value, f FROM frequency WHERE kind = 'given') AS of_given ON of_given.value = given
LEFT JOIN (SELECT value, f FROM frequency WHERE kind = 'sur') AS of_sur ON of_sur.value = sur
"""


def make(connection: duckdb.DuckDBPyConnection, surnames: Mapping[str, int]) -> None:
    """Make `record`, `node`, `blocked`, `frequency` and `unit` from `normal`."""
    statements = {
        "record": "SELECT n, record_id, h FROM normal",
        "node": NODE.format(start="-1", wanted=""),
        "blocked": blocked_values(surnames),
        "frequency": frequencies(),
        "unit": UNIT.format(scope=""),
    }
    for table, query in statements.items():
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS {query}")
    connection.execute("DROP TABLE normal")


CHANGED = (
    "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT h FROM record SEMI JOIN gone USING (n) "
    "UNION SELECT h FROM normal",
    "DELETE FROM record WHERE n IN (SELECT n FROM gone)",
    "INSERT INTO record SELECT n, record_id, h FROM normal",
    "CREATE OR REPLACE TEMP TABLE recount AS SELECT h, count(*) AS records FROM record SEMI JOIN touched USING (h) "
    "GROUP BY h",
    "CREATE OR REPLACE TEMP TABLE lost AS SELECT * FROM node SEMI JOIN touched USING (h) ANTI JOIN recount USING (h)",
    "CREATE OR REPLACE TEMP TABLE counted AS SELECT x FROM node SEMI JOIN recount USING (h)",
    "UPDATE node SET records = recount.records FROM recount WHERE recount.h = node.h",
    "UPDATE unit SET records = recount.records FROM recount WHERE recount.h = unit.h",
    "CREATE OR REPLACE TEMP TABLE fresh AS "
    + NODE.format(start="(SELECT coalesce(max(x), -1) FROM node)", wanted="ANTI JOIN node USING (h)"),
    "UPDATE fresh SET records = recount.records FROM recount WHERE recount.h = fresh.h",
    "CREATE OR REPLACE TEMP TABLE scope AS SELECT x FROM lost UNION ALL SELECT x FROM fresh",
    "CREATE OR REPLACE TEMP TABLE questioned AS SELECT DISTINCT kind, value FROM ("
    + " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {column} AS value FROM (FROM lost UNION ALL FROM fresh) WHERE {column} IS NOT NULL"
        for kind, column in (*HELD, *FREQUENT)
    )
    + ")",
    "DELETE FROM node WHERE x IN (SELECT x FROM lost)",
    "INSERT INTO node FROM fresh",
)
FLIPPED = """
INSERT INTO scope SELECT x FROM ({holders}) EXCEPT SELECT x FROM scope
"""


def update(connection: duckdb.DuckDBPyConnection, surnames: Mapping[str, int]) -> None:
    """Bring them up to date: records `gone` (n) leave, those of `normal` come.

    Leaves `scope`, `lost` (nodes that are no more) and `counted` (nodes that hold more or fewer records).
    """
    for statement in CHANGED:
        connection.execute(statement)
    _renew(connection, "blocked", "kind, value", blocked_values(surnames, "questioned"), HELD)
    _renew(connection, "frequency", "kind, value, f", frequencies("questioned"), FREQUENT)
    connection.execute("CREATE OR REPLACE TEMP TABLE former AS SELECT * FROM unit SEMI JOIN scope USING (x)")
    connection.execute("DELETE FROM unit WHERE x IN (SELECT x FROM scope)")
    connection.execute(f"INSERT INTO unit {UNIT.format(scope='SEMI JOIN scope USING (x)')}")


def _renew(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: str,
    query: str,
    held: list[tuple[str, str]] | tuple[tuple[str, str], ...],
) -> None:
    """Count the questioned values again; the holders of those that changed come into scope."""
    old = f"SELECT {columns} FROM {table} SEMI JOIN questioned USING (kind, value)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE renewed AS {query}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE flipped AS SELECT kind, value FROM "
        f"(({old} EXCEPT SELECT {columns} FROM renewed) "
        f"UNION ALL (SELECT {columns} FROM renewed EXCEPT {old}))"
    )
    connection.execute(FLIPPED.format(holders=_held(held, "x", "flipped")))
    connection.execute(
        f"DELETE FROM {table} USING questioned "
        f"WHERE {table}.kind = questioned.kind AND {table}.value = questioned.value"
    )
    connection.execute(f"INSERT INTO {table} FROM renewed")
