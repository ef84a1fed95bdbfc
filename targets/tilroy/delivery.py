"""Delivering decisions one by one: each call is fixed in the outbox before its first byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from plugins.wire.outbox import Call, Outbox, Outcome, Row, State
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.tilroy.api import Api
from targets.tilroy.calls import steps_of
from targets.tilroy.decisions import Unsendable, Unset
from targets.tilroy.step import Step
from targets.tilroy.terms import Terms

NO_CALL = ""
"""The key of the call of a row that no call was made of."""
STOPPED = Outcome("unknown", "the run was stopped")


def now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


@dataclass
class Delivery:
    """Carries rows to one tenant."""

    api: Api
    outbox: Outbox
    terms: Terms
    between: Callable[[], None] = lambda: None
    """Called before each call: the moment to stop in."""
    clock: Callable[[], datetime] = now
    made: set[str] = field(default_factory=set)
    """Numbers of the movements that this run made or found; another row cannot be them too."""
    placed: dict[str, datetime] = field(default_factory=dict)
    """When this run first sent an order, by its reference."""
    is_calling: bool = False
    """Whether a call is on record whose answer is not."""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision; one that cannot be sent does not stop the rest."""
        for row in rows:
            self.between()
            try:
                steps = steps_of(row, self.terms, self.clock(), self.made, self.placed)
            except Unsendable as fault:
                self._settle(NO_CALL, row, Outcome(_unsent(row, fault), str(fault)))
            else:
                self._walk(row, steps)

    def _walk(self, row: Row, steps: Iterable[Step]) -> None:
        """Take the steps of a row until one settles it, or it may not go any more."""
        dropped = "dropped"
        for step in steps:
            self.between()
            outcome = self._take(row, step)
            if outcome is None:
                self.counts[dropped] += 1
            if outcome is None or outcome.is_final:
                return
            dropped = "unknown"  # a call of this row went out already

    def _take(self, row: Row, step: Step) -> Outcome | None:
        """Make one call; None where the row may not go any more."""
        self.is_calling = True
        try:
            fixed = self.outbox.fix([row], lambda _: step.call)
            return self._send(fixed.key, row, step, fixed.call) if fixed.call else None
        finally:
            self.is_calling = False

    def _send(self, key: str, row: Row, step: Step, call: Call) -> Outcome:
        try:
            outcome = step.judge(self.api.send(call))
        except RefusedError as refusal:
            outcome = step.refused(refusal)
        except LostError as lost:
            outcome = Outcome("unknown", str(lost))
        except HopelessError:
            self._settle(key, row, STOPPED)
            raise
        self._settle(key, row, outcome)
        return outcome

    def _settle(self, key: str, row: Row, outcome: Outcome) -> None:
        self.outbox.answered(key, {row.key: outcome})
        if outcome.is_final:
            self.counts[outcome.state] += 1
        if outcome.state != "accepted":
            self.reasons[outcome.reason] += 1


def _unsent(row: Row, fault: Unsendable) -> State:
    """Return what becomes of a row that cannot be sent: of a repeated one nobody knows what its first call did."""
    if row.payload.get("repeat"):
        return "unknown"
    return "dropped" if isinstance(fault, Unset) else "rejected"
