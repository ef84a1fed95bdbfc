"""Who keeps the pace never has more under way than the vendor takes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.wire.pace import Pace


@dataclass
class Watch:
    """A clock that sleeping moves on."""

    now: float = 0
    slept: float = 0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def test_lets_the_first_ones_go_at_once_and_then_so_many_a_second() -> None:
    watch = Watch()
    pace = Pace(100, 2, watch.clock, watch.sleep)
    for _ in range(100):
        pace.keep()
    assert watch.slept == 0
    for _ in range(60):
        pace.keep()
    assert watch.slept == pytest.approx(30)


def test_a_pause_makes_room_again() -> None:
    watch = Watch()
    pace = Pace(10, 2, watch.clock, watch.sleep)
    for _ in range(10):
        pace.keep()
    watch.now += 5
    for _ in range(10):
        pace.keep()
    assert watch.slept == 0


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 8), st.floats(0.5, 4))
def test_no_bucket_of_that_size_ever_overflows(pauses: list[float], burst: int, per_second: float) -> None:
    watch, level, last = Watch(), 0.0, 0.0
    pace = Pace(burst, per_second, watch.clock, watch.sleep)
    for pause in pauses:
        watch.now += pause
        pace.keep()
        level, last = max(0.0, level - (watch.now - last) * per_second) + 1, watch.now
        assert level <= burst + 1e-6
