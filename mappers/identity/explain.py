"""Why records are one person: the pairs that hold it together, what each field adds, and what was refused and why.

Works in the mirror after a resolve, for the customer records of one profile; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from mappers.identity import pairs
from mappers.identity.cluster import DECIDED, RULED
from mappers.identity.engine import Rules
from mappers.identity.ties import SPOKEN, differing, in_words

MINE = """
CREATE OR REPLACE TEMP TABLE mine AS
SELECT customer.source || ':' || customer.source_id AS name, x
FROM assigned JOIN customer USING (n)
JOIN record ON record_id = customer.source || chr(31) || customer.source_id JOIN unit USING (h)
WHERE profile_id = $id
"""
HOLDING = """
SELECT a, b, pattern, weight FROM scored WHERE a IN (SELECT x FROM mine) AND b IN (SELECT x FROM mine)
AND weight >= $accept
UNION ALL
SELECT a, b, -1, weight FROM ruled WHERE a IN (SELECT x FROM mine) AND b IN (SELECT x FROM mine) AND weight > 0
ORDER BY weight DESC, a, b
"""
POINTING = """
SELECT mine.name, rule, CASE rule WHEN 'login' THEN login WHEN 'social' THEN social WHEN 'alias' THEN alias
  WHEN 'customer_no' THEN customer_no WHEN 'card' THEN coalesce(card, prev_card) WHEN 'email' THEN email
  WHEN 'phone' THEN phone WHEN 'receipt' THEN receipt WHEN 'client' THEN client END AS value
FROM mine JOIN attached USING (x) JOIN unit USING (x) ORDER BY mine.name
"""
PLACEHOLDERS = """
SELECT DISTINCT kind, value, reason FROM blocked JOIN (
  SELECT unnest([email, phone, card, prev_card, login, social, alias, customer_no, CAST(born AS TEXT)]) AS value
  FROM node WHERE x IN (SELECT x FROM mine)) USING (value) ORDER BY ALL
"""
OTHERS = """
SELECT DISTINCT mine.name AS one, customer.source || ':' || customer.source_id AS other, assigned.profile_id,
  pattern, weight
FROM compared JOIN weighed USING (pattern) JOIN mine ON mine.x IN (a, b)
JOIN unit ON unit.x IN (a, b) AND unit.x <> mine.x JOIN record USING (h)
JOIN customer ON record_id = customer.source || chr(31) || customer.source_id JOIN assigned ON assigned.n = customer.n
WHERE unit.x NOT IN (SELECT x FROM mine) ORDER BY weight DESC, one, other LIMIT $most
"""
MOST_REFUSED = 8


@dataclass
class Link:
    """Two records of one person, and what makes them so."""

    one: str
    other: str
    agree: str
    weight: float | None
    """Log2 of the odds that the two are one person; None for an identifier that points."""
    without_it: str = ""
    """What would no longer be held, if this link were not there."""


@dataclass
class Explained:
    """Why a person is one, and who was nearly it too."""

    links: list[Link] = field(default_factory=list)
    waterfall: list[dict[str, Any]] = field(default_factory=list)
    """What each field adds to the weakest link that holds: comparison, level, bits."""
    refused: list[dict[str, Any]] = field(default_factory=list)


def explain(
    connection: duckdb.DuckDBPyConnection, rules: Rules, profile_id: str, named: int | None = None
) -> Explained:  # fmt: skip
    """Return what holds a profile together and what was refused.

    `named` is how many named nodes the mirror has (as `pairs.named_nodes`), where the connection has a part of it.
    """
    connection.execute(MINE, {"id": profile_id})
    names: dict[int, list[str]] = {}
    for name, x in connection.execute("SELECT name, x FROM mine ORDER BY name").fetchall():
        names.setdefault(x, []).append(name)
    held = connection.execute(HOLDING, {"accept": rules.thresholds.accept}).fetchall()
    links = [*_alike(names.values()), *_pairs(names, held)]
    pointing = connection.execute(POINTING).fetchall()
    links += [Link(name, f"{rule} {value}", f"{rule} points here", None) for name, rule, value in pointing]
    weakest = min((row for row in held if row[2] >= 0), key=lambda row: row[3], default=None)
    records = pairs.named_nodes(connection) if named is None else named
    steps = rules.model.waterfall(weakest[2], records) if weakest else []
    waterfall = [{**step, "field": SPOKEN.get(step["field"], step["field"])} for step in steps]
    return Explained(links, waterfall, _refused(connection, rules, records))


def _alike(nodes: Iterable[list[str]]) -> list[Link]:
    return [Link(first, other, "everything", None) for first, *others in nodes for other in others]


def _pairs(names: dict[int, list[str]], held: list[tuple[int, int, int, float]]) -> list[Link]:
    edges = [(a, b) for a, b, _, _ in held]
    made = []
    for place, (a, b, pattern, weight) in enumerate(held):
        agree = _ruled(weight) or " + ".join(in_words(pattern))
        rest = _reached(a, [edge for other, edge in enumerate(edges) if other != place])
        lost = [] if b in rest else sorted(name for x in _reached(b, edges) - rest for name in names[x])
        one, other = sorted((names[a][0], names[b][0]))
        made.append(Link(one, other, agree, None if weight >= RULED else weight, ", ".join(lost)))
    return made


def _ruled(weight: float) -> str:
    if weight < RULED:
        return ""
    return "decided by hand" if weight >= DECIDED else "made one by their source"


def _reached(start: int, edges: list[tuple[int, int]]) -> set[int]:
    """Return the nodes that edges lead to from one."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        near = {b if a == here else a for a, b in edges if here in (a, b)} - found
        found |= near
        waiting += near
    return found


def _refused(connection: duckdb.DuckDBPyConnection, rules: Rules, records: int) -> list[dict[str, Any]]:
    """Return placeholders among the identifiers, then other persons' records that come nearest."""
    told = [
        {"one": kind, "other": value, "profile_id": "", "why": f"joins nobody: {reason}", "weight": None}
        for kind, value, reason in connection.execute(PLACEHOLDERS).fetchall()
    ]
    connection.execute("CREATE OR REPLACE TEMP TABLE scope AS SELECT DISTINCT x FROM mine")
    connection.execute(pairs.PAIRS_IN_SCOPE)
    pairs.compare(connection)
    pairs.weigh(connection, rules.model, rules.thresholds, records)
    for one, other, profile_id, pattern, weight in connection.execute(OTHERS, {"most": MOST_REFUSED}).fetchall():
        alike = in_words(pattern)
        why = f"{' + '.join(alike) or 'nothing'} {'agree' if len(alike) > 1 else 'agrees'}, "
        why += f"but {differing(pattern) or 'too little is known'}"
        if rules.thresholds.review <= weight < rules.thresholds.accept:
            why = f"held for review: {why}"
        told.append({"one": one, "other": other, "profile_id": profile_id, "why": why, "weight": round(weight, 1)})
    return told
