"""Days: from which to which one is read, and how the vendor writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from plugins.wire.retry import HopelessError

SCHEMAS_FOLDER = Path(__file__).parent / "schemas"
DAYS_WITHOUT_START = 30
EARLIEST_ZONE = timedelta(hours=14)
"""Where a day begins first: a property there is a day ahead of us."""
DAY = re.compile(r"\d{4}-?\d\d-?\d\d")


@dataclass(frozen=True, slots=True)
class Window:
    """Some days, both ends among them."""

    first: date
    last: date

    @classmethod
    def since(cls, bookmark: str | None, late_days: int) -> Window:
        """Return the days from a bookmark (`YYYYMMDD`) less the late ones, or from a start date on."""
        today = (datetime.now(UTC) + EARLIEST_ZONE).date()
        if not bookmark:
            return cls(today - timedelta(days=DAYS_WITHOUT_START), today)
        first = day(str(bookmark))
        is_bookmark = "-" not in str(bookmark)
        return cls(first - timedelta(days=late_days) if is_bookmark else first, today)

    def __iter__(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def day(text: str) -> date:
    """Return a day written as `YYYYMMDD`, or as a date or time with hyphens."""
    found = DAY.match(text)
    try:
        return date.fromisoformat(found[0] if found else text)
    except ValueError:
        raise HopelessError("tap-google_analytics: a date is unreadable; check start_date (2026-01-31)") from None


def written(each: date) -> str:
    """Return a day as the vendor writes it."""
    return each.strftime("%Y%m%d")
