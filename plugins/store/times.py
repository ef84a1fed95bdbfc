"""Time as the store keeps it: UTC text with microseconds, which sorts as it flows, and the original offset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=8192)  # lines of one receipt share their times
def utc_text(moment: datetime) -> str:
    """Return `2026-03-02T10:12:00.000000Z` for an aware datetime."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def offset_minutes(moment: datetime) -> int:
    """Return the offset from UTC that the source stated, in minutes."""
    if moment.tzinfo is UTC:
        return 0
    offset = moment.utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)


def moment_of(text: str) -> datetime:
    """Return the UTC datetime of a stored text."""
    return datetime.fromisoformat(text)
