"""What stands behind the question mark: typed, bounded, and refused where it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from werkzeug.wrappers import Request

from plugins.sandbox.channable.refusals import Invalid, mistake

MOST_ROWS = 100
TRUE, FALSE = ("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n")
Row = TypeVar("Row")


class Query:
    """The parameters of one request."""

    def __init__(self, request: Request) -> None:
        self.given = request.args

    def number(self, name: str, default: int, smallest: int, largest: int | None = None) -> int:
        """Return a whole number between two others."""
        given = self.given.get(name)
        if given is None:
            return default
        if not given.removeprefix("-").isdecimal():
            raise Invalid(mistake("Input should be a valid integer", "int_parsing", "query", name))
        found = int(given)
        if found < smallest:
            text = f"Input should be greater than or equal to {smallest}"
            raise Invalid(mistake(text, "greater_than_equal", "query", name))
        if largest is not None and found > largest:
            text = f"Input should be less than or equal to {largest}"
            raise Invalid(mistake(text, "less_than_equal", "query", name))
        return found

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        given = self.given.get(name, "false").lower()
        if given not in (*TRUE, *FALSE):
            raise Invalid(mistake("Input should be a valid boolean", "bool_parsing", "query", name))
        return given in TRUE

    def text(self, name: str) -> str:
        """Return a text, which may be left out but not be empty."""
        given = self.given.get(name)
        if given == "":
            raise Invalid(mistake("String should have at least 1 character", "string_too_short", "query", name))
        return given or ""

    def moment(self, name: str) -> datetime | None:
        """Return a day or a moment; without a zone it is UTC."""
        given = self.given.get(name)
        if given is None:
            return None
        try:
            found = datetime.fromisoformat(given)
        except ValueError:
            text = "Input should be a valid datetime or date"
            raise Invalid(mistake(text, "datetime_from_date_parsing", "query", name)) from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def choices(self, name: str, known: Sequence[str]) -> list[str]:
        """Return the words of a parameter that may be repeated."""
        found = self.given.getlist(name)
        wrong = [at for at, each in enumerate(found) if each not in known]
        if wrong:
            text = f"Input should be {', '.join(map(repr, known))}"
            raise Invalid(*(mistake(text, "enum", "query", name, at) for at in wrong))
        return found

    def is_between(self, moment: datetime, first: str, last: str) -> bool:
        """Tell whether a moment lies in a span whose ends belong to it."""
        since, until = self.moment(first), self.moment(last)
        return not (since and moment < since) and not (until and moment > until)

    def has_changed_between(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the asked span of change; its ends are taken not to belong to it."""
        since, until = self.moment("last_modified_after"), self.moment("last_modified_before")
        return not (since and moment <= since) and not (until and moment >= until)

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the asked part."""
        limit, offset = self.number("limit", MOST_ROWS, 1, MOST_ROWS), self.number("offset", 0, 0)
        return rows[offset : offset + limit]


def stamp(moment: datetime) -> str:
    """Return a moment as Channable writes it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def listed(name: str, rows: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a page; `total` counts what is on it, and nothing else."""
    return {"total": len(rows), **more, name: list(rows)}
