"""Audiences of platforms that find people by hashes: who comes into which, and who goes out as they were sent in.

A platform says how its calls look and what its answers mean; who needs which call, in which order, how many go into one
and what is done with a call that is refused is the same everywhere.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Protocol

from plugins.wire.audience_steps import (
    KINDS,
    Entry,
    Known,
    Step,
    batches,
    is_next,
    needed_by,
    outside,
    plan_of,
)
from plugins.wire.outbox import Call, Fixed, Outbox, Outcome, Row, Staged
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from plugins.wire.staging import settle
from plugins.wire.waves import waves

NO_CALL = ""
ACCEPTED, STAGED = Outcome("accepted"), Outcome("staged")
NOBODY = Outcome("rejected", "nothing to be found by")
NOT_IN_ANY = Outcome("accepted", "in no audience there")


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says: who was not taken and why, and the receipt of what is carried out later."""

    refused: Mapping[Known, str] = field(default_factory=dict)
    receipt: str = ""


class ShutError(RefusedError):
    """Nobody can be brought into these audiences or taken out of them, whoever it is; others may work."""


class Platform(Protocol):
    """One advertising account."""

    size: int
    """How many persons go into one call."""
    together: int
    """How many audiences one call can be about."""

    def known(self, row: Row) -> Known | None:
        """Return under which identifiers a person is sent now; None where nothing is left of them."""
        ...

    def everywhere(self) -> Sequence[str]:
        """Return the names of the audiences out of which somebody is taken who is to be forgotten."""
        ...

    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        """Look audiences up, and make those that are missing; returns which cannot be changed, and why."""
        ...

    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        """Return the call that brings people in or takes them out."""
        ...

    def send(self, call: Call) -> Any:
        """Return the answer; raises RefusedError, ShutError, LostError or HopelessError."""
        ...

    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        """Return what an answer says of the people of its call."""
        ...

    def became(self, receipt: str) -> Outcome | None:
        """Return what became of a call that was staged, None while nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A call that is on record, and what gives its answer."""

    step: Step
    fixed: Fixed
    answer: Callable[[], Any]


