"""The shape of `retention.yml`: how long each class is kept; a term may be shorter than the house's, not longer."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from plugins.rules.strict import Strict

TERM = re.compile(r"([1-9]\d{0,2}) (day|month|year)s?")
DAYS = {"day": 1.0, "month": 30.5, "year": 366.0}


def _term(given: Any) -> Any:
    if isinstance(given, str) and TERM.fullmatch(given):
        return given
    raise ValueError("should look like '30 days', '13 months' or '7 years'; write a whole number and a unit")


def _length(term: str) -> float:
    number, _, unit = term.partition(" ")
    return int(number) * DAYS[unit.rstrip("s")]


LONGEST: dict[str, str] = {
    "behaviour": "13 months",
    "profiles": "24 months",
    "quarantine": "30 days",
    "payloads": "30 days",
    "orders": "7 years",
    "consent": "5 years",
}
"""The house's terms, by class."""
Term = Annotated[str, BeforeValidator(_term)]


class Retention(Strict):
    """How long each class is kept; what is not in the file keeps the house's term."""

    behaviour: Term = Field(LONGEST["behaviour"], description="events and baskets")
    profiles: Term = Field(LONGEST["profiles"], description="a person without a sign of life, who is then erased")
    quarantine: Term = Field(LONGEST["quarantine"], description="records that could not be read")
    payloads: Term = Field(LONGEST["payloads"], description="what was sent, once it was answered")
    orders: Term = Field(LONGEST["orders"], description="orders and their lines")
    consent: Term = Field(LONGEST["consent"], description="proof of consent, after its last use")

    @field_validator("*")
    @classmethod
    def _is_no_longer_than_the_house_says(cls, given: str, told: ValidationInfo) -> str:
        most = LONGEST[str(told.field_name)]
        if _length(given) > _length(most):
            raise ValueError(f"is longer than the house's term; write '{most}' or less")
        return given


def before(day: date, term: str) -> date:
    """Return the day so much earlier; the last of a month stands for days it does not have."""
    number, _, unit = term.partition(" ")
    if unit.startswith("day"):
        return day - timedelta(days=int(number))
    months = int(number) * (12 if unit.startswith("year") else 1)
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
