"""How many calls are left in this minute and this day, for each service, written or read."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plugins.sandbox.google_ads.refusals import exhausted

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
A_MINUTE = 300
# developers.google.com/data-manager/api/devguides/limits
A_DAY = {"Ingestion": 100_000, "Management": 50_000}
"""`Management` stands for all services but the one that ingests."""
USES = tuple(f"{service}{way}" for service in A_DAY for way in ("Write", "Read"))
PERIODS = {"minute": MINUTE, "day": DAY}


@dataclass
class Quotas:
    """Counts calls in sliding windows and refuses what is over."""

    calls: dict[tuple[str, str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    used_up_until: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def count(self, use: str, at: datetime) -> None:
        """Count one call of a use, or refuse it."""
        for period, length in PERIODS.items():
            window = self._window(use, period, at - length)
            limit = A_MINUTE if period == "minute" else A_DAY[use.removesuffix("Write").removesuffix("Read")]
            if len(window) >= limit or self.used_up_until.get((use, period), at) > at:
                raise exhausted(f"{use}RequestsPer{period.capitalize()}PerProject")
        for period in PERIODS:
            self.calls[use, period].append(at)

    def _window(self, use: str, period: str, oldest: datetime) -> deque[datetime]:
        window = self.calls[use, period]
        while window and window[0] <= oldest:
            window.popleft()
        return window

    def use_up(self, use: str, period: str, at: datetime) -> None:
        """Let nothing be left of a use until its period is over."""
        self.used_up_until[use, period] = at + PERIODS[period]


def quotas_named() -> Iterator[tuple[str, str]]:
    """Give every use with its periods."""
    for use in USES:
        yield from ((use, period) for period in PERIODS)
