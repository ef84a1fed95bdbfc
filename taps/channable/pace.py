"""How fast the tap asks: the slower of the two limits that the vendor has written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

BURST, PER_SECOND = 100, 2
"""The older page of the vendor; the newer one says 200 and 4, for all tokens of a company together."""


@dataclass
class Pace:
    """A leaky bucket; who finds it full waits until there is room."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    level: float = 0
    at: float = 0

    def keep(self) -> None:
        """Wait if need be, and count one more request."""
        now = self.clock()
        self.level, self.at = max(0.0, self.level - (now - self.at) * PER_SECOND), now
        if self.level > BURST - 1:
            seconds = (self.level - BURST + 1) / PER_SECOND
            self.sleep(seconds)
            self.level, self.at = BURST - 1, now + seconds
        self.level += 1
