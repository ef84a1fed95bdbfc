"""An answer that is asked for often and changes little, kept for a minute."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

LIFE = timedelta(minutes=1)
T = TypeVar("T")


class Minute(Generic[T]):
    """Keeps one answer; who asks while it is being worked out waits for it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: tuple[datetime, T] | None = None

    def of(self, now: datetime, work_out: Callable[[], T]) -> T:
        """Return the answer of the last minute, or work it out."""
        with self._turn:
            if self._kept is None or not timedelta(0) <= now - self._kept[0] < LIFE:
                self._kept = (now, work_out())
            return self._kept[1]
