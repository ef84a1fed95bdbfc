"""Withdrawals as they stand and as they went, asked of the store alone: quick enough for a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, exists, func, literal_column, or_, select

from plugins.hub.opt_out_clock import CONFIRMED_WITHIN, HANDED_WITHIN
from plugins.hub.overdue import OPEN
from plugins.store.tables import push
from plugins.store.times import moment_of, utc_text

MOST = 500
"""So many that wait are read; where there are more, the oldest."""
WEEKS = 4
SECOND = 19
"""So many signs of a moment are it to the second."""
CONSENT = literal_column("'consent'", Text)  # as the indexes say it
Row = dict[str, Any]
Spans = list[tuple[float, int]]
"""How many seconds, and how often."""


def waiting(connection: Connection, now: datetime, most: int = MOST) -> list[Row]:
    """Return each withdrawal not handed over or not confirmed yet, oldest first, with its age and limit in seconds.

    Of each address or record only the newest row can still wait for something. What no run has planned is not here.
    """
    newer = push.alias("newer")
    same = (newer.c.destination == push.c.destination) & (newer.c.wire_id == push.c.wire_id)
    is_newest = ~exists().where(same, newer.c.seq > push.c.seq, newer.c.state != "dropped")
    open_rows = or_(push.c.state.in_(OPEN), push.c.state == "accepted")
    mine = (push.c.cause == CONSENT) & push.c.confirmed_at.is_(None) & open_rows
    columns = (push.c.destination, push.c.profile_id, push.c.state, push.c.stored_at, push.c.answered_at)
    found = connection.execute(
        select(*columns).where(mine, is_newest).order_by(push.c.stored_at, push.c.seq).limit(most)
    )
    return [_aged(dict(row), now) for row in found.mappings()]


def _aged(row: Row, now: datetime) -> Row:
    is_handed = row["state"] == "accepted"
    since = row["answered_at"] if is_handed else row["stored_at"]
    age = now - moment_of(since or utc_text(now))
    limit = CONFIRMED_WITHIN if is_handed else HANDED_WITHIN
    what = "unconfirmed" if is_handed else "unhanded"
    return {**row, "what": what, "since": since, "age": age.total_seconds(), "limit": limit.total_seconds(),
            "is_overdue": age > limit}  # fmt: skip


def by_destination(rows: Iterable[Row]) -> list[Row]:
    """Return how many wait at each destination for each of the two, how many of them too long, and the oldest."""
    groups: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[(row["destination"], row["what"])].append(row)
    return [
        {"destination": destination, "what": what, "count": len(mine), "limit": mine[0]["limit"],
         "overdue": sum(row["is_overdue"] for row in mine), "oldest": max(row["age"] for row in mine)}
        for (destination, what), mine in sorted(groups.items())
    ]  # fmt: skip


@dataclass
class Took:
    """How long withdrawals took, in seconds: until they were handed over, and from there until they were confirmed."""

    destination: str
    week: date | None = None
    """The Monday it began with; None for all weeks."""
    handed: Spans = field(default_factory=list)
    confirmed: Spans = field(default_factory=list)

    def count(self, part: str) -> int:
        """Return how many there were."""
        return sum(times for _, times in getattr(self, part))

    def median(self, part: str) -> float | None:
        """Return what half of them took at most."""
        return middle(getattr(self, part))

    def worst(self, part: str) -> float | None:
        """Return what the slowest took."""
        return max((seconds for seconds, _ in getattr(self, part)), default=None)


def middle(spans: Sequence[tuple[float, int]]) -> float | None:
    """Return the lower median of spans, each as often as it says."""
    left = (sum(times for _, times in spans) + 1) // 2
    for seconds, times in sorted(spans):
        left -= times
        if left <= 0:
            return seconds
    return None


def took(connection: Connection, now: datetime) -> list[Took]:
    """Return how long it took in the last four weeks, by destination: all of them, and then week by week."""
    since = utc_text(now - timedelta(weeks=WEEKS))
    moments = [func.substr(push.c[name], 1, SECOND) for name in ("stored_at", "answered_at", "confirmed_at")]
    mine = (push.c.cause == CONSENT) & (push.c.state == "accepted") & (push.c.stored_at >= since)
    counted = select(push.c.destination, *moments, func.count()).where(mine, push.c.answered_at.is_not(None))
    found: dict[tuple[str, date], Took] = {}
    for destination, *given, times in connection.execute(counted.group_by(push.c.destination, *moments)):
        stored, answered, confirmed = (datetime.fromisoformat(each) if each else None for each in given)
        assert stored is not None
        monday = stored.date() - timedelta(days=stored.weekday())
        for week in (date.min, monday):
            one = found.setdefault((destination, week), Took(destination, week if week != date.min else None))
            _add(one, stored, answered, confirmed, times)
    return [one for _, one in sorted(found.items(), key=lambda each: each[0])]


def _add(one: Took, stored: datetime, answered: datetime | None, confirmed: datetime | None, times: int) -> None:
    if answered is not None:
        one.handed.append((max((answered - stored).total_seconds(), 0), times))
        if confirmed is not None:
            one.confirmed.append((max((confirmed - answered).total_seconds(), 0), times))
