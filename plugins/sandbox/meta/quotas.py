"""How many calls are left: one window for each business use case, told in three headers."""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from plugins.sandbox.meta.refusals import throttled

HOUR, DAY = 3600, 86_400
MUTATIONS_PER_SECOND = 100
TOO_MANY_MUTATIONS = 5_044_001


class Window(NamedTuple):
    """The error code of a use case, and the seconds its calls are counted for."""

    number: int
    seconds: int


WINDOWS = {
    "app": Window(4, HOUR),
    "user": Window(17, HOUR),
    "pages": Window(80001, DAY),
    "instagram": Window(80002, DAY),
    "custom_audience": Window(80003, HOUR),
    "ads_management": Window(80004, HOUR),
    "leadgen": Window(80005, DAY),
    "catalog_management": Window(80009, HOUR),
    "catalog_batch": Window(80014, HOUR),
}


OF_USER = ("ads_management", "custom_audience", "catalog_management", "catalog_batch")
"""Where the limit of the user or the ad account counts too."""


@dataclass
class Quotas:
    """Counts calls in sliding windows and refuses what is over."""

    limit: Callable[[str], int]
    """How many calls a use case has in its window."""
    tier: str
    calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    blocked_until: dict[str, datetime] = field(default_factory=dict)
    mutations: deque[float] = field(default_factory=deque)

    def count(self, use: str, at: datetime, *, mutates: bool) -> None:
        """Count one call, or refuse it."""
        for each in (use, "app", *(["user"] if use in OF_USER else ())):
            if self._minutes_left(each, at):
                raise throttled(WINDOWS[each].number)
        if self.used(use, at) >= self.limit(use):
            raise throttled(WINDOWS[use].number)
        if mutates and use == "custom_audience":
            self._count_mutation(at.timestamp())
        self.calls[use].append(at.timestamp())

    def _count_mutation(self, at: float) -> None:
        while self.mutations and self.mutations[0] <= at - 1:
            self.mutations.popleft()
        if len(self.mutations) >= MUTATIONS_PER_SECOND:
            raise throttled(613, TOO_MANY_MUTATIONS)
        self.mutations.append(at)

    def used(self, use: str, at: datetime) -> int:
        """Return how many calls of the window count now."""
        calls, oldest = self.calls[use], at.timestamp() - WINDOWS[use].seconds
        while calls and calls[0] <= oldest:
            calls.popleft()
        return len(calls)

    def block(self, use: str, until: datetime) -> None:
        """Refuse the calls of a use case for a while."""
        self.blocked_until[use] = until

    def percent(self, use: str, at: datetime) -> int:
        """Return how much of the window is used."""
        if self._minutes_left(use, at):
            return 100
        return min(100, self.used(use, at) * 100 // self.limit(use))

    def _minutes_left(self, use: str, at: datetime) -> int:
        until = self.blocked_until.get(use, at)
        return math.ceil((until - at) / timedelta(minutes=1)) if until > at else 0

    def _minutes_to_wait(self, use: str, at: datetime) -> int:
        if waiting := self._minutes_left(use, at):
            return waiting
        if self.used(use, at) < self.limit(use):
            return 0
        return math.ceil((self.calls[use][0] + WINDOWS[use].seconds - at.timestamp()) / 60)

    def headers(self, use: str, owner: str, at: datetime) -> dict[str, str]:
        """Return the headers that tell the use; an account's wait is in seconds, that of a use case in minutes."""
        share, app = self.percent(use, at), self.percent("app", at)
        told = {"X-App-Usage": _text({"call_count": app, "total_cputime": app, "total_time": app})}
        if use in ("ads_management", "custom_audience", "user"):
            account = {"acc_id_util_pct": float(share), "reset_time_duration": self._minutes_to_wait(use, at) * 60}
            told["X-Ad-Account-Usage"] = _text({**account, "ads_api_access_tier": self.tier})
        if use not in ("app", "user"):
            case: dict[str, Any] = {"type": use, "call_count": share, "total_cputime": share, "total_time": share}
            case |= {"estimated_time_to_regain_access": self._minutes_to_wait(use, at)}
            told["X-Business-Use-Case-Usage"] = _text({owner: [{**case, "ads_api_access_tier": self.tier}]})
        return told


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
