"""The examples inside a rule: people described by their traits, put before the very SQL that will be run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from plugins.rules.catalogue import DUCKDB_TYPES, Catalogue, Trait
from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.condition import A_TYPE, Condition
from plugins.rules.models import Audience, Example
from plugins.rules.moments import Ago, Today, told
from plugins.rules.yaml_file import Places

if TYPE_CHECKING:
    from plugins.rules.load import Rules

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
"""The moment of the examples, so that they say the same every day."""


def check_given(audience: Audience, places: Places, catalogue: Catalogue) -> Iterator[Complaint]:
    """Find traits of examples that do not exist, and values that do not fit them."""
    for place, example in enumerate(audience.examples):
        for name, value in example.given.items():
            path = ("examples", place, "given", name)
            if name not in catalogue:
                yield places.complaint(places.key(path), f"{name}: unknown trait", did_you_mean(name, catalogue))
            elif not _fits(catalogue[name], value):
                what = f"{name} is {A_TYPE[catalogue[name].type]}, and the example gives something else"
                yield places.complaint(places.value(path), what, _CURES[catalogue[name].type])


def run_examples(rules: Rules, now: datetime = NOW) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place."""
    with duckdb.connect(":memory:") as engine:
        return [
            complaint
            for name, audience in rules.audiences.items()
            for complaint in _failures(engine, rules, name, audience, now)
        ]


def _failures(
    engine: duckdb.DuckDBPyConnection, rules: Rules, name: str, audience: Audience, now: datetime
) -> Iterator[Complaint]:
    for place, example in enumerate(audience.examples):
        is_in = _is_in(engine, rules.conditions[name], example, rules.catalogue, now)
        if is_in != (example.expect == "in"):
            places = rules.places[name]
            at = places.value(("examples", place, "expect"))
            what = f"{example.title}: expected {example.expect}, is {'in' if is_in else 'out'}"
            yield places.complaint(at, what, "correct the condition or the example")


def _is_in(
    engine: duckdb.DuckDBPyConnection, condition: Condition, example: Example, catalogue: Catalogue, now: datetime
) -> bool:
    """Put one person before the condition; a trait that is not given is not known."""
    names = sorted(condition.traits)
    columns = ", ".join(f'cast(? as {DUCKDB_TYPES[catalogue[name].type]}) as "{name}"' for name in names)
    given = [_value(catalogue[name], example.given.get(name), now) for name in names]
    source = f"(select {columns})" if names else "(select 1)"
    found = engine.execute(f"select {condition.sql} from {source}", [*condition.bind(now), *given]).fetchone()
    return bool(found and found[0])


def _fits(trait: Trait, value: Any) -> bool:
    if value is None:
        return True
    if trait.type in ("integer", "money"):
        return isinstance(value, int) and not isinstance(value, bool)
    if trait.type == "texts":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if trait.type in ("time", "date"):
        return isinstance(value, str) and _moment(trait, value) is not None
    return isinstance(value, bool if trait.type == "boolean" else str)


def _moment(trait: Trait, value: str) -> datetime | date | Ago | Today | None:
    return told(value, "date" if trait.type == "date" else "time")


def _value(trait: Trait, value: Any, now: datetime) -> Any:
    if value is None or trait.type not in ("time", "date"):
        return value
    moment = _moment(trait, value)
    return moment.at(now) if isinstance(moment, Ago | Today) else moment


_CURES = {
    "text": "put it in quotes",
    "texts": "write a list: [a, b]",
    "integer": "write a whole number",
    "money": "write whole cents",
    "boolean": "write true or false",
    "time": "write 120 days ago or 2026-01-31",
    "date": "write 30 years ago or 1984-03-09",
}
