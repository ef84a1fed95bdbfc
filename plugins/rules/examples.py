"""The examples inside a rule: people and facts, put before the very SQL that will be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from plugins.rules.also_bought import AlsoBought
from plugins.rules.catalogue import DUCKDB_TYPES, Catalogue
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint
from plugins.rules.condition import A_TYPE
from plugins.rules.declared import Aggregate, Cases, Declared, Quintile, conditions_of
from plugins.rules.facts import KINDS
from plugins.rules.given import CURES, also_told, check_baskets, check_facts, check_values, counted, fits, value_of
from plugins.rules.helpers import HELPERS
from plugins.rules.models import Audience, Example
from plugins.rules.traits import TraitRule
from plugins.rules.yaml_file import Path, Places

if TYPE_CHECKING:
    from plugins.rules.load import Rules

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
"""The moment of the examples, so that they say the same every day."""


def check_given(audience: Audience, places: Places, catalogue: Catalogue) -> Iterator[Complaint]:
    """Find traits of examples that do not exist, and values that do not fit them."""
    for place, example in enumerate(audience.examples):
        yield from _check_person(example.given, catalogue, places, ("examples", place, "given"))


def _check_person(given: Any, catalogue: Catalogue, places: Places, path: Path) -> Iterator[Complaint]:
    """Find what is wrong with the traits of a person, and with the facts that helpers count."""
    facts = {name: value for name, value in given.items() if name in HELPERS} if isinstance(given, dict) else {}
    for helper, value in facts.items():
        yield from check_facts(KINDS[HELPERS[helper][0]], value, places, (*path, helper))
    traits = {name: value for name, value in given.items() if name not in facts} if facts else given
    yield from check_values(traits, catalogue, places, path, "trait")


def check_trait_examples(
    declared: Declared, rule: TraitRule, places: Places, catalogue: Catalogue
) -> Iterator[Complaint]:
    """Find facts and traits of examples that do not exist, and values that do not fit them."""
    for place, example in enumerate(rule.examples):
        path: Path = ("examples", place)
        if isinstance(declared, Aggregate):
            yield from check_facts(declared.kind, example.given, places, (*path, "given"))
        elif isinstance(declared, AlsoBought):
            yield from check_baskets(declared, example.given, places, (*path, "given"))
        else:
            yield from _check_person(example.given, catalogue, places, (*path, "given"))
        if example.expect is not None and not fits(declared.trait, example.expect):
            what = f"{declared.trait.name} is {A_TYPE[declared.trait.type]}, and the example expects something else"
            yield places.complaint(places.value((*path, "expect")), what, CURES[declared.trait.type])


def run_examples(rules: Rules, now: datetime = NOW) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place."""
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET TimeZone = 'UTC'")
        found = [
            complaint
            for name, audience in rules.audiences.items()
            for complaint in _failures(engine, rules, name, audience, now)
        ]
        for declared in rules.declared:
            if rule := rules.traits.get(declared.trait.name):
                places = rules.places[f"trait {declared.trait.name}"]
                found += _other_than_expected(engine, rule, declared, rules.catalogue, places, now)
        return found


def failures_of(rules: Rules, name: str, now: datetime = NOW) -> list[Complaint]:
    """Return the examples of one audience that do not come out as they say."""
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET TimeZone = 'UTC'")
        return list(_failures(engine, rules, name, rules.audiences[name], now))


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
    """Put one person before the condition; what is not given is not known."""
    source, given = _person(engine, [condition], example.given, catalogue, now)
    found = engine.execute(f"select {condition.sql} from {source}", [*condition.bind(now), *given]).fetchone()
    return bool(found and found[0])


def holds(condition: Condition, given: Mapping[str, Any], catalogue: Catalogue, now: datetime) -> bool:
    """Tell whether a condition holds for one person; what is not given is not known."""
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET TimeZone = 'UTC'")
        source, values = _person(engine, [condition], given, catalogue, now)
        found = engine.execute(f"select {condition.sql} from {source}", [*condition.bind(now), *values]).fetchone()
    return bool(found and found[0])


def _person(
    engine: duckdb.DuckDBPyConnection, conditions: Sequence[Condition], given: Mapping[str, Any], catalogue: Catalogue,
    now: datetime, *others: str,
) -> tuple[str, list[Any]]:  # fmt: skip
    """Return a relation of one person that has all that the conditions ask for, and the values of its `?`s."""
    asked = {name: each for condition in conditions for name, each in condition.asked.items()}
    names = sorted({name for condition in conditions for name in condition.traits} | set(others))
    types = {name: asked[name].trait if name in asked else catalogue[name] for name in names}
    columns = ", ".join(f'cast(? as {DUCKDB_TYPES[trait.type]}) as "{name}"' for name, trait in types.items())
    values = [
        _counted(engine, asked[name], given, now) if name in asked
        else value_of(trait, given.get(name), now) for name, trait in types.items()
    ]  # fmt: skip
    return (f"(select {columns})" if names else "(select 1)"), values


def _counted(
    engine: duckdb.DuckDBPyConnection, asked: Aggregate, given: Mapping[str, Any], now: datetime
) -> Any:  # fmt: skip
    facts = given.get(asked.trait.name.partition("_")[0])
    return None if facts is None else counted(engine, asked, facts, now) or 0


def _other_than_expected(
    engine: duckdb.DuckDBPyConnection, rule: TraitRule, declared: Declared, catalogue: Catalogue, places: Places,
    now: datetime,
) -> Iterator[Complaint]:  # fmt: skip
    """Find the examples that do not come out as they say."""
    for place, example in enumerate(rule.examples):
        if isinstance(declared, Aggregate):
            found = counted(engine, declared, example.given, now)
        elif isinstance(declared, AlsoBought):
            found = also_told(engine, declared, example.given, now)
        else:
            found = _of_traits(engine, declared, example.given, catalogue, now)
        expected = value_of(declared.trait, example.expect, now)
        if _comparable(found) != _comparable(expected):
            at = places.value(("examples", place, "expect"))
            told = "nothing" if found is None else str(found)
            what = f"{example.title}: expected {'nothing' if expected is None else expected}, is {told}"
            yield places.complaint(at, what, "correct the trait or the example")


def _of_traits(
    engine: duckdb.DuckDBPyConnection, declared: Cases | Quintile, given: Mapping[str, Any], catalogue: Catalogue,
    now: datetime,
) -> Any:  # fmt: skip
    sql, values = declared.told(now)
    others = (declared.of,) if isinstance(declared, Quintile) else ()
    source, known = _person(engine, conditions_of(declared), given, catalogue, now, *others)
    found = engine.execute(f"SELECT {sql} FROM {source}", [*values, *known]).fetchone()
    return found[0] if found else None


def _comparable(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value
