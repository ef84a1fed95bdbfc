"""Making calls for rows, and recording what became of each row: before the first byte, and after the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from plugins.wire.outbox import Build, Call, Fixed, Outbox, Outcome, Row
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError, Sender

Account = TypeVar("Account", bound=Sender)

UNSENT = Call("NONE", "", b"")
"""Stands in the journal for a row that was settled without a call."""
NO_CALL = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of call: how it is made of rows, and what its answer says of one."""

    build: Build
    judge: Callable[[Any, Row], Outcome]
    done: str = ""
    """The refusal which says that nothing is left to do."""
    is_last: Callable[[Outcome], bool] = lambda _: True
    """Whether the row needs no other call after this outcome."""
    read: Callable[[Any, int], Any] = lambda answer, _: answer
    """Makes of the answer to so many rows what they are judged by."""
    receipt: Callable[[Any], str] = lambda _: ""
    """Under which the vendor tells later what became of the rows that are staged; empty where none are."""
    later: Collection[str] = ()
    """Refusals that time or a person may cure: the rows are planned anew."""


@dataclass
class Recorded(Generic[Account]):
    """Speaks to one account; each call that writes is fixed in the outbox before its first byte."""

    api: Account
    outbox: Outbox
    between: Callable[[], None] = lambda: None
    """Called before each call: the moment to stop in."""
    is_calling: bool = False
    """Whether a call is on record whose answer is not."""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    _begun: dict[str, str] = field(default_factory=dict)
    """The last call of each row that needs another one."""

    def carry(self, step: Callable[[Sequence[Row]], Step], rows: Sequence[Row], size: int | None = None) -> None:
        """Make calls of `size` rows at most; one that is refused as a whole is halved until it is known why."""
        for first in range(0, len(rows), size or len(rows) or 1):
            self._carry(step, rows[first : first + size] if size else rows)

    def _carry(self, step: Callable[[Sequence[Row]], Step], rows: Sequence[Row]) -> None:
        outcomes = self.call(step(rows), rows)
        refused = [row for row in rows if _is_refused_together(outcomes.get(row.key))]
        middle = (len(refused) + 1) // 2
        for half in (refused[:middle], refused[middle:]):
            if half:
                self._carry(step, half)

    def call(self, step: Step, rows: Sequence[Row]) -> dict[str, Outcome]:
        """Make one call; return what became of each row that went, also where another call must follow."""
        self.between()
        self.is_calling = True
        try:
            fixed = self.outbox.fix(rows, step.build)
            going = {row.key for row in fixed.rows}
            self.drop([row for row in rows if row.key not in going])
            if fixed.call is None:
                return {}
            outcomes, receipt = self._outcomes(step, fixed, fixed.call)
            self._record(fixed.key, outcomes, receipt)
        finally:
            self.is_calling = False
        return outcomes

    def _outcomes(self, step: Step, fixed: Fixed, call: Call) -> tuple[dict[str, Outcome], str]:
        """Return what became of each row, and the receipt of those that are staged."""
        keys = [row.key for row in fixed.rows]
        receipt = ""
        try:
            answer = self.api.send(call)
        except RefusedError as refusal:
            code, is_alone = str(refusal), len(keys) == 1
            met = Outcome("accepted", code) if code == step.done else Outcome("rejected", code, is_final=is_alone)
            met = Outcome("dropped", code) if code in step.later else met
            outcomes = dict.fromkeys(keys, met)
        except LostError as lost:
            outcomes = dict.fromkeys(keys, Outcome("unknown", str(lost)))
        except HopelessError:
            self._record(fixed.key, dict.fromkeys(keys, Outcome("unknown", "the run was stopped")))
            raise
        else:
            said = step.read(answer, len(keys))
            outcomes = {row.key: step.judge(said, row) for row in fixed.rows}
            receipt = step.receipt(answer)
        last = {key: each if step.is_last(each) else replace(each, is_final=False) for key, each in outcomes.items()}
        return last, receipt

    def refuse(self, outcomes: Mapping[str, Outcome]) -> None:
        """Record rows of which no call can be made, by key."""
        self._record(NO_CALL, outcomes)

    def settle(self, row: Row, outcome: Outcome) -> None:
        """Record what became of a row that needs no call, or no further one."""
        key = self._begun.get(row.key)
        if key is None:
            fixed = self.outbox.fix([row], lambda _: UNSENT)
            if not fixed.rows:
                self.drop([row])
                return
            key = fixed.key
        self._record(key, {row.key: outcome})

    def _record(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        if outcomes:
            self.outbox.answered(key, outcomes, receipt)
        for row, outcome in outcomes.items():
            if not outcome.is_final:
                self._begun[row] = key
                continue
            self._begun.pop(row, None)
            self.count(outcome)

    def drop(self, rows: Sequence[Row], reason: str = "") -> None:
        """Count rows that do not go, and are planned anew; of one that had a call before nobody knows."""
        fresh = [row for row in rows if self._begun.pop(row.key, None) is None]
        if reason and fresh:
            self.outbox.answered(NO_CALL, {row.key: Outcome("dropped", reason) for row in fresh})
        self.counts += Counter(dropped=len(fresh), unknown=len(rows) - len(fresh))
        if reason:
            self.reasons += Counter({reason: len(rows)})

    def count(self, outcome: Outcome) -> None:
        """Count a row that was staged, and of which it is known now."""
        self.counts[outcome.state] += 1
        if outcome.reason and outcome.state != "accepted":
            self.reasons[outcome.reason] += 1


def _is_refused_together(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.state == "rejected" and not outcome.is_final
