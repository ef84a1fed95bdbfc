"""The examples inside a feed: products described by their facts, put before the very statements that will be run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import duckdb

from plugins.feeds import forms
from plugins.feeds.compiling import Compiled, made
from plugins.feeds.facts import columns
from plugins.rules.complaint import Complaint
from plugins.rules.examples import NOW
from plugins.rules.feed_facts import FACTS
from plugins.rules.feeds import FeedExample
from plugins.rules.given import value_of


def run_examples(feeds: Iterable[Compiled], now: datetime = NOW) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place."""
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(forms.MACROS)
        return [complaint for compiled in feeds for complaint in _failures(engine, compiled, now)]


def _failures(engine: duckdb.DuckDBPyConnection, compiled: Compiled, now: datetime) -> Iterator[Complaint]:
    for place, example in enumerate(compiled.read.feed.examples):
        for path, what in _differences(_result(engine, compiled, example, now), example.expect):
            at = compiled.read.places.value(("examples", place, "expect", *path))
            yield compiled.read.places.complaint(at, f"{example.title}: {what}", "correct the feed or the example")


def _result(
    engine: duckdb.DuckDBPyConnection, compiled: Compiled, example: FeedExample, now: datetime
) -> dict[str, str | None] | None:
    """Return what would be written of a product, None where it stays out; a fact that is not given is not known."""
    engine.execute(f"CREATE OR REPLACE TABLE fact ({columns()})")
    given = [value_of(FACTS[name], value, now) for name, value in example.given.items()]
    named = ", ".join(f'"{name}"' for name in example.given) or "product_id"
    marks = ", ".join("?" for _ in given) or "NULL"
    engine.execute(f"INSERT INTO fact ({named}) VALUES ({marks})", given)
    sql, values = made(compiled, now)
    found = engine.execute(sql, values).fetchall()
    return dict(zip(compiled.attributes, found[0][1:], strict=True)) if found else None


def _differences(result: dict[str, str | None] | None, expected: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give where in what is expected the result differs, and how."""
    if result is None or expected == "out":
        if (result is None) != (expected == "out"):
            yield (), f"expected {'out' if expected == 'out' else 'in'}, is {'out' if result is None else 'in'}"
        return
    for name, text in expected.items():
        if result[name] != text:
            yield (name,), f"{name} should be {_told(text)}, is {_told(result[name])}"


def _told(text: str | None) -> str:
    return "left out" if text is None else f"'{text}'"
