"""One look: what is wrong now, which alarms begin and end by it, and telling of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plugins.alerts import records, runs
from plugins.alerts.alarms import Change, Key, change
from plugins.alerts.sight import Amiss, Sight
from plugins.alerts.telling import Send, Told, by_apprise, deliver
from plugins.hub.lease import WAITS, release, take
from plugins.hub.project import jobs
from plugins.rules.alerts import Alerts
from plugins.scheduler.schedules import read_schedules
from plugins.store.engine import Store

CONDITIONS: tuple[Callable[[Sight], Iterator[Amiss]], ...] = (
    runs.failed_runs, runs.refused_keys, runs.failed_turns, runs.gone_scheduler, runs.stale_sources,
    records.unusual_counts, records.growing_quarantine, records.tripped_guards, records.drifted,
    records.overdue_withdrawals, records.shut_audiences, records.late_lane,
)  # fmt: skip
LEASE = f"{WAITS}r alerts"
"""One look at a time, so that nothing is told twice; nobody waits for it."""


@dataclass
class Looked:
    """What a look came to."""

    found: int
    changes: list[tuple[Change, Key]]
    told: Told


def look(
    store: Store, rules: Alerts, now: datetime, run_id: str, root: Path = Path(), send: Send = by_apprise
) -> Looked:
    """Look once, and tell; raises LeaseTaken while somebody else does."""
    mine = take(store, LEASE, run_id)
    try:
        found = seen(store, rules, now, root)
        return settle(store, rules, found, now, send)
    finally:
        release(store, mine)


def seen(store: Store, rules: Alerts, now: datetime, root: Path = Path()) -> list[Amiss]:
    """Return everything that is wrong, from the store and what the project declares alone."""
    known = [name for names in jobs(root).values() for name in names]
    schedules = read_schedules(root)
    with store.reading() as connection:
        sight = Sight(connection, now, rules, known, schedules)
        return [each for condition in CONDITIONS for each in condition(sight)]


def settle(store: Store, rules: Alerts, found: list[Amiss], now: datetime, send: Send = by_apprise) -> Looked:
    """Bring alarms up to what was found, and tell of what changed; no message is sent inside a transaction."""
    with store.writing() as connection:
        changes = change(connection, rules, found, now)
    return Looked(len(found), changes, deliver(store, rules, now, send))
