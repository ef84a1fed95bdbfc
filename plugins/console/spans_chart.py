"""A chart of how long things took, drawn by the server: a bar to the median, a line to the worst, and the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plugins.hub.opt_out_clock import CONFIRMED_WITHIN, HANDED_WITHIN
from plugins.hub.withdrawing import Took

WIDTH, LEFT, RIGHT = 720, 150, 16
ROW, HEAD = 52, 26
LONGEST = 7 * 86_400
TICKS = (1, 10, 60, 600, 3600, 21_600, 86_400, LONGEST)
"""Seconds at which the scale has a line; each step of it is as many times more."""
LIMITS = {"handed": HANDED_WITHIN.total_seconds(), "confirmed": CONFIRMED_WITHIN.total_seconds()}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it lies, and what it says."""

    part: str
    y: int
    median: float
    """Where it ends."""
    worst: float
    limit: float
    is_late: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template draws."""

    width: int
    height: int
    left: int
    ticks: list[tuple[float, int]]
    """Where each line of the scale is, and of how many seconds."""
    rows: list[tuple[str, int, list[Bar]]]
    """Name, where its words stand, and its bars."""


def drawn(found: Sequence[Took]) -> Chart:
    """Return the chart of some destinations."""
    rows = [(each.destination, HEAD + ROW * place + 20, _bars(each, HEAD + ROW * place))
            for place, each in enumerate(found)]  # fmt: skip
    return Chart(WIDTH, HEAD + ROW * len(rows), LEFT, [(_at(tick), tick) for tick in TICKS], rows)


def _bars(took: Took, top: int) -> list[Bar]:
    bars = []
    for place, part in enumerate(("handed", "confirmed")):
        median, worst = took.median(part), took.worst(part)
        if median is not None and worst is not None:
            bars.append(
                Bar(part, top + 4 + 20 * place, _at(median), _at(worst), _at(LIMITS[part]), worst > LIMITS[part])
            )
    return bars


def _at(seconds: float) -> float:
    """Return where so many seconds are on the scale."""
    part = math.log(min(max(seconds, 1), LONGEST)) / math.log(LONGEST)
    return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)
