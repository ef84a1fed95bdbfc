"""How moments, money and numbers are written on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from plugins.hub.resolving import BUSINESS_ZONE

EMPTY = "–"
LETTERS = 38
MINUS = "\u2212"


def moment(value: datetime | str | None) -> str:
    """Write a moment on the clock of the shops; texts and moments without offset are in UTC, as the store has them."""
    if not value:
        return EMPTY
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    there = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(BUSINESS_ZONE)
    return there.strftime("%Y-%m-%d %H:%M")


def day(value: date | str | None) -> str:
    """Write a day."""
    return str(value)[:10] if value else EMPTY


def number(value: int | None) -> str:
    """Write a whole number, with a narrow space between thousands: in both languages it is read the same."""
    return EMPTY if value is None else f"{value:,}".replace(",", "\u202f")


def money(value: int | None, currency: str | None = None) -> str:
    """Write cents as an amount."""
    if value is None:
        return EMPTY
    sign, size = "-" if value < 0 else "", abs(value)
    return f"{sign}{size // 100}.{size % 100:02d} {currency or 'EUR'}"


STEPS = ((86_400, "d"), (3600, "h"), (60, "min"))


def lasted(seconds: float | None) -> str:
    """Write how long something took; a day and a half is said in hours."""
    if seconds is None:
        return EMPTY
    for size, unit in STEPS:
        if seconds >= size * (2 if size == STEPS[0][0] else 1):
            return f"{seconds / size:.1f}".removesuffix(".0") + f"\u202f{unit}"
    return f"{seconds:.0f}\u202fs"


def signed(value: int | None) -> str:
    """Write a change of a count, with its sign."""
    if not value:
        return EMPTY if value is None else "0"
    return f"{'+' if value > 0 else MINUS}{number(abs(value))}"


def shortened(value: str) -> str:
    """Write no more of a text than a chart has room for."""
    return value if len(value) <= LETTERS else f"{value[: LETTERS - 1]}…"


def plain(value: Any) -> str:
    """Write what may be of any kind; nothing is a dash."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value) or EMPTY
    return str(value)


FILTERS: dict[str, Callable[..., str]] = {
    "moment": moment, "day": day, "number": number, "money": money, "plain": plain, "lasted": lasted,
    "signed": signed, "shortened": shortened,
}  # fmt: skip
