"""What a caller may put into the query: pages, filters, times and the choice of fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from werkzeug.wrappers import Request

from plugins.sandbox.mailchimp.problems import FieldError, invalid

DEFAULT_COUNT = 10
MAXIMUM_COUNT = 1000
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
T = TypeVar("T")


def stamp(moment: datetime | None) -> str:
    """Write a moment as Mailchimp does: seconds and offset, an empty text when there is none."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def moment(text: str, field: str) -> datetime:
    """Read an ISO 8601 time; a `+` that was not escaped arrives as a space and is refused."""
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid(FieldError(field, "This value should be a valid ISO 8601 date and time.")) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


class Query:
    """The query of one request, read strictly."""

    def __init__(self, request: Request) -> None:
        self.values = request.args

    def text(self, name: str) -> str:
        """Return a value as it stands, an empty text when absent."""
        return self.values.get(name, "")

    def whole(self, name: str, default: int, maximum: int | None = None) -> int:
        """Return a whole number between 0 and `maximum`."""
        text = self.values.get(name, str(default))
        if not text.isascii() or not text.isdigit() or (maximum is not None and int(text) > maximum):
            bound = f" and at most {maximum}" if maximum is not None else ""
            raise invalid(FieldError(name, f"This value should be a whole number, at least 0{bound}."))
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean, false when absent."""
        text = self.values.get(name, "false").lower()
        if text not in TRUTHS:
            raise invalid(FieldError(name, "This value should be true or false."))
        return TRUTHS[text]

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """Return one of `allowed`, an empty text when absent."""
        text = self.text(name)
        if text and text not in allowed:
            raise invalid(FieldError(name, f"This value should be one of: {', '.join(allowed)}."))
        return text

    def within(self, name: str) -> Callable[[datetime | None], bool]:
        """Return the test of `since_<name>` and `before_<name>`, both exclusive as documented."""
        since, before = (self.time(f"{side}_{name}") for side in ("since", "before"))

        def fits(at: datetime | None) -> bool:
            if since is None and before is None:
                return True
            return at is not None and (since is None or at > since) and (before is None or at < before)

        return fits

    def time(self, name: str) -> datetime | None:
        """Return a moment, None when absent."""
        text = self.text(name)
        return moment(text, name) if text else None

    def ordered(self, rows: Iterable[T], keys: dict[str, Callable[[T], Any]]) -> list[T]:
        """Sort by `sort_field` and `sort_dir`; without them the rows stay as they lie."""
        field = self.choice("sort_field", keys)
        descending = self.choice("sort_dir", ("ASC", "DESC")) == "DESC"
        found = list(rows)
        return sorted(found, key=keys[field], reverse=descending) if field else found

    def page(self, rows: Sequence[T]) -> Sequence[T]:
        """Cut the page out of the rows."""
        start = self.whole("offset", 0)
        return rows[start : start + self.whole("count", DEFAULT_COUNT, MAXIMUM_COUNT)]

    def trimmed(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep `fields` only, or drop `exclude_fields`; both are dotted paths."""
        if wanted := self.paths("fields"):
            kept: dict[str, Any] = _keep(body, wanted)
            return kept
        if unwanted := self.paths("exclude_fields"):
            rest: dict[str, Any] = _drop(body, unwanted)
            return rest
        return body

    def paths(self, name: str) -> list[list[str]]:
        """Return comma-separated or repeated dotted paths."""
        joined = ",".join(self.values.getlist(name))
        return [path.strip().split(".") for path in joined.split(",") if path.strip()]


def _under(paths: list[list[str]], key: str) -> list[list[str]]:
    return [path[1:] for path in paths if path[0] == key]


def _keep(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_keep(each, paths) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        below = _under(paths, key)
        if below:
            kept[key] = inner if [] in below else _keep(inner, below)
    return kept


def _drop(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_drop(each, paths) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        below = _under(paths, key)
        if [] not in below:
            kept[key] = _drop(inner, below) if below else inner
    return kept
