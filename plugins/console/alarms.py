"""Alarms that stand, and duties that nobody has done: what they are, since when, and which page is about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from plugins.alerts.alarms import listed
from plugins.store.knock_tables import duty
from plugins.store.times import utc_text

Row = dict[str, Any]
PAGES: dict[str, str] = {
    "run_failed": "today#runs",
    "credential_refused": "today#runs",
    "schedule_failed": "today#turns",
    "scheduler_gone": "today#turns",
    "source_stale": "today#sources",
    "count_unusual": "today#sources",
    "quarantine_growing": "quarantine",
    "guard_tripped": "plan",
    "drift_found": "plan",
    "opt_out_overdue": "consent",
    "audience_shut": "audiences",
    "lane_behind": "today#sources",
}
"""Which page, or part of one, is about each kind of alarm."""


def standing(connection: Connection, paths: Mapping[str, str]) -> list[Row]:
    """Return the alarms that are open, the newest first, each with the path of its page where there is one."""
    return [{**each, "path": _path(each["kind"], paths)} for each in reversed(listed(connection, ["open"]))]


def _path(kind: str, paths: Mapping[str, str]) -> str | None:
    page, mark, part = PAGES.get(kind, "").partition("#")
    return f"{paths[page]}{mark}{part}" if page in paths else None


def duties(connection: Connection, now: datetime) -> list[Row]:
    """Return what vendors told of that nobody has acted on, the most urgent first."""
    found = connection.execute(select(duty).where(duty.c.done_at.is_(None)).order_by(duty.c.until, duty.c.n))
    return [{**row, "is_late": row["until"] < now.date().isoformat()} for row in found.mappings()]


def done(connection: Connection, number: int, now: datetime) -> Row | None:
    """Put down that somebody acted on a duty; returns it, or None where there is no such open duty."""
    mine = (duty.c.n == number) & duty.c.done_at.is_(None)
    found = connection.execute(select(duty).where(mine)).mappings().one_or_none()
    connection.execute(update(duty).where(mine).values(done_at=utc_text(now)))
    return None if found is None else dict(found)
