"""The till's customers: as told by the retailer, and what has been changed here since."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from plugins.sandbox.retailer import TillCustomer
from plugins.sandbox.tilroy.answers import Joined

PIECE = 1000
Export = tuple[datetime, int, "Member | None"]
"""When, who, and as what; None stands for the retailer's own row."""


@dataclass(frozen=True, slots=True)
class Member:
    """A customer with what Tilroy keeps beside the retailer's facts."""

    till: TillCustomer
    more_groups: tuple[str, ...] = ()
    more_cards: tuple[str, ...] = ()
    reviews: bool = True
    e_ticket: bool = False
    interests: tuple[tuple[str, bool], ...] = ()
    comments: str = ""
    updated_at: datetime | None = None

    @property
    def cards(self) -> tuple[str, ...]:
        """Return every card, the default one first."""
        return ((self.till.card,) if self.till.card else ()) + self.more_cards

    @property
    def groups(self) -> tuple[str, ...]:
        """Return every group, the main one first."""
        return ((self.till.group,) if self.till.group else ()) + self.more_groups

    def known_by(self) -> Iterator[tuple[str, str]]:
        """Give what the customer can be looked up by."""
        yield "email", self.till.email.casefold()
        yield "code", self.till.code
        yield "sourceId", self.till.source_id
        for card in self.cards:
            yield "card", card


class CustomerBook:
    """Finds customers and lists their exports; every change is one more export document."""

    def __init__(self, told: Sequence[TillCustomer]) -> None:
        self.told = told
        self.changed: dict[int, Member] = {}
        self.gone: set[int] = set()

    def _told(self) -> Iterator[tuple[int, TillCustomer]]:
        for start in range(0, len(self.told), PIECE):
            yield from enumerate(self.told[start : start + PIECE], start)

    @cached_property
    def _index(self) -> _Index:
        index = _Index()
        for position, till in self._told():
            index.positions[till.id] = position
            if till.deleted_at is None:
                index.exports.append((till.exported_at, till.id, None))
                index.add(Member(till))
            else:
                self.gone.add(till.id)
                index.deletions.append((max(till.deleted_at, till.exported_at), till.id))
        index.exports.sort(key=_order)
        index.deletions.sort()
        return index

    def highest_id(self) -> int:
        """Return the largest id ever given."""
        return max((*self._index.positions, *self.changed), default=0)

    def get(self, customer_id: int) -> Member | None:
        """Return a customer who is not deleted."""
        index = self._index
        if customer_id in self.gone:
            return None
        if customer_id in self.changed:
            return self.changed[customer_id]
        return self._as_told(customer_id) if customer_id in index.positions else None

    def _as_told(self, customer_id: int) -> Member:
        position = self._index.positions[customer_id]
        return Member(self.told[position : position + 1][0])

    def row(self, customer_id: int) -> TillCustomer:
        """Return the last facts about anybody, deleted ones too."""
        changed = self.changed.get(customer_id)
        return changed.till if changed else self._as_told(customer_id).till

    def find(self, kind: str, value: str) -> list[Member]:
        """Return the customers known under this e-mail, card, code or sourceId; losers of a merge are not found."""
        value = value.casefold() if kind == "email" else value
        found = (self.get(each) for each in sorted(self._index.known.get((kind, value), ())))
        return [
            member for member in found if member and (kind, value) in member.known_by() and not member.till.merged_into
        ]

    def put(self, member: Member, at: datetime) -> Member:
        """Keep a new or changed customer, and export it anew."""
        kept = replace(member, updated_at=at, till=replace(member.till, exported_at=at))
        self.changed[kept.till.id] = kept
        self._index.add(kept)
        insort(self._index.news, (at, kept.till.id, kept), key=_order)
        return kept

    def delete(self, customer_id: int, at: datetime) -> None:
        """Forget a customer: no export shows them any more, but the one of deletions."""
        index = self._index
        self.gone.add(customer_id)
        index.exports = [export for export in index.exports if export[1] != customer_id]
        index.news = [news for news in index.news if news[1] != customer_id]
        insort(index.deletions, (at, customer_id))

    def exports_since(self, since: datetime) -> Joined[Export]:
        """Return the exports from a moment on: the retailer's, then ours."""
        index = self._index
        early = bisect_left(index.exports, since, key=lambda export: export[0])
        late = bisect_left(index.news, since, key=lambda export: export[0])
        return Joined(index.exports, early, index.news, late)

    def as_exported(self, export: Export) -> Member:
        """Return the customer as this export document shows them."""
        return export[2] or self._as_told(export[1])

    def deletions_since(self, since: datetime) -> list[tuple[datetime, int]]:
        """Return when whom was deleted."""
        deletions = self._index.deletions
        return deletions[bisect_left(deletions, since, key=lambda deletion: deletion[0]) :]


def _order(export: Export) -> tuple[datetime, int]:
    return export[:2]


class _Index:
    def __init__(self) -> None:
        self.positions: dict[int, int] = {}
        self.exports: list[Export] = []
        self.news: list[Export] = []
        self.deletions: list[tuple[datetime, int]] = []
        self.known: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def add(self, member: Member) -> None:
        for key in member.known_by():
            if key[1]:
                self.known[key].add(member.till.id)
