"""Rows of several kinds at one destination: each kind is carried its own way, over one account and one outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from plugins.wire.outbox import Outbox, Outcome, Row

AUDIENCE = ""
"""The kind of a row that says none: somebody who comes into audiences, or leaves them."""
UNKNOWN_KIND = Outcome("rejected", "malformed payload")
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

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision, kind by kind."""
        parted: dict[str, list[Row]] = {}
        for row in rows:
            parted.setdefault(kind_of(row), []).append(row)
        for kind, carrier in self.carriers.items():
            if some := parted.pop(kind, None):
                carrier.deliver(some)
        unknown = {row.key: UNKNOWN_KIND for some in parted.values() for row in some}
        if unknown:
            self.outbox.answered(NO_CALL, unknown)
            self.counts["rejected"] += len(unknown)
            self.reasons[UNKNOWN_KIND.reason] += len(unknown)


def kind_of(row: Row) -> str:
    """Return what a row is about."""
    kind = row.payload.get("kind", AUDIENCE)
    return kind if isinstance(kind, str) else repr(type(kind))
