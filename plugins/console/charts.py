"""Charts as places in an SVG: what a template draws with `charts.html`, in the colours of the page, without a script.

Each chart is 360 wide, which is a phone; the page makes it larger where there is room. Beside each stands a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH = 360
LEFT, RIGHT, TOP, BOTTOM = 8.0, 352.0, 26.0, 150.0
ROW = 44
"""How high a bar is, with the words above it."""
COLOURS = 3
"""Of so many lines each has a look of its own."""
Series = Sequence[tuple[datetime, int]]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line, and the dot at its end."""

    name: str
    look: str
    points: str
    end: tuple[float, float]
    last: int


@dataclass(frozen=True, slots=True)
class Curves:
    """Counts over time, from nothing at the foot."""

    curves: tuple[Curve, ...]
    most: int
    first: datetime
    last: datetime


def curves(series: Mapping[str, Series]) -> Curves | None:
    """Return lines over time by name, of which some have a point; None where there is no point at all."""
    moments = [moment for each in series.values() for moment, _ in each]
    if not moments:
        return None
    first, last = min(moments), max(moments)
    most = max(1, *(count for each in series.values() for _, count in each))
    span = (last - first).total_seconds() or 1.0

    def place(moment: datetime, count: int) -> tuple[float, float]:
        along = (moment - first).total_seconds() / span if last > first else 1.0
        return round(LEFT + (RIGHT - LEFT) * along, 1), round(BOTTOM - (BOTTOM - TOP) * count / most, 1)

    made = []
    for number, (name, each) in enumerate((name, each) for name, each in series.items() if each):
        places = [place(*point) for point in each]
        points = " ".join(f"{x},{y}" for x, y in places)
        made.append(Curve(name, f"look{number % COLOURS}", points, places[-1], each[-1][1]))
    return Curves(tuple(made), most, first, last)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: how long it is, and of which part what is lost since the one above."""

    name: str
    count: int
    y: int
    width: float
    lost: float
    """Where the pale part behind it ends: as long as the bar above."""


def bars(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    """Return bars below each other, against the largest of them; names may come twice."""
    most = max([1, *(count for _, count in counts)])
    made = list[Bar]()
    for number, (name, count) in enumerate(counts):
        width = round((RIGHT - LEFT) * count / most, 1)
        made.append(Bar(name, count, number * ROW, width, made[-1].width if made else width))
    return made


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference with its interval, and where nothing is."""

    low: float
    middle: float
    high: float
    zero: float


def interval(low: float, middle: float, high: float) -> Interval:
    """Return a difference and its interval on an axis with nothing in its middle."""
    reach = max(abs(low), abs(high), 1e-9) * 1.15

    def place(value: float) -> float:
        return round((LEFT + RIGHT) / 2 + (RIGHT - LEFT) / 2 * value / reach, 1)

    return Interval(place(low), place(middle), place(high), place(0))
