"""Rows that need no call: what becomes of them is known here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plugins.wire.outbox import Outcome, Row
from plugins.wire.recording import Recorded
from targets.meta.api import Api

NO_CALL = ""


def settle(carrier: Recorded[Api], outcomes: Mapping[str, Outcome]) -> None:
    """Record and count what became of rows, by key, for which nothing is sent."""
    if outcomes:
        carrier.outbox.answered(NO_CALL, outcomes)
    for outcome in outcomes.values():
        carrier.count(outcome)


def refuse(carrier: Recorded[Api], rows: Iterable[Row], reason: str) -> None:
    """Reject rows, all for one reason."""
    settle(carrier, {row.key: Outcome("rejected", reason) for row in rows})
