"""What examples give: values of traits, and facts of one person, put before the very SQL that will be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb

from plugins.rules.catalogue import DUCKDB_TYPES, Catalogue, Trait
from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.condition import A_TYPE
from plugins.rules.declared import Aggregate
from plugins.rules.facts import Kind
from plugins.rules.moments import Ago, Today, told
from plugins.rules.yaml_file import Path, Places

Facts = Sequence[Mapping[str, Any]]
CURES = {
    "text": "put it in quotes",
    "texts": "write a list: [a, b]",
    "integer": "write a whole number",
    "money": "write whole cents",
    "boolean": "write true or false",
    "time": "write 120 days ago or 2026-01-31",
    "date": "write 30 years ago or 1984-03-09",
}


def check_facts(kind: Kind, given: Any, places: Places, path: Path) -> Iterator[Complaint]:
    """Find what is wrong with a list of facts."""
    if not isinstance(given, list):
        yield places.complaint(places.value(path), "should be a list of facts", "write '- {…}' for each, or []")
        return
    for place, each in enumerate(given):
        yield from check_values(each, kind.facts, places, (*path, place), "fact")


def check_values(given: Any, catalogue: Catalogue, places: Places, path: Path, word: str) -> Iterator[Complaint]:
    """Find names that the catalogue does not have, and values that do not fit."""
    if not isinstance(given, dict):
        yield places.complaint(places.value(path), "should be a mapping", "write {name: value}")
        return
    for name, value in given.items():
        if name not in catalogue:
            what = f"{name}: unknown {word}"
            yield places.complaint(places.key((*path, name)), what, did_you_mean(name, catalogue))
        elif not fits(catalogue[name], value):
            what = f"{name} is {A_TYPE[catalogue[name].type]}, and the example gives something else"
            yield places.complaint(places.value((*path, name)), what, CURES[catalogue[name].type])


def counted(engine: duckdb.DuckDBPyConnection, aggregate: Aggregate, given: Facts, now: datetime) -> Any:
    """Return what an aggregate comes to for one person with these facts, by the SQL that is run for all."""
    lay(engine, aggregate.kind, given, now)
    sql, values = aggregate.told(now)
    found = engine.execute(sql, values).fetchone()
    return aggregate.otherwise if found is None or found[1] is None else found[1]


def lay(engine: duckdb.DuckDBPyConnection, kind: Kind, given: Facts, now: datetime) -> None:
    """Make the relation of a kind of fact, with the facts of one person."""
    columns = ", ".join(f'"{name}" {DUCKDB_TYPES[fact.type]}' for name, fact in kind.facts.items())
    engine.execute(f"CREATE OR REPLACE TABLE fact_{kind.name} (p BIGINT, {columns})")
    for each in given:
        names = [name for name in kind.facts if name in each]
        marks = ", ".join("?" for _ in ("p", *names))
        listed = ", ".join(["p", *(f'"{name}"' for name in names)])
        values = [value_of(kind.facts[name], each[name], now) for name in names]
        engine.execute(f"INSERT INTO fact_{kind.name} ({listed}) VALUES ({marks})", [1, *values])


def fits(trait: Trait, value: Any) -> bool:
    """Tell whether a value of an example may be this trait's; none fits every one."""
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


def value_of(trait: Trait, value: Any, now: datetime) -> Any:
    """Return a value of an example as the engine has it."""
    if value is None or trait.type not in ("time", "date"):
        return value
    moment = _moment(trait, value)
    return moment.at(now) if isinstance(moment, Ago | Today) else moment
