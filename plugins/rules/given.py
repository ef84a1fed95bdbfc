"""What examples give: values of traits, and facts of one person, put before the very SQL that will be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb

from plugins.rules.also_bought import AlsoBought
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


def check_baskets(also: AlsoBought, given: Any, places: Places, path: Path) -> Iterator[Complaint]:
    """Find what is wrong with what a person bought, and others."""
    if not isinstance(given, dict) or not isinstance(given.get("others", []), list):
        yield places.complaint(places.value(path), "should be baskets", "write {bought: [a], others: [[a, b], [a, b]]}")
        return
    for name in given.keys() - {"bought", "others"}:
        cure = did_you_mean(name, ("bought", "others"))
        yield places.complaint(places.key((*path, name)), f"{name}: unknown key", cure)
    yield from check_facts(also.kind, _spelt(also, given.get("bought", [])), places, (*path, "bought"))
    for place, each in enumerate(given.get("others", [])):
        yield from check_facts(also.kind, _spelt(also, each), places, (*path, "others", place))


def _spelt(also: AlsoBought, basket: Any) -> Any:
    """Return a basket with each word in it as a line: that product, bought and paid for just now."""
    if not isinstance(basket, list):
        return basket
    line = {"ordered_at": "1 minute ago", "pieces": 1, "total_minor": 1}
    return [{also.tell: each, **line} if isinstance(each, str) else each for each in basket]


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
    lay(engine, aggregate.kind, [given], now)
    sql, values = aggregate.told(now)
    found = engine.execute(sql, values).fetchone()
    return aggregate.otherwise if found is None or found[1] is None else found[1]


def also_told(
    engine: duckdb.DuckDBPyConnection, also: AlsoBought, given: Mapping[str, Any], now: datetime
) -> list[str]:  # fmt: skip
    """Return what somebody with this basket is told, beside others with theirs, by the SQL that is run for all."""
    baskets = [given.get("bought", []), *given.get("others", [])]
    lay(engine, also.kind, [_spelt(also, each) for each in baskets], now)
    also.tell_into(engine, "told_example", now)
    found = engine.execute("SELECT value FROM told_example WHERE p = 1").fetchone()
    return list(found[0] if found else also.otherwise)


def lay(engine: duckdb.DuckDBPyConnection, kind: Kind, people: Sequence[Facts], now: datetime) -> None:
    """Make the relation of a kind of fact, with the facts of some people, who are numbered from 1."""
    columns = ", ".join(f'"{name}" {DUCKDB_TYPES[fact.type]}' for name, fact in kind.facts.items())
    engine.execute(f"CREATE OR REPLACE TABLE fact_{kind.name} (p BIGINT, {columns})")
    for p, each in ((p, each) for p, given in enumerate(people, 1) for each in given):
        names = [name for name in kind.facts if name in each]
        marks = ", ".join("?" for _ in ("p", *names))
        listed = ", ".join(["p", *(f'"{name}"' for name in names)])
        values = [value_of(kind.facts[name], each[name], now) for name in names]
        engine.execute(f"INSERT INTO fact_{kind.name} ({listed}) VALUES ({marks})", [p, *values])


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
