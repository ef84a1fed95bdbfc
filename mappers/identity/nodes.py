"""Nodes: records alike in every key are one; and which values of which identifier are no evidence.

Table `unit` has a node's keys, without the identifiers that are no evidence; these are in `covered`. Everything is made
whole, or brought up to date: then table `scope` (x) collects the nodes whose pairs have to be looked at again, because
their own keys are new, or because a value they hold began or ceased to count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mappers.identity.normal import KEYS
from mappers.identity.statements import Statements

IDENTIFIERS = ("email", "phone", "card", "login", "social", "alias", "customer_no")
NODES_PER_DAY = 200
"""A birth date of more nodes than this is what clerks type when they do not know."""

HELD = (*((each, each) for each in IDENTIFIERS), ("card", "prev_card"), ("born", "CAST(born AS TEXT)"))
FREQUENT = (("given", "given"), ("sur", "sur"))
COVERABLE = (*IDENTIFIERS, "prev_card", "born")
"""Columns whose value may turn out to be no evidence."""
OF_ALL = ("unit", "covered")
"""Where the values of nodes are: those that count, and the others."""
COLUMNS = ("h", "records", "is_named", "is_decided", *KEYS)


def _columns(other: Mapping[str, str], of: str = "") -> str:
    """Return the columns of a node, some of them read otherwise."""
    return ", ".join(f"{other[each]} AS {each}" if each in other else f"{of}{each}" for each in COLUMNS)


WHOLE = {each: f"coalesce(unit.{each}, covered.{each})" for each in COVERABLE}
WHOLE["local"] = "coalesce(unit.local, split_part(covered.email, '@', 1))"
RAW = f"SELECT unit.x, {_columns(WHOLE, 'unit.')} FROM unit LEFT JOIN covered ON covered.x = unit.x"


def _held(columns: Iterable[tuple[str, str]], more: str, tables: Iterable[str], within: str = "") -> str:
    """Return the values that nodes hold; `within` names a table (kind, value) of those wanted."""
    wanted = " AND {column} IN (SELECT value FROM {within} WHERE kind = '{kind}')" if within else ""
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {column} AS value, {more} FROM {table} WHERE {column} IS NOT NULL"
        + wanted.format(kind=kind, column=column, within=within)
        for table in tables
        for kind, column in columns
    )


def blocked_values(surnames: Mapping[str, int], tables: Iterable[str], within: str = "") -> str:
    """Return the identifier values that say nothing: too many surnames share them, or too many nodes a birth date.

    A surname goes by how it begins, so that its misspellings count once.
    """
    limits = " ".join(f"WHEN '{kind}' THEN {int(most)}" for kind, most in surnames.items())
    identifiers, (born,) = HELD[:-1], HELD[-1:]
    days = _held((born,), "h", tables, within)
    listed = "SELECT kind, value, 'listed' AS reason FROM listed"
    return (
        f"WITH holding AS MATERIALIZED ({_held(identifiers, 'left(sound, 2) AS begins', tables, within)}), crowd AS ("
        "SELECT kind, value FROM holding GROUP BY kind, value "
        f"HAVING count(*) > CASE kind {limits} END AND min(begins) <> max(begins)) "
        "SELECT kind, value, count(DISTINCT begins) || ' surnames' AS reason FROM holding "
        "SEMI JOIN crowd USING (kind, value) "
        f"GROUP BY kind, value HAVING count(DISTINCT begins) > CASE kind {limits} END "
        f"UNION ALL SELECT kind, value, count(DISTINCT h) || ' records' FROM ({days}) "
        f"GROUP BY kind, value HAVING count(*) > {NODES_PER_DAY} AND count(DISTINCT h) > {NODES_PER_DAY} UNION {listed}"
        + (f" SEMI JOIN {within} USING (kind, value)" if within else "")
    )


def frequencies(table: str, within: str = "") -> str:
    """Return how many nodes a name has, as a power of two: a class changes seldom, so little is looked at again."""
    return (
        "SELECT kind, value, CAST(length(bin(count(*))) - 1 AS UTINYINT) AS f "
        f"FROM ({_held(FREQUENT, '1', (table,), within)}) GROUP BY kind, value HAVING count(*) > 1"
    )


BARRED = {"prev_card": "barred_card_before", **{each: f"barred_{each}" for each in (*IDENTIFIERS, "born")}}
"""By column: what says that its value is no evidence."""


def _barring() -> str:
    """Return the joins with the values that are no evidence."""
    return " ".join(
        f"LEFT JOIN (SELECT DISTINCT value FROM blocked WHERE kind = '{'card' if column == 'prev_card' else column}') "
        f"AS {name} ON {name}.value = {'CAST(raw.born AS TEXT)' if column == 'born' else f'raw.{column}'}"
        for column, name in BARRED.items()
    )


COUNTING = {column: f"CASE WHEN {name}.value IS NULL THEN raw.{column} END" for column, name in BARRED.items()}
COUNTING["local"] = f"CASE WHEN {BARRED['email']}.value IS NULL THEN raw.local END"
# From table `{raw}` of nodes with all their keys.
UNIT = f"""
SELECT raw.x, {_columns(COUNTING, "raw.")}, coalesce(of_given.f, 0) AS given_f, coalesce(of_sur.f, 0) AS sur_f
FROM {{raw}} AS raw {_barring()}
LEFT JOIN (SELECT value, f FROM frequency WHERE kind = 'given') AS of_given ON of_given.value = raw.given
LEFT JOIN (SELECT value, f FROM frequency WHERE kind = 'sur') AS of_sur ON of_sur.value = raw.sur
"""
NOT_COUNTING = {column: f"CASE WHEN {name}.value IS NOT NULL THEN raw.{column} END" for column, name in BARRED.items()}
COVERED = f"""
SELECT raw.x, raw.h, raw.sound, {", ".join(f"{sql} AS {name}" for name, sql in NOT_COUNTING.items())}
FROM {{raw}} AS raw {_barring()} WHERE coalesce({", ".join(f"{name}.value" for name in BARRED.values())}) IS NOT NULL
"""


def make(connection: Statements, surnames: Mapping[str, int]) -> None:
    """Make `record`, `blocked`, `frequency`, `unit`, `covered`, and the view `node` of both, from `normal`."""
    first = (
        "SELECT row_number() OVER () - 1 AS x, n, records FROM "
        "(SELECT min(n) AS n, count(*) AS records FROM normal GROUP BY h)"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE first AS {first}")
    connection.execute("CREATE OR REPLACE TEMP VIEW alike AS SELECT * FROM normal JOIN first USING (n)")
    statements = {
        "record": "SELECT n, record_id, h FROM normal",
        "blocked": blocked_values(surnames, ("normal",)),
        "frequency": frequencies("alike"),
        "unit": UNIT.format(raw="alike"),
        "covered": COVERED.format(raw="alike"),
    }
    for table, query in statements.items():
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS {query}")
    connection.execute(f"CREATE OR REPLACE VIEW node AS {RAW}")
    connection.execute("DROP VIEW alike")
    connection.execute("DROP TABLE first")
    connection.execute("DROP TABLE normal")


FRESH = """
CREATE OR REPLACE TEMP TABLE fresh AS
WITH one AS (SELECT h, min(n) AS n FROM normal ANTI JOIN unit USING (h) GROUP BY h)
SELECT (SELECT coalesce(max(x), -1) FROM unit) + row_number() OVER () AS x, recount.records,
  normal.* EXCLUDE (n, record_id) FROM one JOIN normal USING (n) JOIN recount ON recount.h = normal.h
