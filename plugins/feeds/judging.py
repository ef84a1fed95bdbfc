"""What goes into a feed and what stays out, and why: a feed's statements run over the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from plugins.feeds import forms
from plugins.feeds.channel import Severity
from plugins.feeds.compiling import Compiled, chosen, made

UNWANTED, BY_RULE = "X001", "X002"
MOST_LETTERS = 120


@dataclass(frozen=True, slots=True)
class Reason:
    """So many products for which one thing is to be said."""

    code: str
    attribute: str
    severity: Severity | None
    """None where the feed itself leaves them out."""
    what: str
    cure: str
    items: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the products: considered = unwanted + left_out + refused + inside."""

    considered: int
    unwanted: int
    left_out: int
    refused: int
    inside: int


def judge(engine: duckdb.DuckDBPyConnection, compiled: Compiled, now: datetime) -> Counts:
    """Make `item` of `fact`: every product that is meant, with its attributes, `_found` and `_is_refused`.

    `_found` are numbers of `compiled.checks.problems`. `choice` tells of all products what the feed itself says.
    """
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute(forms.MACROS)
    checks = compiled.checks
    sql, values = chosen(compiled, now)
    engine.execute(
        f"CREATE OR REPLACE TABLE choice AS SELECT product_id, sku, _is_wanted, _left_by FROM ({sql})", values
    )
    sql, values = made(compiled, now)
    lacking = "".join(f', CAST(NULL AS VARCHAR) AS "{name}"' for name in checks.lacking)
    engine.execute(
        f"CREATE OR REPLACE TABLE made AS SELECT _key, {compiled.columns}, {checks.found} AS _alone "
        f"FROM (SELECT *, {checks.numbers()} FROM (SELECT *{lacking}, ? AS feed_country FROM ({sql})))",
        [*checks.parameters, compiled.read.feed.country, *values],
    )
    engine.execute(
        f"CREATE OR REPLACE TABLE among AS SELECT * FROM (SELECT _key, {checks.among} AS _others "
        f"FROM (SELECT *{lacking} FROM made)) WHERE len(_others) > 0"
    )
    errors = ", ".join(map(str, checks.errors))
    engine.execute(f"CREATE OR REPLACE VIEW item AS {ITEM.format(columns=compiled.columns, errors=errors)}")
    return _counts(engine)


ITEM = """
SELECT _key, {columns}, list_concat(_alone, coalesce(_others, [])) AS _found,
  list_has_any(_found, [{errors}]::INTEGER[]) AS _is_refused
FROM made LEFT JOIN among USING (_key)
"""


def _counts(engine: duckdb.DuckDBPyConnection) -> Counts:
    considered, unwanted, left_out = engine.execute(
        "SELECT count(*), count(*) FILTER (NOT _is_wanted), count(*) FILTER (_is_wanted AND _left_by IS NOT NULL) "
        "FROM choice"
    ).fetchall()[0]
    refused, inside = engine.execute(
        "SELECT count(*) FILTER (_is_refused), count(*) FILTER (NOT _is_refused) FROM item"
    ).fetchall()[0]
    return Counts(considered, unwanted, left_out, refused, inside)


def reasons(engine: duckdb.DuckDBPyConnection, compiled: Compiled) -> list[Reason]:
    """Return why products stay out or are warned about, the most frequent first."""
    found = engine.execute("SELECT n, count(*) FROM (SELECT unnest(_found) AS n FROM item) GROUP BY n").fetchall()
    said = [_reason(compiled, number, items) for number, items in found]
    said += [_own(compiled, number, items) for number, items in engine.execute(OWN).fetchall()]
    return sorted(said, key=lambda each: (each.severity or "", -each.items, each.code, each.attribute, each.what))


OWN = """
SELECT CASE WHEN _is_wanted THEN _left_by END AS rule, count(*) FROM choice
WHERE NOT _is_wanted OR _left_by IS NOT NULL GROUP BY rule
"""


def _reason(compiled: Compiled, number: int, items: int) -> Reason:
    problem = compiled.checks.problems[number]
    return Reason(problem.code, problem.attribute, problem.severity, problem.what, problem.cure, items)


def _own(compiled: Compiled, rule: int | None, items: int) -> Reason:
    if rule is None:
        return Reason(UNWANTED, "", None, "not what `where` asks for", "change `where` if it should be", items)
    title = compiled.read.rules[rule].title
    return Reason(BY_RULE, "", None, f"left out by the rule '{title}'", "change the rule if it should be in", items)


def problems(engine: duckdb.DuckDBPyConnection, compiled: Compiled) -> Iterator[dict[str, Any]]:
    """Give everything that is said of single items, in the words of the report, item by item."""
    cursor = engine.cursor()
    cursor.execute(
        f"SELECT _key, id, unnest(_found) AS n, {compiled.columns} FROM item WHERE len(_found) > 0 ORDER BY _key"
    )
    places = {name: 3 + number for number, name in enumerate(compiled.attributes)}
    while rows := cursor.fetchmany(1000):
        for row in rows:
            problem = compiled.checks.problems[row[2]]
            value = row[places[problem.attribute]] if problem.attribute in places else None
            yield {
                "product_id": row[0], "item_id": row[1], "attribute": problem.attribute, "code": problem.code,
                "severity": problem.severity, "what": problem.what, "cure": problem.cure,
                "value": value and value[:MOST_LETTERS],
            }  # fmt: skip
