"""A compiled condition: SQL for the engine, and the values of its marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from plugins.rules.moments import Ago, Today

if TYPE_CHECKING:
    from plugins.rules.declared import Aggregate

Bound = str | int | bool | datetime | date
Parameter = Bound | Ago | Today


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts that must all hold."""

    text: str
    sql: str
    """True, false, or NULL where it cannot be decided."""
    parameters: list[Parameter]
    traits: set[str]

    def bind(self, now: datetime) -> list[Bound]:
        """Return the values of the `?`s at this moment (aware)."""
        return bound(self.parameters, now)


def kept(condition: Condition | None, within: Ago | None, time: str, now: datetime) -> tuple[str, list[Bound]]:
    """Return which facts count as a condition over their relation, and the values of its `?`s."""
    parts, values = ["true"], list[Bound]()
    if condition is not None:
        parts.append(condition.sql)
        values += condition.bind(now)
    if within is not None:
        parts.append(f'"{time}" >= ?')
        values.append(within.at(now))
    return " AND ".join(parts), values


def bound(parameters: list[Parameter], now: datetime) -> list[Bound]:
    """Return values with `ago` and `today` counted from now."""
    return [each.at(now) if isinstance(each, Ago | Today) else each for each in parameters]


@dataclass(frozen=True, slots=True)
class Condition:
    """DuckDB SQL over a relation whose columns are traits, typed as `catalogue.DUCKDB_TYPES` says.

    `sql` is true or false, never NULL: what is unknown is out. It has one `?` for each of `parameters`, in order;
    `bind(now)` returns their values, with `ago` and `today` counted from `now`.
    """

    sql: str
    parameters: list[Parameter]
    traits: set[str]
    bare: str = ""
    """The same, and NULL where it cannot be decided."""
    asked: dict[str, Aggregate] = field(default_factory=dict)
    """What its helpers count, by the name of the column that holds it."""
    parts: list[Part] = field(default_factory=list)

    def bind(self, now: datetime) -> list[Bound]:
        """Return the values of the `?`s at this moment (aware)."""
        return bound(self.parameters, now)
