"""Who meets a condition as of the last resolve: part by part, one by one, and what another rule would make of it.

All of it asks the copy for those who look (plugins.store.shown) on a cursor, and writes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from plugins.hub.destinations import Channel
from plugins.hub.meaning import Audience, Meaning, meaning_of, mistakes
from plugins.hub.plans import Hub
from plugins.rules.compiled import Condition
from plugins.rules.complaint import RulesError
from plugins.rules.examples import failures_of
from plugins.rules.load import Rules, load_rules
from plugins.store.mirror import rows

Row = dict[str, Any]
NAMED = ("profile_id", "first_name", "last_name", "email", "city")
SIEVE = "SELECT count(*) {counts} FROM (SELECT {parts} FROM trait)"
# As they stand in the table, so that the engine stops when there are enough of them.
MEMBERS = f"""
SELECT rowid AS place, {", ".join(NAMED)} FROM trait WHERE {{condition}} AND rowid > ? LIMIT ?
"""
TURNED = "SELECT profile_id, {was} AS was, {becomes} AS becomes FROM trait"
COUNTS = """count(*) FILTER (was) AS before, count(*) FILTER (becomes) AS after,
count(*) FILTER (becomes AND NOT was) AS comes, count(*) FILTER (was AND NOT becomes) AS goes"""
EVERYBODY = f"SELECT {COUNTS} FROM ({TURNED})"
REACHED = f"""
SELECT {COUNTS} FROM ({TURNED}) AS turned JOIN consent_state USING (profile_id)
WHERE (was OR becomes) AND channel = ? AND purpose = ? AND state = 'granted' AND address IS NOT NULL
  AND address NOT IN (SELECT address FROM refused_address WHERE channel = ? AND purpose = ?)
"""
NOBODY = Condition("false", [], set())


def steps(cursor: duckdb.DuckDBPyConnection, condition: Condition, now: datetime) -> tuple[int, list[Row]]:
    """Return how many persons there are, and of each part of a condition in its turn how many it leaves.

    A row has `condition`, `left`, `out` and, of who is out, for how many the part is `unknown`.
    """
    columns = [f"s{number}" for number in range(len(condition.parts))]
    counts, before = "", "true"
    for column in columns:
        counts += f", count(*) FILTER ({before} AND {column}), count(*) FILTER ({before} AND {column} IS NULL)"
        before += f" AND {column}"
    parts = ", ".join(f"({each.sql}) AS {name}" for each, name in zip(condition.parts, columns, strict=True))
    values = [value for each in condition.parts for value in each.bind(now)]
    everybody, *found = cursor.execute(SIEVE.format(counts=counts, parts=parts), values).fetchall()[0]
    told, inside = list[Row](), everybody
    for each, left, unknown in zip(condition.parts, found[::2], found[1::2], strict=True):
        told.append({"condition": each.text, "left": left, "out": inside - left, "unknown": unknown})
        inside = left
    return everybody, told


def members(
    cursor: duckdb.DuckDBPyConnection, condition: Condition, now: datetime, after: int, most: int
) -> list[Row]:  # fmt: skip
    """Return some who meet a condition, after a `place` in the table; it is another one after the next resolve."""
    return rows(cursor, MEMBERS.format(condition=condition.sql), [*condition.bind(now), after, most])


@dataclass
class Trial:
    """What a changed rule would do to its audience: holdout, caps and priority are not counted."""

    complaints: Sequence[str] = ()
    """What is wrong with it, each with its place; then nothing was counted."""
    failures: Sequence[str] = ()
    """Its examples that do not come out as they say."""
    persons: Row = field(default_factory=dict)
    """Who meets the condition: `before`, `after`, and how many `comes` and `goes`."""
    destinations: list[Row] = field(default_factory=list)
    """The same of who may be reached, at each destination of the old rule and the new one."""
    is_uncounted: bool = False
    """It asks for something that the last resolve did not work out."""


def tried(hub: Hub, folder: Path, cursor: duckdb.DuckDBPyConnection, name: str, text: str) -> Trial:
    """Return what the text of a rule would do in the place of an audience's; the folder stays as it is."""
    try:
        rules = _read(hub, folder, name, text)
    except RulesError as wrong:
        return Trial([str(each) for each in wrong.complaints])
    made = Trial(failures=[str(each) for each in failures_of(rules, name)])
    new = _of(meaning_of(rules), name)
    assert new is not None
    try:
        _count(hub, cursor, _of(hub.meaning, name), new, made)
    except duckdb.BinderException:  # a trait, or something that a condition counts, which is new too
        made.is_uncounted = True
    return made


def _of(meaning: Meaning, name: str) -> Audience | None:
    return next((each for each in meaning.audiences if each.name == name), None)


def _read(hub: Hub, folder: Path, name: str, text: str) -> Rules:
    """Return the rules with another text for one audience; raises RulesError with all that is wrong."""
    with tempfile.TemporaryDirectory(prefix="trial-") as place:
        copied = Path(place) / folder.name
        shutil.copytree(folder, copied)
        (copied / "audiences" / f"{name}.yml").write_text(text, "utf-8")
        rules = load_rules(copied)
    if wrong := mistakes(rules, hub.channels):
        raise RulesError(wrong)
    return rules


def _count(
    hub: Hub, cursor: duckdb.DuckDBPyConnection, old: Audience | None, new: Audience, made: Trial
) -> None:  # fmt: skip
    (made.persons,) = _asked(cursor, EVERYBODY, old, new, hub.clock(), [])
    held = {**(old.to if old else {}), **new.to}
    for channel in (hub.channels[each] for each in held):
        was, becomes = (each if each and channel.destination in each.to else None for each in (old, new))
        (counts,) = _asked(cursor, REACHED, was, becomes, hub.clock(), _topic(channel))
        made.destinations.append({"destination": channel.destination, **counts})


def _topic(channel: Channel) -> list[str]:
    return [channel.channel, channel.purpose] * 2


def _asked(
    cursor: duckdb.DuckDBPyConnection, sql: str, old: Audience | None, new: Audience | None, now: datetime,
    values: Sequence[str],
) -> list[Row]:  # fmt: skip
    was, becomes = (each.condition if each else NOBODY for each in (old, new))
    told = sql.format(was=was.sql, becomes=becomes.sql)
    return rows(cursor, told, [*was.bind(now), *becomes.bind(now), *values])
