"""Dates of birth as sources deliver them: in their own notation, misremembered, or made up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from plugins.sandbox.population.arrays import Ints, among, lot, texts
from plugins.sandbox.population.sheet import Sheet
from plugins.sandbox.population.visits import relative
from plugins.sandbox.population.wording import words

MONTHS = words("januari februari maart april mei juni juli augustus september oktober november december")
ISO, DUTCH, SLASHED, SHORT, COMPACT, IN_WORDS = range(6)
WAYS_OF_OTHERS = (0.5, 0.3, 0.1, 0.04, 0.04, 0.02)
WAYS = {
    "tilroy": (0.10, 0.72, 0.08, 0.04, 0.04, 0.02),
    "woocommerce": (0.78, 0.14, 0.04, 0.01, 0.02, 0.01),
    "loyalty": (0.30, 0.30, 0.32, 0.03, 0.04, 0.01),
}
"""How often each source delivers each notation."""
NO_DATE = words("1900-01-01 01-01-1900 01-01-1970 01-01-1970 1970-01-01 01-01-2000 00-00-0000 11-11-1911")
UNKNOWN, RELATIVES = 0.03, 0.004
DAY_MONTH_SWAPPED, DIGIT_OFF, YEAR_ONLY = 0.015, 0.010, 0.010
EPOCH = date(1970, 1, 1)


def write_birth_dates(sheet: Sheet) -> None:
    """Fill in dates of birth."""
    person = sheet.visits.person
    whose = np.where(sheet.lucky(RELATIVES), relative(sheet.world, person), person)
    rows = np.flatnonzero(sheet.lucky(sheet.rate("birth")))
    days = sheet.world.families.born[whose[rows]].tolist()
    chance, luck = sheet.dice.random(len(rows)).tolist(), sheet.dice.integers(1000, size=len(rows)).tolist()
    born = [_misremembered(*each) for each in zip(days, chance, luck, strict=True)]
    ways = _ways(sheet, rows).tolist()
    written = texts(_written(day, way) for day, way in zip(born, ways, strict=True))
    unknown = sheet.is_clerk[rows] & (sheet.dice.random(len(rows)) < UNKNOWN)
    written[unknown] = among(NO_DATE, sheet.dice, int(unknown.sum()))
    sheet.columns["birth_date"][rows] = written


def _ways(sheet: Sheet, rows: Ints) -> Ints:
    """Return a notation for each, by the habit of its source."""
    source = sheet.columns["source"][rows]
    ways = lot(WAYS_OF_OTHERS, sheet.dice, len(rows))
    for name, weights in WAYS.items():
        ways[source == name] = lot(weights, sheet.dice, int((source == name).sum()))
    return ways


def _misremembered(days: int, chance: float, luck: int) -> date:
    """Return a birth date, rarely with day and month swapped, a digit off, or only the year right."""
    born = EPOCH + timedelta(days=days)
    if chance < DAY_MONTH_SWAPPED:
        return born.replace(day=born.month, month=born.day) if born.day <= 12 else born
    if chance < DAY_MONTH_SWAPPED + DIGIT_OFF:
        return born + timedelta(days=(1, -1, 10, -10)[luck % 4])
    if chance < DAY_MONTH_SWAPPED + DIGIT_OFF + YEAR_ONLY:
        return born.replace(month=1, day=1)
    return born


def _written(born: date, way: int) -> str:
    """Return a date in one of the notations."""
    if way == IN_WORDS:
        return f"{born.day} {MONTHS[born.month - 1]} {born.year}"
    if way == SHORT:
        return f"{born.day}-{born.month}-{born.year}"
    return born.strftime({ISO: "%Y-%m-%d", DUTCH: "%d-%m-%Y", SLASHED: "%d/%m/%Y", COMPACT: "%Y%m%d"}[way])
