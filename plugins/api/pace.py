"""How fast a client may ask: a bucket of requests for each key, filled again with time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from plugins.store.engine import StoreError

SETTING = "ROTONDE_API_PER_SECOND"
PER_SECOND = 50
BURST_SECONDS = 4
"""So many seconds' worth may come at once."""
SECOND_NS = 1_000_000_000


class Pace:
    """Lets each client ask so often a second, and some more at once after a pause."""

    def __init__(self, per_second: int = PER_SECOND, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self.per_second, self.most, self.clock_ns = per_second, per_second * BURST_SECONDS * SECOND_NS, clock_ns
        self._left: dict[str, tuple[int, int]] = {}
        """What each has left, a request being a second in nanoseconds, and when that was."""
        self._lock = threading.Lock()

    def wait(self, client: str) -> int:
        """Return after how many seconds a client may ask; 0 is now, and counts."""
        with self._lock:
            now = self.clock_ns()
            left, at = self._left.get(client, (self.most, now))
            left = min(self.most, left + (now - at) * self.per_second)
            is_now = left >= SECOND_NS
            self._left[client] = (left - SECOND_NS if is_now else left, now)
        return 0 if is_now else -((left - SECOND_NS) // (self.per_second * SECOND_NS))


def pace_of(said: str | None = None) -> Pace:
    """Read how many requests a second a key may make; raises StoreError."""
    said = os.environ.get(SETTING, "") if said is None else said
    if said and not (said.isdecimal() and 0 < int(said) <= 1_000_000):
        raise StoreError(f"{SETTING}: '{said}' is no number of requests a second; write for example {PER_SECOND}")
    return Pace(int(said or PER_SECOND))
