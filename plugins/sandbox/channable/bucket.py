"""The leaky bucket of one company: more tokens do not help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SIZE, PER_SECOND = 200, 4


@dataclass
class Bucket:
    """Requests that leak out by the clock."""

    at: datetime
    level: float = 0

    def takes(self, now: datetime) -> bool:
        """Take one more request, or say that there is no room for it."""
        leaked = max(0.0, (now - self.at).total_seconds()) * PER_SECOND
        self.level, self.at = max(0.0, self.level - leaked), max(self.at, now)
        if self.level + 1 > SIZE:
            return False
        self.level += 1
        return True
