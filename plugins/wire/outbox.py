"""The outbox port: what may still be sent, and what became of it.

Alone on a pipe a target uses `PlainOutbox`. Inside the hub its setting `outbox` names the journal
(`plugins.hub.journal:open_outbox`), and every call is on record before its first byte.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

State = Literal["accepted", "rejected", "staged", "unknown", "dropped"]
"""What became of a row; one that is dropped was not sent, or not taken through no fault of its own: planned anew."""
Operation = Literal["add", "change", "remove", "erase"]
"""`remove` takes out what must leave, `erase` asks a recipient to forget a person; both go in the lane of removals."""


@dataclass(frozen=True, slots=True)
class Row:
    """One decision about one person at one destination, as `taps/hub` emits it."""

    key: str
    """The journal's id of this decision."""
    operation: Operation
    wire_id: str
    """The identifier as it is, or was, sent."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What the destination should hold; its keys are the channel's."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, exactly as it will go over the wire."""

    method: str
    path: str
    body: bytes
    sent: Mapping[str, str] = field(default_factory=dict)
    """The identifiers of rows (by `Row.key`) as they stand in the body, where they are hashed: removal needs them."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What `fix` committed: the call's key, the rows that may still go, and the call made of them."""

    key: str
    rows: Sequence[Row]
    call: Call | None
    """None when no row may go any more: then nothing is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: the vendor's answer for that very item."""

    state: State
    reason: str = ""
    """A code in our words or the vendor's title; never personal data."""
    is_final: bool = True
    """False when this call succeeded and the row still needs another one."""
    audience: str = ""
    """The audience in which nothing can be done, whoever it is, where that is why."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A call that the vendor took and had not carried out yet when it answered."""

    key: str
    receipt: str
    """Under which the vendor tells what became of it."""
    rows: Mapping[str, str]
    """The rows that still wait for it: key, and the address (`Row.wire_id`)."""


Build = Callable[[Sequence[Row]], Call]


class Outbox(Protocol):
    """Where a target asks before a call, and reports after it."""

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        """Drop the rows that may not go any more, build the call of the rest, and commit both."""
        ...

    def answered(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        """Record the outcome of each row (by `Row.key`) of the call `key`, and the receipt of one that is staged."""
        ...

    def staged(self) -> Sequence[Staged]:
        """Return the calls whose rows are staged, of earlier runs too."""
        ...

    def close(self) -> None:
        """End the work; what was fixed and not answered is unknown."""
        ...


class PlainOutbox:
    """Alone on a pipe: everything may go, and the outcomes are counted."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._calls = 0
        self._fixed: dict[str, Sequence[Row]] = {}
        self._staged: list[Staged] = []
        self._waiting: set[str] = set()

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        """Let every row go."""
        self._calls += 1
        self._fixed = {str(self._calls): rows}
        return Fixed(str(self._calls), rows, build(rows) if rows else None)

    def answered(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        """Count the final outcomes."""
        if receipt:
            fixed = {row.key: row.wire_id for row in self._fixed.get(key, ())}
            self._staged.append(Staged(key, receipt, {each: fixed[each] for each in outcomes if each in fixed}))
        for row, outcome in outcomes.items():
            if outcome.is_final:
                self._waiting.discard(row)
                self.counts[outcome.state] = self.counts.get(outcome.state, 0) + 1
            if outcome.is_final and outcome.state == "staged":
                self._waiting.add(row)

    def staged(self) -> Sequence[Staged]:
        """Return the calls of this run that wait for their outcome."""
        waiting = [
            each
            if self._waiting.issuperset(each.rows)
            else replace(each, rows={row: name for row, name in each.rows.items() if row in self._waiting})
            for each in self._staged
        ]
        return [each for each in waiting if each.rows]

    def close(self) -> None:
        """Nothing is held open."""


def open_outbox(setting: str | None, destination: str) -> Outbox:
    """Return the outbox a target's setting names (`module:function`), the plain one by default."""
    if not setting:
        return PlainOutbox()
    module, _, function = setting.partition(":")
    outbox: Outbox = getattr(importlib.import_module(module), function)(destination)
    return outbox
