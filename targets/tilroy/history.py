"""Movements of points as Tilroy tells them: which one is ours, although it hides our reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.tilroy.decisions import Movement, Repeat
from targets.tilroy.step import NEXT, Step

HISTORY = "/voucherapi/production/v2/loyalty/points"
CLOCKS_DIFFER = timedelta(minutes=10)
PAGE_SIZE = 100
NUMBER = re.compile(r"[\w-]{1,64}", re.ASCII)
NULLS = ("None", "NA")
SEVERAL = Outcome("unknown", "several movements fit: a person must look")


@dataclass(frozen=True, slots=True)
class Found:
    """A movement as Tilroy tells it."""

    number: str
    points: Decimal
    date: str

    @classmethod
    def of(cls, told: Any) -> Found:
        """Read one; raises LostError where it has no number or no points."""
        try:
            number = str(told["tilroyId"]).removesuffix(".0")  # a text, a whole number or `87.0`
            points = Decimal(str(told["points"]))
        except (TypeError, KeyError, InvalidOperation):
            raise LostError("a movement of another shape") from None
        if not NUMBER.fullmatch(number) or number in NULLS or not points.is_finite():
            raise LostError("a movement without a number, or without points")
        return cls(number, points, str(told.get("date")))


def iso(moment: datetime) -> str:
    """Write a moment as Tilroy does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def movement_made(answer: Any, points: int, made: set[str]) -> Outcome:
    """Return what the answer to a movement says, and add it to `made`; raises LostError where it is about another."""
    found = [Found.of(each) for each in (answer if isinstance(answer, list) else [answer])]
    if sum(abs(each.points) for each in found) != abs(points):
        raise LostError("an answer about other points")
    return _made([each.number for each in found], made)


def _made(numbers: list[str], made: set[str]) -> Outcome:
    made.update(numbers)
    return Outcome("accepted", " ".join(["movement", *numbers]))


class LookUp:
    """Looks for a movement whose answer was lost among those that are not accounted for, earlier or by this run."""

    def __init__(self, movement: Movement, repeat: Repeat, made: set[str]) -> None:
        self.movement = movement
        self.since = repeat.since - CLOCKS_DIFFER
        self.known = set(repeat.known)
        self.made = made
        self.found: dict[str, Found] = {}
        self.is_read = False

    def steps(self) -> Iterator[Step]:
        """Give a call for each page; the last one's outcome is the verdict."""
        for page in count(1):
            if self.is_read:
                return
            yield Step(self._call(page), self._judge, self._refused)

    def _call(self, page: int) -> Call:
        query = f"customerId={self.movement.customer}&dateFrom={iso(self.since)}&page={page}&count={PAGE_SIZE}"
        return Call("GET", f"{HISTORY}?{query}", b"")

    def _judge(self, answer: Any) -> Outcome:
        if not isinstance(answer, list):
            raise LostError("a history of another shape")
        told = {each.number: each for each in map(Found.of, answer)}
        is_news = bool(told.keys() - self.found.keys())
        self.found |= told
        return NEXT if is_news else self._verdict()  # a short page proves nothing: the server may cap it

    def _refused(self, refusal: RefusedError) -> Outcome:
        if refusal.status == 404:  # how Tilroy speaks of a customer without points
            return self._verdict()
        return Outcome("unknown", f"look-up: {refusal}")

    def _verdict(self) -> Outcome:
        """Accept the one that fits; where none does the movement may be sent."""
        self.is_read = True
        new = [each for each in self.found.values() if self._may_be_ours(each)]
        fits = [each for each in new if each.points == self.movement.points]
        if len(fits) == 1:
            return _made([fits[0].number], self.made)
        return SEVERAL if fits or self._adds_up(new) else NEXT

    def _may_be_ours(self, found: Found) -> bool:
        """Tell whether it is not accounted for, and not of before the call: the filter may look at the day only."""
        return found.number not in self.known | self.made and _may_be_since(found.date, self.since)

    def _adds_up(self, new: list[Found]) -> bool:
        """Tell whether the new ones are the movement in parts: Tilroy answers a redemption with a list."""
        points = self.movement.points
        return sum(each.points for each in new if each.points * points > 0) == points


def _may_be_since(text: str, since: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return True
    return moment.tzinfo is None or moment >= since  # without a zone it may be
