"""How many calls are left: one window for the app, and one for each category that has a published number."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from plugins.sandbox.pinterest.refusals import throttled

SECOND, MINUTE, DAY = 1, 60, 86_400
EVERYTHING = "everything"


class Window(NamedTuple):
    """How many calls fit into how many seconds."""

    calls: int
    seconds: int


# developers.pinterest.com/docs/reference/rate-limits; the numbers of the other categories are not told there
TRIAL: Mapping[str, Window] = {
    EVERYTHING: Window(1000, DAY),
    "ads_analytics": Window(1000, DAY),
    "org_write": Window(300, DAY),
    "ads_conversions": Window(5000, MINUTE),
}
STANDARD: Mapping[str, Window] = {
    EVERYTHING: Window(100, SECOND),
    "ads_analytics": Window(300, MINUTE),
    "org_write": Window(100, MINUTE),
    "ads_conversions": Window(5000, MINUTE),
}
LEVELS = {"trial": TRIAL, "standard": STANDARD}
CATEGORIES = (
    EVERYTHING, "ads_analytics", "ads_conversions", "ads_read", "ads_write", "catalogs_read", "catalogs_write",
    "org_analytics", "org_read", "org_write",
)  # fmt: skip


@dataclass
class Quotas:
    """Counts calls in sliding windows and refuses what is over."""

    level: str
    calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    blocked_until: dict[str, datetime] = field(default_factory=dict)

    def count(self, category: str, at: datetime, *, is_of_app: bool) -> None:
        """Count one call, or refuse it; a refused one costs nothing, and one with another token the app nothing."""
        windows = (EVERYTHING, category) if is_of_app else (category,)
        if any(self._is_over(each, at) for each in windows):
            raise throttled()
        for each in windows:
            self.calls[each].append(at.timestamp())

    def block(self, category: str, until: datetime) -> None:
        """Refuse the calls of a category for a while."""
        self.blocked_until[category] = until

    def _is_over(self, category: str, at: datetime) -> bool:
        if self.blocked_until.get(category, at) > at:
            return True
        window = LEVELS[self.level].get(category)
        if window is None:
            self.calls[category].clear()
            return False
        calls = self.calls[category]
        while calls and calls[0] <= at.timestamp() - window.seconds:
            calls.popleft()
        return len(calls) >= window.calls