"""
CHANGED = (
    "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT h FROM record SEMI JOIN gone USING (n) "
    "UNION SELECT h FROM normal",
    "DELETE FROM record WHERE n IN (SELECT n FROM gone)",
    "INSERT INTO record SELECT n, record_id, h FROM normal",
    "CREATE OR REPLACE TEMP TABLE recount AS SELECT h, count(*) AS records FROM record SEMI JOIN touched USING (h) "
    "GROUP BY h",
    "CREATE OR REPLACE TEMP TABLE left_over AS SELECT * FROM unit SEMI JOIN touched USING (h) "
    "ANTI JOIN recount USING (h)",
    "CREATE OR REPLACE TEMP TABLE lost AS SELECT * FROM node SEMI JOIN left_over USING (x)",
    "CREATE OR REPLACE TEMP TABLE counted AS SELECT x FROM unit SEMI JOIN recount USING (h)",
    "UPDATE unit SET records = recount.records FROM recount WHERE recount.h = unit.h",
    FRESH,
    "CREATE OR REPLACE TEMP TABLE scope AS SELECT x FROM lost UNION ALL SELECT x FROM fresh",
    "CREATE OR REPLACE TEMP TABLE questioned AS SELECT DISTINCT kind, value FROM ("
    + _held((*HELD, *FREQUENT), "x", ("lost", "fresh"))
    + ")",
    "DELETE FROM unit WHERE x IN (SELECT x FROM lost)",
    "DELETE FROM covered WHERE x IN (SELECT x FROM lost)",
    f"INSERT INTO unit SELECT x, {', '.join(COLUMNS)}, 0, 0 FROM fresh",
)
FLIPPED = """
INSERT INTO scope SELECT x FROM ({holders}) EXCEPT SELECT x FROM scope
"""
REMADE = (
    "CREATE OR REPLACE TEMP TABLE former AS FROM left_over UNION ALL "
    "FROM unit SEMI JOIN scope USING (x) ANTI JOIN fresh USING (x)",
    "CREATE OR REPLACE TEMP TABLE raw AS FROM node SEMI JOIN scope USING (x)",
    "DELETE FROM unit WHERE x IN (SELECT x FROM raw)",
    "DELETE FROM covered WHERE x IN (SELECT x FROM raw)",
    f"INSERT INTO unit {UNIT.format(raw='raw')}",
    f"INSERT INTO covered {COVERED.format(raw='raw')}",
    "CREATE OR REPLACE TEMP TABLE scoped AS FROM unit SEMI JOIN scope USING (x)",
)


def update(connection: Statements, surnames: Mapping[str, int]) -> None:
    """Bring them up to date: records `gone` (n) leave, those of `normal` come.

    Leaves `scope`, `scoped` and `former` (what its nodes are and were), `lost` (nodes that are no more) and `counted`
    (nodes that hold more or fewer records).
    """
    for statement in CHANGED:
        connection.execute(statement)
    _renew(connection, "blocked", "kind, value", blocked_values(surnames, OF_ALL, "questioned"), HELD, OF_ALL)
    _renew(connection, "frequency", "kind, value, f", frequencies("unit", "questioned"), FREQUENT, ("unit",))
    for statement in REMADE:
        connection.execute(statement)


def _renew(
    connection: Statements,
    table: str,
    columns: str,
    query: str,
    held: Iterable[tuple[str, str]],
    tables: Iterable[str],
) -> None:
    """Count the questioned values again; the holders of those that changed come into scope."""
    old = f"SELECT {columns} FROM {table} SEMI JOIN questioned USING (kind, value)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE renewed AS {query}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE flipped AS SELECT kind, value FROM "
        f"(({old} EXCEPT SELECT {columns} FROM renewed) "
        f"UNION ALL (SELECT {columns} FROM renewed EXCEPT {old}))"
    )
    if connection.execute("SELECT 1 FROM flipped LIMIT 1").fetchall():
        connection.execute(FLIPPED.format(holders=_held(held, "x", tables, "flipped")))
    connection.execute(
        f"DELETE FROM {table} USING questioned "
        f"WHERE {table}.kind = questioned.kind AND {table}.value = questioned.value"
    )
    connection.execute(f"INSERT INTO {table} FROM renewed")
