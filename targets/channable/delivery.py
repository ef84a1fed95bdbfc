"""Delivering how many there are of items, fifty at a time; each outcome is the row's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from plugins.wire.outbox import Call, Fixed, Outbox, Outcome, Row
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.channable.api import Api, UnfitError
from targets.channable.calls import UNSENT, Step, items_of, update
from targets.channable.payloads import STOCK, Stock, meant

ITEMS_PER_CALL = 50
MALFORMED = Outcome("rejected", "malformed payload")


@dataclass
class Delivery:
    """Carries rows to one project; each call is fixed in the outbox before its first byte."""

    api: Api
    outbox: Outbox
    between: Callable[[], None] = lambda: None
    """Called before each call: the moment to stop in."""
    is_calling: bool = False
    """Whether a call is on record whose answer is not."""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        stock = {row.key: payload for row in rows if (payload := meant(row, STOCK))}
        readable = [row for row in rows if row.key in stock]
        for first in range(0, len(readable), ITEMS_PER_CALL):
            self._update(readable[first : first + ITEMS_PER_CALL], stock)
        for row in rows:
            if row.key not in stock:
                self._settle(row)
        self.between()

    def _update(self, rows: Sequence[Row], payloads: Mapping[str, Stock]) -> None:
        """Update the items; where the whole call is refused, what spoils it is left out, or looked for by halves."""
        if not rows:
            return
        again = self._call(update(payloads), rows, payloads)
        middle = len(again) if len(again) < len(rows) else (len(again) + 1) // 2
        for part in (again[:middle], again[middle:]):
            self._update(part, payloads)

    def _call(self, step: Step, rows: Sequence[Row], payloads: Mapping[str, Stock]) -> Sequence[Row]:
        """Make one call; return the rows that went and need another one."""
        self.between()
        self.is_calling = True
        try:
            fixed = self.outbox.fix(rows, step.build)
            if gone := len(rows) - len(fixed.rows):
                self.counts["dropped"] += gone
            outcomes = self._outcomes(step, fixed, fixed.call, payloads) if fixed.call else {}
            self._record(fixed.key, outcomes)
        finally:
            self.is_calling = False
        return [row for row in fixed.rows if row.key in outcomes and not outcomes[row.key].is_final]

    def _outcomes(self, step: Step, fixed: Fixed, call: Call, payloads: Mapping[str, Stock]) -> dict[str, Outcome]:
        keys = [row.key for row in fixed.rows]
        try:
            answer = self.api.send(call)
        except UnfitError as refusal:
            return _unfit(fixed.rows, payloads, refusal)
        except RefusedError as refusal:
            return dict.fromkeys(keys, Outcome("rejected", str(refusal)))
        except LostError as lost:
            return dict.fromkeys(keys, Outcome("unknown", str(lost)))
        except HopelessError:
            self._record(fixed.key, dict.fromkeys(keys, Outcome("unknown", "the run was stopped")))
            raise
        return {row.key: step.judge(answer, row) for row in fixed.rows}

    def _settle(self, row: Row) -> None:
        """Record a row of which no call can be made."""
        fixed = self.outbox.fix([row], lambda _: UNSENT)
        if fixed.rows:
            self._record(fixed.key, {row.key: MALFORMED})
        else:
            self.counts["dropped"] += 1

    def _record(self, key: str, outcomes: Mapping[str, Outcome]) -> None:
        if outcomes:
            self.outbox.answered(key, outcomes)
        for outcome in outcomes.values():
            if outcome.is_final:
                self.counts[outcome.state] += 1
                if outcome.state != "accepted":
                    self.reasons[outcome.reason] += 1


def _unfit(rows: Sequence[Row], payloads: Mapping[str, Stock], refusal: UnfitError) -> dict[str, Outcome]:
    """Return the rows that spoiled a call as rejected, and the others as still to be sent."""
    named = {sku for place, sku in enumerate(items_of(rows, payloads)) if place in refusal.places}
    is_alone = len({payloads[row.key].sku for row in rows}) == 1
    return {
        row.key: Outcome("rejected", str(refusal), is_final=is_alone or payloads[row.key].sku in named) for row in rows
    }
