"""The texts of a feed as SQL: facts written as the channel writes them, every word of the file bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plugins.feeds.channel import Channel
from plugins.rules.feed_facts import FACTS
from plugins.rules.feed_text import Optional, Part, Slot

Sql = tuple[str, list[object]]
"""An expression and the values of its `?`, in order."""


def joined(parts: Iterable[Part], taken: Channel, currency: str) -> Sql:
    """Return the text: unknown where a fact outside brackets is, empty brackets where one in them is."""
    made = [_part(part, taken, currency) for part in parts]
    return " || ".join(sql for sql, _ in made) or "NULL", [value for _, values in made for value in values]


def written(parts: Iterable[Part], attribute: str, taken: Channel, currency: str) -> Sql:
    """Return the text of an attribute, trimmed, in the channel's words; nothing instead of an empty one."""
    sql, values = joined(parts, taken, currency)
    return _in_words(f"nullif(trim({sql}), '')", values, taken.words.get(attribute, {}))


def _part(part: Part, taken: Channel, currency: str) -> Sql:
    if isinstance(part, Optional):
        sql, values = joined(part.parts, taken, currency)
        return f"coalesce({sql}, '')", values
    if isinstance(part, Slot):
        return _slot(part, taken, currency)
    return "CAST(? AS VARCHAR)", [part]


def _slot(slot: Slot, taken: Channel, currency: str) -> Sql:
    kind, column = FACTS[slot.fact].type, f'"{slot.fact}"'
    if kind == "money":
        return f"amount({column}) || ?", [f" {currency}"]
    if kind == "time":
        return f"strftime({column}, ?)", [taken.time]
    if kind != "text":
        return f"CAST({column} AS VARCHAR)", []
    return (f"trim(left({column}, {slot.most}))", []) if slot.most else (column, [])


def _in_words(sql: str, values: list[object], words: Mapping[str, str]) -> Sql:
    if not words:
        return sql, values
    pairs = [word for pair in words.items() for word in pair]
    return f"CASE {sql} {' '.join('WHEN ? THEN ?' for _ in words)} ELSE {sql} END", [*values, *pairs, *values]
