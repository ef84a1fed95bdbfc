"""How many of each audience get through to a destination, where the others stay behind, and how audiences overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import duckdb

from plugins.hub.arrivals import told
from plugins.hub.choosing import IN, columns
from plugins.hub.meaning import Audience
from plugins.store.mirror import rows

# Sixty-four persons in a number, a bit for each: who is in two things at once is counted by the numbers.
BITS = """
CREATE OR REPLACE TEMP TABLE bits AS SELECT p // 64 AS block {each}
FROM (SELECT *, 1::UBIGINT << (p % 64)::UBIGINT AS bit FROM choice) GROUP BY block
"""
FATE = """
CREATE OR REPLACE TEMP TABLE fate AS
SELECT p // 64 AS block, bit_or(bit) FILTER (state = 'granted') AS permitted,
       bit_or(bit) FILTER (is_desired) AS reachable, bit_or(bit) FILTER (operation = 'add') AS "add",
       bit_or(bit) FILTER (operation = 'change') AS change
FROM (
  SELECT p, 1::UBIGINT << (p % 64)::UBIGINT AS bit, operation, state, is_desired FROM wanted
  LEFT JOIN (SELECT wire_id, operation FROM planned WHERE operation <> 'remove')
    ON wire_id = CASE WHEN is_desired THEN address END
) GROUP BY block
"""
FATES = ("permitted", "reachable", "add", "change")
# Of a change also what goes; who is gone altogether has no name here any more.
NAMES = """
SELECT operation, planned.profile_id, concat_ws(' ', first_name, last_name) AS name, {why} AS why
FROM planned LEFT JOIN trait USING (profile_id)
ORDER BY operation <> 'remove', cause IS NULL, operation, planned.profile_id, wire_id LIMIT ?
"""
WHY = """reason || CASE WHEN operation = 'change' AND len(tags_off) > 0
  THEN '; no longer ' || array_to_string(tags_off, ', ') ELSE '' END"""


def pack(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience]) -> None:
    """Leave table `bits`, which `funnel` and `overlap` count by: who is in each audience, held out from none."""
    each = (f", bit_or(CASE WHEN {column} = {IN} THEN bit END) AS {column}" for column in columns(audiences).values())
    connection.execute(BITS.format(each="".join(each)))


def funnel(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], destination: str
) -> list[dict[str, Any]]:
    """Count each audience of a destination, step by step; `choice`, `bits`, `wanted` and `planned` are there.

    matched = yielded + held out + capped + not permitted + reachable, of whom some are to be pushed: added or changed.
    Who is not permitted has no consent, or no address: none at all, or one that another person has or refused.
    """
    here = _here(audiences, destination)
    if not here:
        return []
    connection.execute(FATE)
    counts = {each.pop("audience"): each for each in rows(connection, "SELECT * FROM tally")}
    through, events = _through(connection, here), told(connection)
    for each in audiences:
        if each.name in here and each.to[destination].kind == "event":
            through[each.name] |= {"add": events.get(each.name, 0), "change": 0}
    return [_steps(name, counts[name], through[name]) for name in here]


def _steps(name: str, told: Mapping[str, int], through: Mapping[str, int]) -> dict[str, Any]:
    first = {step: told[step] for step in ("matched", "yielded", "held_out", "capped")}
    kept = {
        "not_permitted": told["chosen"] - through["reachable"], "no_consent": told["chosen"] - through["permitted"],
        "no_address": through["permitted"] - through["reachable"],
    }  # fmt: skip
    return {"audience": name, **first, **kept, **{step: through[step] for step in FATES[1:]}}


def _through(connection: duckdb.DuckDBPyConnection, here: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return what becomes of those whom each audience chose, by its name."""
    asked = (f'sum(bit_count({column} & fate."{each}"))' for column in here.values() for each in FATES)
    found = iter(connection.execute(f"SELECT {', '.join(asked)} FROM bits JOIN fate USING (block)").fetchall()[0])
    return {name: {each: int(next(found) or 0) for each in FATES} for name in here}


def overlap(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], destination: str
) -> list[dict[str, Any]]:
    """Count who is in two audiences of a destination, and their share of the smaller one; most persons first."""
    here = _here(audiences, destination)
    pairs = list(combinations(here, 2))
    if not pairs:
        return []
    asked = [f"sum(bit_count({here[one]} & {here[other]}))" for one, other in pairs]
    asked += [f"sum(bit_count({column}))" for column in here.values()]
    found = [int(each or 0) for each in connection.execute(f"SELECT {', '.join(asked)} FROM bits").fetchall()[0]]
    size = dict(zip(here, found[len(pairs) :], strict=True))
    made = [_pair(*pair, persons, size) for pair, persons in zip(pairs, found, strict=False) if persons]
    return sorted(made, key=lambda each: (-each["persons"], each["audience"], each["other"]))


def _pair(one: str, other: str, persons: int, size: Mapping[str, int]) -> dict[str, Any]:
    percent = round(persons * 100 / min(size[one], size[other]))
    return {"audience": one, "other": other, "persons": persons, "percent_of_smaller": percent}


def names(connection: duckdb.DuckDBPyConnection, most: int, *, by_record: bool) -> list[dict[str, Any]]:
    """Return who is planned to be removed, added or changed, and why: at most so many, removals first."""
    return rows(connection, NAMES.format(why="reason" if by_record else WHY), [most])


def _here(audiences: Sequence[Audience], destination: str) -> Mapping[str, str]:
    column = columns(audiences)
    return {each.name: column[each.name] for each in audiences if destination in each.to}
