"""Declared traits, compiled: SQL for the engine, with every value bound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plugins.rules.also_bought import AlsoBought
from plugins.rules.catalogue import DUCKDB_TYPES, Trait, Type
from plugins.rules.compiled import Bound, Condition, kept
from plugins.rules.facts import Kind
from plugins.rules.moments import Ago

TAKE = re.compile(r"(?P<way>[a-z]+)(?: (?P<fact>[a-z_]+))?")
ORDERED = ("integer", "money", "time", "date")
SUMMED = ("integer", "money")
ANY = (*ORDERED, "text", "boolean")
WAYS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "count": ((), "integer"), "exists": ((), "boolean"), "different": (ANY, "integer"),
    "sum": (SUMMED, "same"), "mean": (SUMMED, "same"), "least": (ORDERED, "same"), "greatest": (ORDERED, "same"),
    "first": (ANY, "same"), "last": (ANY, "same"), "most": (ANY, "same"),
}  # fmt: skip
"""Way of taking: the types of fact it goes over, and the type it gives."""
NOTHING: Mapping[str, int | bool] = {"count": 0, "different": 0, "exists": False, "sum": 0}
"""What there is of somebody without such facts, where their source is read at all."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A trait that is taken of the facts of a kind."""

    trait: Trait
    kind: Kind
    way: str
    fact: str | None
    condition: Condition | None
    within: Ago | None
    otherwise: Bound | None

    def told(self, now: datetime) -> tuple[str, list[Bound]]:
        """Return a SELECT of (p, value) over the relation `fact_<kind>`, and the values of its `?`s."""
        where, values = kept(self.condition, self.within, self.kind.time, now)
        source = f"(SELECT * FROM fact_{self.kind.name} WHERE {where})"
        type_ = DUCKDB_TYPES[self.trait.type]
        if self.way == "most":
            ranked = f'SELECT p, "{self.fact}" AS v, count(*) AS n, max("{self.kind.time}") AS t FROM {source} AS kept'
            ranked += f' WHERE "{self.fact}" IS NOT NULL GROUP BY ALL'
            return f"SELECT p, CAST(arg_max(v, (n, t, v)) AS {type_}) AS value FROM ({ranked}) GROUP BY p", values
        return f"SELECT p, CAST({self._taken()} AS {type_}) AS value FROM {source} AS kept GROUP BY p", values

    def _taken(self) -> str:
        fact, at = f'"{self.fact}"', f'"{self.kind.time}"'
        latest = f"({at}, {fact})"
        return {
            "count": "count(*)", "exists": "count(*) > 0", "different": f"count(DISTINCT {fact})",
            "sum": f"sum({fact})", "mean": f"sum({fact}) // nullif(count({fact}), 0)", "least": f"min({fact})",
            "greatest": f"max({fact})", "first": f"arg_min({fact}, {latest})", "last": f"arg_max({fact}, {latest})",
        }[self.way]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cases:
    """A trait that is the first case whose condition holds; unknown where none does."""

    trait: Trait
    cases: tuple[tuple[Condition, Bound], ...]

    def told(self, now: datetime) -> tuple[str, list[Bound]]:
        """Return an expression over traits, and the values of its `?`s."""
        values: list[Bound] = []
        parts = []
        for condition, value in self.cases:
            parts.append(f"WHEN {condition.sql} THEN ?")
            values += [*condition.bind(now), value]
        return f"CAST(CASE {' '.join(parts)} END AS {DUCKDB_TYPES[self.trait.type]})", values


@dataclass(frozen=True, slots=True)
class Quintile:
    """A trait that tells in which fifth of the people somebody is, 5 for the highest; equals are in the same fifth."""

    trait: Trait
    of: str
    condition: Condition | None

    def told(self, now: datetime) -> tuple[str, list[Bound]]:
        """Return an expression over traits, and the values of its `?`s."""
        among = f'"{self.of}" IS NOT NULL' + (f" AND {self.condition.sql}" if self.condition else "")
        values = self.condition.bind(now) if self.condition else []
        ranked = f'percent_rank() OVER (PARTITION BY {among} ORDER BY "{self.of}")'
        return f"CASE WHEN {among} THEN CAST(least(5, 1 + floor({ranked} * 5)) AS BIGINT) END", [*values, *values]


Declared = Aggregate | Cases | Quintile | AlsoBought


def conditions_of(declared: Declared) -> list[Condition]:
    """Return the conditions that a declared trait rests on."""
    if isinstance(declared, Cases):
        return [condition for condition, _ in declared.cases]
    return [declared.condition] if declared.condition is not None else []


def needed(declared: Declared) -> set[str]:
    """Return the traits that a declared one is made of; one that is taken of facts is made of none."""
    if isinstance(declared, Cases | Quintile):
        among = {name for each in conditions_of(declared) for name in each.traits}
        return among | ({declared.of} if isinstance(declared, Quintile) else set())
    return set()


def type_of(way: str, fact: Trait | None) -> Type:
    """Return the type that a way of taking gives."""
    given = WAYS[way][1]
    return fact.type if given == "same" and fact is not None else given  # type: ignore[return-value] # one of Type
