"""What ties a record to its group: the fields that agree with its best companion, in words, and what that weighs."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from mappers.identity.cluster import DECIDED
from mappers.identity.model import unpacked
from plugins.rules.identity import LEVELS

SPOKEN = {"given": "first name", "sur": "surname", "born": "birth date", "home": "address", "id": "account"}
AGREES = {"exact", "close", "call_name", "initial", "part"}
BEST = """
CREATE OR REPLACE TEMP TABLE tie AS
WITH held AS (
  SELECT a, b, pattern, weight FROM scored WHERE weight >= $accept
  UNION ALL SELECT a, b, -1, weight FROM ruled WHERE weight > 0
), sided AS (SELECT a AS x, b AS y, pattern, weight FROM held UNION ALL SELECT b, a, pattern, weight FROM held),
best AS (
  SELECT sided.x, arg_max(pattern, (weight, pattern)) AS pattern, max(weight) AS weight FROM sided
  JOIN grouping AS mine ON mine.x = sided.x JOIN grouping AS other ON other.x = sided.y AND other.label = mine.label
  GROUP BY sided.x
)
SELECT x, said.rule, weight FROM best JOIN said USING (pattern)
"""


def in_words(pattern: int) -> list[str]:
    """Return what agrees in a packed pattern, field by field: `surname`, `first name (initial)`."""
    return _agreeing(unpacked(np.array([pattern]))[0, : len(LEVELS)].tolist())


def _agreeing(pattern: Sequence[int]) -> list[str]:
    found = []
    for level, (name, levels) in zip(pattern, LEVELS.items(), strict=True):
        word = levels[level - 1] if level else ""
        if word in AGREES:
            spoken = SPOKEN.get(name, name)
            found.append(spoken if word == "exact" else f"{spoken} ({word.replace('_', ' ')})")
    return found


def differing(pattern: int) -> str:
    """Return what differs in a packed pattern: `birth date and card differ`."""
    levels = zip(unpacked(np.array([pattern]))[0], LEVELS.items(), strict=False)
    differ = [
        SPOKEN.get(name, name)
        for level, (name, words) in levels
        if level and words[level - 1] in ("different", "same_initial")
    ]
    if len(differ) < 2:
        return "".join(f"{name} differs" for name in differ)
    return f"{', '.join(differ[:-1])} and {differ[-1]} differ"


def best(connection: duckdb.DuckDBPyConnection, accept: float) -> None:
    """Leave temporary table `tie` (x, rule, weight): the heaviest pair that holds each named node in its group."""
    found = connection.execute("SELECT DISTINCT pattern FROM scored WHERE weight >= ?", [accept]).fetchnumpy()
    packed = found["pattern"]
    levels, which = np.unique(unpacked(packed)[:, : len(LEVELS)], axis=0, return_inverse=True)
    rules = np.array([*(" + ".join(_agreeing(each)) for each in levels.tolist()), "decision"])
    known = {"pattern": np.append(packed, -1), "rule": rules[np.append(which, len(rules) - 1)]}
    connection.register("worded", known)
    connection.execute("CREATE OR REPLACE TEMP TABLE said AS FROM worded")
    connection.unregister("worded")
    connection.execute(BEST, {"accept": min(accept, DECIDED)})