@dataclass
class AudienceDelivery:
    """Carries rows to one platform; each call is fixed in the outbox before its first byte."""

    platform: Platform
    outbox: Outbox
    between: Callable[[], None] = lambda: None
    """Called before each call: the moment to stop in."""
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    is_calling: bool = False
    """Whether a call is on record whose answer is not."""
    is_ahead: bool = False
    """Whether the next rows are made ready while a call is under way; then `finish` comes last."""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    _under_way: _UnderWay | None = None
    _open: dict[str, dict[Step, list[Entry]]] = field(default_factory=dict)
    """By row what is still to be done for it, in order."""
    _amiss: dict[str, Outcome] = field(default_factory=dict)
    """By row what is said where a part of it could not be done."""
    _shut: dict[str, str] = field(default_factory=dict)
    """The audiences that nothing can be done with in this run, and why."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision; who goes out goes first."""
        for wave in waves(rows, lambda row: row.wire_id):
            if any(row.operation == "erase" for row in wave):
                self.finish()  # the platform is asked where somebody is
            needed = dict(self._needed(wave))
            self.finish()
            self._open = needed
            self._without_a_call([row for row in wave if not needed[row.key]])
            while steps := self._next_steps():
                step = min(steps, key=lambda each: (KINDS.index(each.kind), each.audiences))
                waiting = [row for row in wave if is_next(self._open.get(row.key), step)]
                self.finish()
                shut = self._shut | dict(self.platform.ready(step.audiences))
                if any(name in shut for name in step.audiences):
                    self._leave(shut, waiting)
                    continue
                for some in batches([(row, len(self._open[row.key][step])) for row in waiting], self.platform.size):
                    self._send(step, some)
            self.between()

    def _next_steps(self) -> set[Step]:
        """Return which steps come next, without that of the call under way where it is the last for its rows."""
        under_way = {row.key for row in self._under_way.fixed.rows} if self._under_way else set()
        if any(len(self._open[key]) > 1 for key in under_way):
            self.finish()
            under_way = set()
        return {next(iter(needed)) for key, needed in self._open.items() if needed and key not in under_way}

    def finish(self) -> None:
        """Record the answer of the call that is under way; the rows of one that was refused as a whole go by halves."""
        call, self._under_way = self._under_way, None
        if call is None:
            return
        try:
            refused = self._answered(call)
        finally:
            self.is_calling = False
        middle = (len(refused) + 1) // 2
        for half in (refused[:middle], refused[middle:]):
            if half:
                self._send(call.step, half)
        self.finish()

    def settle(self) -> None:
        """Ask for a while what became of the calls that were staged."""
        self.finish()
        settle(self.outbox, self._became, self._count, self.between, self.sleep)

    def _became(self, staged: Staged) -> Mapping[str, Outcome] | None:
        """Return what became of the people of a call: what is said of it is said of all of them."""
        outcome = self.platform.became(staged.receipt)
        return None if outcome is None else dict.fromkeys(staged.rows, outcome)

    def _needed(self, rows: Sequence[Row]) -> Iterator[tuple[str, dict[Step, list[Entry]]]]:
        """Give each row with the steps it takes, and who it is in each."""
        forgetting = any(row.operation == "erase" for row in rows)
        everywhere = tuple(self.platform.everywhere()) if forgetting else ()
        return needed_by(
            [(row.key, plan_of(row, self.platform.known(row), everywhere)) for row in rows], self.platform.together
        )

    def _leave(self, shut: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Take audiences that cannot be changed out of what rows need; another run tries them again."""
        for row in rows:
            self._open[row.key], gone = outside(self._open[row.key], shut)
            if gone:
                self._amiss[row.key] = Outcome("unknown", shut[gone[0]], audience=gone[0])
        self._without_a_call([row for row in rows if not self._open[row.key]])

    def _without_a_call(self, rows: Iterable[Row]) -> None:
        """Settle who needs no call: nothing is known to take them out by, or to find them by."""
        outcomes = {row.key: self._uncalled(row) for row in rows}
        if outcomes:
            self.outbox.answered(NO_CALL, outcomes)
        for key, outcome in outcomes.items():
            del self._open[key]
            self._count(outcome)

    def _uncalled(self, row: Row) -> Outcome:
        if amiss := self._amiss.pop(row.key, None):
            return amiss
        return NOBODY if row.operation in ("add", "change") else NOT_IN_ANY

    def _send(self, step: Step, rows: Sequence[Row]) -> None:
        """Make one call, when the one before it is through; its answer is recorded at once, or by `finish`."""
        self.finish()
        self.between()
        self.is_calling = True
        try:
            fixed = self.outbox.fix(rows, lambda going: self._build(step, going))
            self._drop(rows, fixed)
        except BaseException:
            self.is_calling = False
            raise
        if fixed.call is None:
            self.is_calling = False
            return
        send = partial(self.platform.send, fixed.call)
        self._under_way = _UnderWay(step, fixed, self._worker.submit(send).result if self.is_ahead else send)
        if not self.is_ahead:
            self.finish()

    @cached_property
    def _worker(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1)

    def _answered(self, call: _UnderWay) -> Sequence[Row]:
        """Record what became of a call's rows; returns those that were refused together and must be halved."""
        step, fixed = call.step, call.fixed
        try:
            said = self.platform.said(call.answer(), self._entries(step, fixed.rows))
        except ShutError as shut:
            self._shut |= dict.fromkeys(step.audiences, str(shut))
            self.outbox.answered(fixed.key, dict.fromkeys(_keys(fixed), Outcome("unknown", str(shut), is_final=False)))
            self._leave(self._shut, fixed.rows)
        except RefusedError as refusal:
            return self._refused(fixed, str(refusal))
        except LostError as lost:
            self._answer(fixed, dict.fromkeys(_keys(fixed), Outcome("unknown", str(lost))))
        except HopelessError:
            self._answer(fixed, dict.fromkeys(_keys(fixed), Outcome("unknown", "the run was stopped")))
            raise
        else:
            self._answer(fixed, {row.key: self._judged(step, row, said) for row in fixed.rows}, said.receipt)
        return ()

    def _build(self, step: Step, rows: Sequence[Row]) -> Call:
        made = self.platform.call(step, self._entries(step, rows))
        return replace(made, sent={row.key: self._open[row.key][step][0][0] for row in rows}) if step.joins else made

    def _entries(self, step: Step, rows: Sequence[Row]) -> list[Entry]:
        return [entry for row in rows for entry in self._open[row.key][step]]

    def _judged(self, step: Step, row: Row, said: Said) -> Outcome:
        if not said.refused:
            return STAGED if said.receipt else ACCEPTED
        refusals = [said.refused[known] for known, _ in self._open[row.key][step] if known in said.refused]
        if refusals and step.joins:
            return Outcome("rejected", refusals[0])
        return STAGED if said.receipt else ACCEPTED

    def _drop(self, rows: Sequence[Row], fixed: Fixed) -> None:
        going = set(_keys(fixed))
        for row in rows:
            if row.key not in going:
                del self._open[row.key]
                self.counts["dropped"] += 1

    def _refused(self, fixed: Fixed, reason: str) -> Sequence[Row]:
        if len(fixed.rows) == 1:
            self._answer(fixed, {fixed.rows[0].key: Outcome("rejected", reason)})
            return ()
        self.outbox.answered(fixed.key, dict.fromkeys(_keys(fixed), Outcome("rejected", reason, is_final=False)))
        return fixed.rows

    def _answer(self, fixed: Fixed, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        self.outbox.answered(fixed.key, {key: self._through(key, each) for key, each in outcomes.items()}, receipt)

    def _through(self, key: str, outcome: Outcome) -> Outcome:
        """Take the step off what a row needs; its outcome is final where it was the last, or went wrong."""
        needed = self._open[key]
        del needed[next(iter(needed))]
        if needed and outcome.state in ("accepted", "staged"):
            return replace(outcome, is_final=False)
        del self._open[key]
        if (amiss := self._amiss.pop(key, None)) and outcome.state in ("accepted", "staged"):
            outcome = amiss
        self._count(outcome)
        return outcome

    def _count(self, outcome: Outcome) -> None:
        self.counts[outcome.state] += 1
        if outcome.reason:
            self.reasons[outcome.reason] += 1


def _keys(fixed: Fixed) -> list[str]:
    return [row.key for row in fixed.rows]
