"""Rows by pairs of keys, such as source and id, found by an index."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_


def among(
    first: ColumnElement[str], second: ColumnElement[str], keys: Iterable[tuple[str, str]]
) -> ColumnElement[bool]:
    """Return the condition that two columns are one of some pairs, by a list for each first key.

    SQLite walks through the whole table for a list of two pairs or more: https://www.sqlite.org/rowvalue.html
    """
    lists: dict[str, set[str]] = {}
    for one, other in keys:
        lists.setdefault(one, set()).add(other)
    return or_(false(), *((first == one) & second.in_(sorted(others)) for one, others in sorted(lists.items())))
