"""What channels say of the items of a feed, once they have looked at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from plugins.store.engine import Store
from plugins.store.tables import ENTITY_TABLES

ISSUE = ENTITY_TABLES["item_issue"]
SEVERITIES = ("refused", "demoted", "noted")
MOST_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that a channel says, of so many items."""

    source: str
    severity: str
    code: str
    attribute: str
    places: tuple[str, ...]
    what: str
    items: int
    for_example: tuple[str, ...]


def heard(store: Store, sources: Sequence[str]) -> list[Heard]:
    """Return what connections say of items, the gravest and most frequent first; what is solved is not in it."""
    columns = [ISSUE.c[name] for name in ("source", "severity", "code", "attribute", "place", "description", "item_id")]
    lives = ISSUE.c.is_deleted.is_(False) & ISSUE.c.is_absent.is_(False)
    query = select(*columns).where(ISSUE.c.source.in_(list(sources)), lives).order_by(ISSUE.c.item_id)
    said: dict[tuple[str, str, str, str], list[Any]] = {}
    with store.reading() as connection:
        for row in connection.execute(query):
            said.setdefault((row.source, row.severity, row.code, row.attribute or ""), []).append(row)
    return sorted((_heard(key, rows) for key, rows in said.items()), key=_grave)


def _heard(key: tuple[str, str, str, str], rows: Sequence[Any]) -> Heard:
    items = list(dict.fromkeys(row.item_id for row in rows))
    places = tuple(sorted({row.place for row in rows if row.place}))
    what = next((row.description for row in rows if row.description), "")
    return Heard(*key, places, what, len(items), tuple(items[:MOST_ITEMS]))


def _grave(each: Heard) -> tuple[int, int, str, str]:
    return SEVERITIES.index(each.severity), -each.items, each.code, each.attribute
