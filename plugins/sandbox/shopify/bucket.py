"""The leaky bucket of one app and shop: points that come back with time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SIZE_POINTS, POINTS_PER_SECOND = 2000, 100


@dataclass
class Bucket:
    """Points to spend; what was spent comes back by the clock."""

    at: datetime
    size: float = SIZE_POINTS
    per_second: float = POINTS_PER_SECOND
    spent: float = 0

    def available(self, now: datetime) -> float:
        """Return the points there are now."""
        came_back = max(0.0, (now - self.at).total_seconds()) * self.per_second
        self.spent, self.at = max(0.0, self.spent - came_back), max(self.at, now)
        return self.size - self.spent

    def take(self, points: float) -> None:
        """Spend points; a negative number gives back what was reserved and not used."""
        self.spent = max(0.0, self.spent + points)

    def status(self, now: datetime) -> dict[str, float]:
        """Return what every answer tells of the bucket."""
        available = int(self.available(now))
        return {"maximumAvailable": self.size, "currentlyAvailable": available, "restoreRate": self.per_second}
