"""Moments in rules: `ago('90 days')`, `today()`, `120 days ago` and ISO dates, all relative to a given now."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Amsterdam")
SPAN = re.compile(r"(?P<amount>\d{1,4}) (?P<unit>minute|hour|day|week|month|year)s?")
UNITS = {unit: timedelta(**{f"{unit}s": 1}) for unit in ("minute", "hour", "day", "week")}
MONTHS = {"month": 1, "year": 12}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
EARLIEST = 1900

Kind = Literal["time", "date"]


@dataclass(frozen=True, slots=True)
class Ago:
    """So long before now; of a date, the day it was then in the shops."""

    amount: int
    unit: str
    kind: Kind = "time"

    def at(self, now: datetime) -> datetime | date:
        """Return the moment or the day."""
        if self.unit in MONTHS:
            then = _months_before(now, self.amount * MONTHS[self.unit])
        else:
            then = now - self.amount * UNITS[self.unit]
        return then if self.kind == "time" else then.astimezone(HOME).date()


@dataclass(frozen=True, slots=True)
class Today:
    """The day it is in the shops; of a time, its first moment."""

    kind: Kind = "date"

    def at(self, now: datetime) -> datetime | date:
        """Return the day or its first moment."""
        return _of(now.astimezone(HOME).date(), self.kind)


Moment = Ago | Today


def span(text: str, kind: Kind = "time") -> Ago | None:
    """Return what `90 days` means before now, None where it means nothing."""
    found = SPAN.fullmatch(text.strip().lower())
    if not found or (found["unit"] == "year" and int(found["amount"]) > 120):
        return None
    return Ago(int(found["amount"]), found["unit"], kind)


def fixed(text: str, kind: Kind) -> datetime | date | None:
    """Return an ISO day or time; a day is its first moment in the shops, a time has an offset."""
    try:
        if DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return _of(day, kind) if day.year >= EARLIEST else None
        moment = datetime.fromisoformat(text) if kind == "time" and DAY.match(text) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and moment.year >= EARLIEST else None


def told(text: str, kind: Kind) -> datetime | date | Moment | None:
    """Return what an example says: `120 days ago`, `today` or an ISO day or time."""
    if text == "today":
        return Today(kind)
    return span(text.removesuffix(" ago"), kind) if text.endswith(" ago") else fixed(text, kind)


def later(day: date, amount: int, unit: str) -> date:
    """Return the day so many days or months after another; of a month that is shorter, its last."""
    if unit.removesuffix("s") in MONTHS:
        return _months_before(datetime.combine(day, time()), -amount * MONTHS[unit.removesuffix("s")]).date()
    return day + amount * UNITS[unit.removesuffix("s")]


def _of(day: date, kind: Kind) -> datetime | date:
    return day if kind == "date" else datetime.combine(day, time(), HOME)


def _months_before(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))
