"""Relay's pages: a cursor says behind which record a page begins, not at which place."""

from __future__ import annotations

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from graphql import GraphQLError

MOST_ROWS = 250
Place = tuple[Any, int]
Key = Callable[[Any], Any]


def by_number(row: Any) -> int:
    """Order by id."""
    number: int = row.serial
    return number


class Connection:
    """One page of rows that lie in order."""

    def __init__(self, rows: Sequence[Any], places: Sequence[Place], start: int, stop: int) -> None:
        self.nodes = rows[start:stop]
        self.places = places[start:stop]
        self.has_next, self.has_previous = stop < len(rows), start > 0

    @property
    def edges(self) -> list[dict[str, Any]]:
        """The rows, each with its cursor."""
        return [{"node": row, "cursor": cursor(place)} for row, place in zip(self.nodes, self.places, strict=True)]

    @property
    def page_info(self) -> dict[str, Any]:
        """Where the page stands."""
        return {
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
            "startCursor": cursor(self.places[0]) if self.places else None,
            "endCursor": self.end,
        }

    @property
    def end(self) -> str | None:
        """The cursor of the last row."""
        return cursor(self.places[-1]) if self.places else None


def connect(
    rows: Iterable[Any],
    first: int | None = None,
    after: str | None = None,
    reverse: bool = False,
    key: Key = by_number,
    is_whole: bool = False,
) -> Connection:
    """Sort the rows by `key`, then id, and cut the page out of them; bulk exports take all."""
    if is_whole:
        first = MOST_ROWS
    elif first is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    if first is None or not 0 < first <= MOST_ROWS:
        message = f"The first argument must be between 1 and {MOST_ROWS}; {first} is not"
        raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})
    ordered = sorted(rows, key=lambda row: _place(row, key), reverse=reverse)
    places = [_place(row, key) for row in ordered]
    start = _start(places, after, reverse) if after else 0
    return Connection(ordered, places, start, len(ordered) if is_whole else min(start + first, len(ordered)))


def _place(row: Any, key: Key) -> Place:
    value = key(row)
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%dT%H:%M:%S.%f}"
    return (value if value is not None else "", row.serial)


def _start(places: Sequence[Place], after: str, reverse: bool) -> int:
    last = _read(after)
    try:
        if reverse:
            return len(places) - bisect_left(places[::-1], last)
        return bisect_right(places, last)
    except TypeError:
        raise _invalid() from None


def cursor(place: Place) -> str:
    """Return the cursor of a place."""
    return base64.b64encode(json.dumps({"last_id": place[1], "last_value": place[0]}).encode()).decode()


def _read(text: str) -> Place:
    try:
        told = json.loads(base64.b64decode(text, validate=True))
        return told["last_value"], told["last_id"]
    except (ValueError, KeyError, TypeError):
        raise _invalid() from None


def _invalid() -> GraphQLError:
    return GraphQLError("Invalid cursor for current pagination sort.", extensions={"code": "BAD_REQUEST"})
