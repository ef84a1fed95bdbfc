"""The choice of fields: `fields=a,b{c},comments.limit(0).summary(total_count){id}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugins.sandbox.meta.refusals import Refusal

NAME = re.compile(r"\s*(\w+)")
OPTION = re.compile(r"\.(\w+)\(([^()]*)\)")
SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One field that a caller named, its options, and the fields below it."""

    name: str
    options: Mapping[str, str]
    below: tuple[Wanted, ...] = ()
    text: str = ""
    """How the fields below were written."""


def wanted(text: str) -> tuple[Wanted, ...]:
    """Return the fields a caller named; an empty text names none."""
    if not text.strip(" ,"):
        return ()
    found, end = _listed(text, 0)
    if end != len(text):
        raise _broken(text, end)
    return found


def _listed(text: str, start: int) -> tuple[tuple[Wanted, ...], int]:
    found = []
    while True:
        field, start = _one(text, start)
        found.append(field)
        start = _skip(text, start)
        if start >= len(text) or text[start] != ",":
            return tuple(found), start
        start += 1


def _one(text: str, start: int) -> tuple[Wanted, int]:
    if (name := NAME.match(text, start)) is None:
        raise _broken(text, start)
    start, options = name.end(), {}
    while option := OPTION.match(text, start):
        options[option[1]] = option[2]
        start = option.end()
    start = _skip(text, start)
    below: tuple[Wanted, ...] = ()
    inside = start + 1
    if text[start : start + 1] == "{":
        below, start = _listed(text, start + 1)
        if text[start : start + 1] != "}":
            raise _broken(text, start)
        start += 1
    return Wanted(name[1], options, below, text[inside : start - 1] if below else ""), start


def _skip(text: str, start: int) -> int:
    space = SPACE.match(text, start)
    return space.end() if space else start


def _broken(text: str, at: int) -> Refusal:
    expected = f'Expected end of string instead of "{text[at : at + 1]}".'
    return Refusal(2500, f"Syntax error {expected} at character {at}: {text[:at]}")


def picked(value: Any, below: tuple[Wanted, ...]) -> Any:
    """Keep of a plain value what was named below it."""
    if not below:
        return value
    if isinstance(value, list):
        return [picked(each, below) for each in value]
    if not isinstance(value, dict):
        return value
    return {each.name: picked(value[each.name], each.below) for each in below if each.name in value}
