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
    carried: dict[str, list[Staged]] = {}
    for each in staged:
        for row in each.rows:
            carried.setdefault(row, []).append(each)
    settled: dict[str, dict[str, Outcome]] = {}
    for row, calls in carried.items():
        told = [(became[each.key] or {}).get(row) for each in calls]
        if (outcome := _worst(told)) is not None:
            settled.setdefault(calls[-1].key, {})[row] = outcome
    for key, outcomes in settled.items():
        outbox.answered(key, outcomes)
        for outcome in outcomes.values():
            count(outcome)


def _worst(outcomes: Sequence[Outcome | None]) -> Outcome | None:
    """Return what the calls of a row came to together; None while one of them is not known."""
    known = [each for each in outcomes if each is not None]
    if len(known) < len(outcomes):
        return None
    return next((each for each in known if each.state != "accepted"), known[0])
