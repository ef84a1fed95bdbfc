"""Making calls for rows, and recording what became of each row: before the first byte, and after the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from plugins.wire.outbox import Build, Call, Fixed, Outbox, Outcome, Row
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError, Sender

Account = TypeVar("Account", bound=Sender)

UNSENT = Call("NONE", "", b"")
"""Stands in the journal for a row that was settled without a call."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of call: how it is made of rows, and what its answer says of one."""

    build: Build
    judge: Callable[[Any, Row], Outcome]
    done: str = ""
    """The refusal which says that nothing is left to do."""
    is_last: Callable[[Outcome], bool] = lambda _: True
    """Whether the row needs no other call after this outcome."""


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

    def call(self, step: Step, rows: Sequence[Row]) -> dict[str, Outcome]:
        """Make one call; return what became of each row that went, also where another call must follow."""
        self.between()
        self.is_calling = True
        try:
            fixed = self.outbox.fix(rows, step.build)
            going = {row.key for row in fixed.rows}
            self.drop([row for row in rows if row.key not in going])
            outcomes = self._outcomes(step, fixed, fixed.call) if fixed.call else {}
            self._record(fixed.key, outcomes)
        finally:
            self.is_calling = False
        return outcomes

    def _outcomes(self, step: Step, fixed: Fixed, call: Call) -> dict[str, Outcome]:
        keys = [row.key for row in fixed.rows]
        try:
            answer = self.api.send(call)
        except RefusedError as refusal:
            code, is_alone = str(refusal), len(keys) == 1
            met = Outcome("accepted", code) if code == step.done else Outcome("rejected", code, is_final=is_alone)
            outcomes = dict.fromkeys(keys, met)
        except LostError as lost:
            outcomes = dict.fromkeys(keys, Outcome("unknown", str(lost)))
        except HopelessError:
            self._record(fixed.key, dict.fromkeys(keys, Outcome("unknown", "the run was stopped")))
            raise
        else:
            outcomes = {row.key: step.judge(answer, row) for row in fixed.rows}
        return {key: each if step.is_last(each) else replace(each, is_final=False) for key, each in outcomes.items()}

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

    def _record(self, key: str, outcomes: Mapping[str, Outcome]) -> None:
        if outcomes:
            self.outbox.answered(key, outcomes)
        for row, outcome in outcomes.items():
            if not outcome.is_final:
                self._begun[row] = key
                continue
            self._begun.pop(row, None)
            self.counts[outcome.state] += 1
            if outcome.state != "accepted":
                self.reasons[outcome.reason] += 1

    def drop(self, rows: Sequence[Row], reason: str = "") -> None:
        """Count rows that do not go; of one that had a call before nobody knows."""
        for row in rows:
            is_begun = self._begun.pop(row.key, None) is not None
            self.counts["unknown" if is_begun else "dropped"] += 1
            if reason:
                self.reasons[reason] += 1
