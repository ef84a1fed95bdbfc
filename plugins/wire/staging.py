"""What a vendor takes and carries out later: asked for until it is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from plugins.wire.outbox import Outbox, Outcome, Staged

PAUSES_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""How long a run waits before it asks what became of its calls; after that the next run asks."""
Became = Callable[[Staged], Mapping[str, Outcome] | None]
"""Gives what became of the rows of a staged call, by key; None while nobody knows."""


def settle(
    outbox: Outbox,
    became: Became,
    count: Callable[[Outcome], None],
    between: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] | None = None,
) -> None:
    """Ask for a while what became of the calls that were staged; `count` is told of each row that is settled."""
    for pause in PAUSES_SECONDS:
        if not (staged := outbox.staged()):
            return
        between()
        (sleep or time.sleep)(pause)
        _settle(outbox, staged, {each.key: became(each) for each in staged}, count)


def _settle(
    outbox: Outbox,
    staged: Sequence[Staged],
    became: Mapping[str, Mapping[str, Outcome] | None],
    count: Callable[[Outcome], None],
) -> None:
    """Record what became of rows; one that several calls carried waits for the last of them."""
    often = _often(staged)
    for each in staged:
        told = became[each.key] or {}
        _record(outbox, each.key, {row: told[row] for row in each.rows if row in told and row not in often}, count)
    carried: dict[str, list[Staged]] = {row: [] for row in often}
    for each in staged:
        for row in often.intersection(each.rows):
            carried[row].append(each)
    for row, calls in carried.items():
        if (outcome := _worst([(became[each.key] or {}).get(row) for each in calls])) is not None:
            _record(outbox, calls[-1].key, {row: outcome}, count)


def _often(staged: Sequence[Staged]) -> set[str]:
    """Return the rows that more than one call carried."""
    seen: set[str] = set()
    often: set[str] = set()
    for each in staged:
        often.update(row for row in each.rows if row in seen)
        seen.update(each.rows)
    return often


def _record(outbox: Outbox, key: str, outcomes: Mapping[str, Outcome], count: Callable[[Outcome], None]) -> None:
    if outcomes:
        outbox.answered(key, outcomes)
    for outcome in outcomes.values():
        count(outcome)


def _worst(outcomes: Sequence[Outcome | None]) -> Outcome | None:
    """Return what the calls of a row came to together; None while one of them is not known."""
    known = [each for each in outcomes if each is not None]
    if len(known) < len(outcomes):
        return None
    return next((each for each in known if each.state != "accepted"), known[0])
