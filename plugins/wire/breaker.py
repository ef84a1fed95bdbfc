"""What one does about a vendor that refuses everybody for a while: one call now and then, until it answers again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from plugins.wire.retry import LONGEST_WAIT_SECONDS

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60.0, 1200.0
RETRIES_PER_CALL = 0.1
"""How many calls in a hundred may be tried again at once: ten; what else fails waits as if nothing were answered."""
SPARE_RETRIES = 10.0


@dataclass
class Breaker:
    """Counts what calls and retries of one account may cost, and how long one waits when nothing is answered."""

    patience_seconds: float = 0.0
    """How long one waits for a vendor that refuses everybody; 0: each call is tried for itself."""
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)
    _retries: float = SPARE_RETRIES
    _pause: float = field(default=FIRST_PAUSE_SECONDS)
    _since: float | None = None
    """When it began to refuse everybody."""
    _is_over: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether the vendor was waited for as long as one waits: then nothing more is asked."""
        return self._is_over

    def tries(self, most: int) -> int:
        """Return how often a new call may be tried at once."""
        if not self.patience_seconds:
            return most
        self._retries = min(SPARE_RETRIES, self._retries + RETRIES_PER_CALL)
        return 1 if self._since is not None else min(most, 1 + int(self._retries))

    def retried(self, times: int) -> None:
        """Note how often a call was tried again at once."""
        self._retries -= times

    def answered(self) -> None:
        """Note that the vendor answers."""
        self._since, self._pause = None, FIRST_PAUSE_SECONDS

    def waits(self, asked_seconds: float | None) -> bool:
        """Wait until one may ask again; False when that has taken too long by now."""
        if not self.patience_seconds:
            return False
        now = self.clock()
        self._since = now if self._since is None else self._since
        pause = min(max(self._pause, asked_seconds or 0.0), LONGEST_WAIT_SECONDS)
        if now + pause - self._since > self.patience_seconds:
            self._is_over = True
            return False
        self.sleep(pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        return True
