"""How fast a client may ask: a bucket of requests for each key, filled again with time."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable

from plugins.store.engine import StoreError

SETTING = "ROTONDE_API_PER_SECOND"
PER_SECOND = 50.0
BURST_SECONDS = 4
"""So many seconds' worth may come at once."""


class Pace:
    """Lets each client ask so often a second, and some more at once after a pause."""

    def __init__(self, per_second: float = PER_SECOND, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second, self.most, self.clock = per_second, max(1.0, per_second * BURST_SECONDS), clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, client: str) -> int:
        """Return after how many seconds a client may ask; 0 is now, and counts."""
        with self._lock:
            now = self.clock()
            left, at = self._left.get(client, (self.most, now))
            left = min(self.most, left + (now - at) * self.per_second)
            self._left[client] = (left - 1 if left >= 1 else left, now)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / self.per_second))


def pace_of(said: str | None = None) -> Pace:
    """Read how many requests a second a key may make; raises StoreError."""
    said = os.environ.get(SETTING, "") if said is None else said
    try:
        number = float(said or PER_SECOND)
    except ValueError:
        number = 0.0
    if not 0 < number < 1_000_000:
        raise StoreError(f"{SETTING}: '{said}' is no number of requests a second; write for example 50")
    return Pace(number)
