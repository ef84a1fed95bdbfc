"""Rows of several kinds at one destination: each kind is carried its own way, over one account and one outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from plugins.wire.outbox import Outbox, Row
from plugins.wire.payload import MALFORMED

AUDIENCE = ""
"""The kind of a row that says none: somebody who comes into audiences, or leaves them."""
NO_CALL = ""


class Carrier(Protocol):
    """What carries the rows of one kind."""

    @property
    def is_calling(self) -> bool:
        """Tell whether a call is on record whose answer is not."""
        ...

    counts: Counter[str]
    reasons: Counter[str]

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        ...


@runtime_checkable
class GoesAhead(Protocol):
    """What makes the next rows ready while a call is under way, once it is told to."""

    is_ahead: bool

    def finish(self) -> None:
        """Record the answer of the call that is under way."""
        ...


@dataclass
class ByKind:
    """Gives each row to what carries its kind, in the order of the carriers; they count together."""

    outbox: Outbox
    carriers: Mapping[str, Carrier]
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for each in self.carriers.values():
            each.counts, each.reasons = self.counts, self.reasons

    @property
    def is_calling(self) -> bool:
        """Tell whether a call is on record whose answer is not."""
        return any(each.is_calling for each in self.carriers.values())

    @property
    def is_ahead(self) -> bool:
        """Tell whether rows are made ready while a call is under way."""
        return any(each.is_ahead for each in self._ahead)

    @is_ahead.setter
    def is_ahead(self, value: bool) -> None:
        for each in self._ahead:
            each.is_ahead = value

    @property
    def _ahead(self) -> list[GoesAhead]:
        return [each for each in self.carriers.values() if isinstance(each, GoesAhead)]

    def finish(self) -> None:
        """Record the answer of a call that is under way."""
        for each in self._ahead:
            each.finish()

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision, kind by kind."""
        parted: dict[str, list[Row]] = {}
        for row in rows:
            parted.setdefault(kind_of(row), []).append(row)
        for kind, carrier in self.carriers.items():
            if some := parted.pop(kind, None):
                if kind != AUDIENCE:
                    self.finish()  # they speak over one connection
                carrier.deliver(some)
        unknown = {row.key: MALFORMED for some in parted.values() for row in some}
        if unknown:
            self.outbox.answered(NO_CALL, unknown)
            self.counts["rejected"] += len(unknown)
            self.reasons[MALFORMED.reason] += len(unknown)


def kind_of(row: Row) -> str:
    """Return what a row is about."""
    kind = row.payload.get("kind", AUDIENCE)
    return kind if isinstance(kind, str) else repr(type(kind))
