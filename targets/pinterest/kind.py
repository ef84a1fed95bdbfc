"""Rows of one kind: a vendor that takes nothing of this kind stops no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from plugins.wire.outbox import Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.pinterest.api import Api

Account = TypeVar("Account", bound=Api)
MOST = 1000
"""How many items, and how many events, Pinterest takes in a call."""
ODD = Outcome("unknown", "an answer of another shape")


@dataclass
class Kind(Recorded[Account]):
    """Carries the rows of one kind."""

    size: int = MOST
    shut: str = ""
    """Why nothing more of this kind goes in this run."""

    def carry_open(self, step: Callable[[Sequence[Row]], Step], rows: Sequence[Row]) -> None:
        """Make calls until there are no rows left, or none of them is taken; what is left over stays planned."""
        for first in range(0, len(rows), self.size):
            if self.shut:
                self.drop(rows[first:], self.shut)
                return
            self.carry(step, rows[first : first + self.size])
