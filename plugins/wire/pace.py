"""How fast one asks a vendor that says how much it takes: so many at once, and then so many a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Pace:
    """A leaky bucket; who finds it full waits until there is room."""

    burst: int
    per_second: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    level: float = 0
    at: float = 0

    def keep(self) -> None:
        """Wait if need be, and count one more request."""
        now = self.clock()
        self.level, self.at = max(0.0, self.level - (now - self.at) * self.per_second), now
        if self.level > self.burst - 1:
            seconds = (self.level - self.burst + 1) / self.per_second
            self.sleep(seconds)
            self.level, self.at = self.burst - 1, now + seconds
        self.level += 1
