"""A feed as the statements that make its items: what its rules and its channel say, compiled once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugins.feeds.channel import NUMBERS, Channel, channel_of
from plugins.feeds.checks import Checks
from plugins.feeds.texts import written
from plugins.feeds.writing import UNWRITABLE
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.feed_reading import ReadFeed

OWN_WORDS = frozenset({*NUMBERS, "feed_country"})
WRITER = 1
"""Goes up when the same items are written another way."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One feed, ready for the engine."""

    name: str
    read: ReadFeed
    channel: Channel
    attributes: tuple[str, ...]
    checks: Checks
    version: str
    """SHA-256 of all that decides what is written."""

    @property
    def columns(self) -> str:
        """Return the attributes as columns."""
        return ", ".join(f'"{name}"' for name in self.attributes)


def compile_feeds(feeds: Iterable[ReadFeed]) -> dict[str, Compiled]:
    """Return the feeds for their channels; raises `RulesError` with every mistake of all of them."""
    listed = list(feeds)
    wrong = [complaint for read in listed for complaint in _mistakes(read, channel_of(read.feed.format))]
    if wrong:
        raise RulesError(list(dict.fromkeys(wrong)))
    return {read.name: _compiled(read) for read in listed}


def _compiled(read: ReadFeed) -> Compiled:
    taken = channel_of(read.feed.format)
    attributes = tuple(dict.fromkeys(name for name, _ in read.every_text()))
    content = [read.feed.model_dump(mode="json"), [str(rule) for rule in _rules(read)], taken.model_dump(mode="json")]
    version = hashlib.sha256(json.dumps([WRITER, *content], sort_keys=True).encode()).hexdigest()
    return Compiled(read.name, read, taken, attributes, Checks(read.feed, taken, attributes), version)


def _rules(read: ReadFeed) -> list[list[object]]:
    return [
        [rule.title, rule.when.sql, rule.when.parameters, [(name, each.parts) for name, each in rule.writes.items()],
         rule.leaves_out] for rule in read.rules
    ]  # fmt: skip


def _mistakes(read: ReadFeed, taken: Channel) -> Iterable[Complaint]:
    seen: dict[str, str] = {}
    for name, text in read.every_text():
        at = text.places.key(text.path)
        if not taken.any_attribute and name not in taken.attributes:
            yield text.places.complaint(at, f"{name}: {taken.name} has no such attribute",
                                        did_you_mean(name, taken.attributes))  # fmt: skip
        if name.lower() in OWN_WORDS:
            yield text.places.complaint(at, f"{name}: a word of ours, of which checks speak", "call it something else")
        if seen.setdefault(name.lower(), name) != name:
            yield text.places.complaint(at, f"{name}: written as {seen[name.lower()]} elsewhere", "write it one way")
    for key, said in (("description", read.feed.description), ("shop_url", read.feed.shop_url)):
        if said and UNWRITABLE.search(said):
            at = read.places.value((key,))
            yield read.places.complaint(at, f"{key}: has a letter that no file may hold", "remove it")
    if "id" not in read.attributes:
        yield read.places.complaint(read.places.key(("attributes",)), "id: missing", "add it, for example '{sku}'")
    for place, example in enumerate(read.feed.examples):
        expected = example.expect if isinstance(example.expect, dict) else {}
        for name in expected.keys() - {known for known, _ in read.every_text()}:
            at = read.places.key(("examples", place, "expect", name))
            yield read.places.complaint(at, f"{name}: the feed does not write it", did_you_mean(name, seen.values()))


def chosen(compiled: Compiled, now: datetime) -> tuple[str, list[Any]]:
    """Return SQL that tells of every product in `fact` whether it is meant, and its values.

    `_is_wanted` is what `where` says; `_left_by` the number of the rule that leaves it out; `_r0` and on, whether each
    rule holds.
    """
    read = compiled.read
    flags = "".join(f", {rule.when.sql} AS _r{number}" for number, rule in enumerate(read.rules))
    leaving = "".join(f" WHEN _r{number} THEN {number}" for number, rule in enumerate(read.rules) if rule.leaves_out)
    sql = (
        f"SELECT *, CASE{leaving or ' WHEN false THEN 0'} END AS _left_by "
        f"FROM (SELECT *, {read.where.sql} AS _is_wanted{flags} FROM fact)"
    )
    return sql, [*read.where.bind(now), *(value for rule in read.rules for value in rule.when.bind(now))]


def made(compiled: Compiled, now: datetime) -> tuple[str, list[Any]]:
    """Return SQL for what is written of every product that is in, by its id `_key`, and its values."""
    texts = [_text(compiled, name) for name in compiled.attributes]
    columns = "".join(f', {sql} AS "{name}"' for name, (sql, _) in zip(compiled.attributes, texts, strict=True))
    source, bound = chosen(compiled, now)
    values = [value for _, values in texts for value in values]
    return f"SELECT product_id AS _key{columns} FROM ({source}) WHERE _is_wanted AND _left_by IS NULL", [
        *values,
        *bound,
    ]


def _text(compiled: Compiled, name: str) -> tuple[str, list[object]]:
    """Return an attribute: what the last rule that holds writes, or else the feed itself."""
    read, taken, currency = compiled.read, compiled.channel, compiled.read.feed.currency
    whens: list[str] = []
    values: list[object] = []
    for number, rule in reversed([*enumerate(read.rules)]):
        if name in rule.writes:
            sql, bound = written(rule.writes[name].parts, name, taken, currency)
            whens.append(f"WHEN _r{number} THEN {sql}")
            values += bound
    sql, bound = (
        written(read.attributes[name].parts, name, taken, currency) if name in read.attributes else ("NULL", [])
    )
    return (f"CASE {' '.join(whens)} ELSE {sql} END" if whens else sql), [*values, *bound]
