"""How Tilroy's services answer: refusals, paging in three styles, trimmed fields, and its ways to write a time."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import json_response

Json = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R", covariant=True)
LOCAL = ZoneInfo("Europe/Amsterdam")
DEFAULT_COUNT, LARGEST_COUNT = 10, 100
MISSING = "NA"
"""What some services write for null."""


class Refusal(HTTPException):
    """A service's own error: `{"code", "message"}`."""

    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.code = status
        self.word = word


def bad_request(message: str) -> Refusal:
    """Return what a service says to a request it cannot use."""
    return Refusal(400, "BadRequest", message)


def not_found(thing: str) -> Refusal:
    """Return what a service says about a thing it does not have."""
    return Refusal(404, "NotFound", f"{thing} not found")


class Window(Protocol[R]):
    """Rows of which a part can be cut; never read whole."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Sequence[R]: ...


@dataclass(frozen=True)
class Joined(Generic[T]):
    """Two windows, one after the other, each from some row on."""

    first: Window[T]
    first_from: int
    second: Window[T]
    second_from: int

    def __len__(self) -> int:
        return max(0, len(self.first) - self.first_from) + max(0, len(self.second) - self.second_from)

    def __getitem__(self, part: slice, /) -> Sequence[T]:
        start, stop, _ = part.indices(len(self))
        border = max(0, len(self.first) - self.first_from)
        early = self.first[self.first_from + start : self.first_from + min(stop, border)] if start < border else ()
        late_start, late_stop = max(0, start - border), stop - border
        late = self.second[self.second_from + late_start : self.second_from + late_stop] if late_stop > 0 else ()
        return [*early, *late]


def whole_number(request: Request, name: str, default: int, largest: int | None = None) -> int:
    """Return a counting parameter; anything but 1 up to `largest` is refused."""
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdecimal() or int(given) < 1 or (largest and int(given) > largest):
        limit = f" between 1 and {largest}" if largest else " of at least 1"
        raise bad_request(f"{name} should be a number{limit}")
    return int(given)


def page(
    request: Request,
    rows: Window[T],
    form: Callable[[T], Json],
    largest: int = LARGEST_COUNT,
    *,
    knows_total: bool = True,
) -> Response:
    """Answer one page as a bare array; the paging stands in the headers."""
    number = whole_number(request, "page", 1)
    count = whole_number(request, "count", DEFAULT_COUNT, largest)
    total, pages = len(rows), math.ceil(len(rows) / count)
    items = [form(row) for row in rows[(number - 1) * count : number * count]]
    is_last = number >= pages
    headers = {
        "X-Paging-CurrentPage": str(number),
        "X-Paging-PageCount": str(pages if knows_total or is_last else number + 1),
        "X-Paging-ItemsPerPage": str(count),
        "X-Paging-ItemCount": str(total if knows_total or is_last else number * count + 1),
    }
    links = {
        "first": _url(request, page=1, count=count),
        "prev": _url(request, page=number - 1, count=count) if number > 1 else "",
        "page": _url(request, page=number, count=count),
        "next": "" if is_last else _url(request, page=number + 1, count=count),
        "last": _url(request, page=max(pages, 1), count=count),
    }
    return json_response(trimmed(request, items), headers=headers | _links(links))


def cursor(request: Request, items: list[Json], count: int, key: str) -> Response:
    """Answer a piece that starts after `lastId`: links only, no counts."""
    following = _url(request, lastId=items[-1][key], count=count) if len(items) == count else ""
    links = {
        "first": _url(request, lastId="", count=count),
        "prev": "",
        "page": _url(request, lastId=request.args.get("lastId", ""), count=count),
        "next": following,
        "last": "",
    }
    return json_response(trimmed(request, items), headers=_links(links))


def last_id(request: Request) -> str | None:
    """Return the cursor (`""` and `"0"` both start), or None for the page style; both at once are refused."""
    given = request.args.get("lastId")
    if given is not None and "page" in request.args:
        raise bad_request("lastId cannot be used together with page")
    return "" if given == "0" else given


def _url(request: Request, **changes: object) -> str:
    query = {**request.args.to_dict(), **{name: str(value) for name, value in changes.items()}}
    return request.base_url + "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())


def _links(links: Mapping[str, str]) -> dict[str, str]:
    text = ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url and name != "page")
    return {"Link": text, "Link-JSON": json.dumps(links)}


def answer(request: Request, body: Any, status: int = 200) -> Response:
    """Answer JSON without paging, trimmed to the fields that were asked for."""
    return json_response(trimmed(request, body), status)


def trimmed(request: Request, body: Any) -> Any:
    """Keep only what `fields=a,b.c` names; everything without it."""
    names = request.args.get("fields")
    if not names:
        return body
    tree: Json = {}
    for name in names.split(","):
        node = tree
        for part in name.strip().split("."):
            node = node.setdefault(part, {})
    return _keep(body, tree)


def _keep(body: Any, tree: Json) -> Any:
    if not tree:
        return body
    if isinstance(body, list):
        return [_keep(each, tree) for each in body]
    if isinstance(body, dict):
        return {name: _keep(value, tree[name]) for name, value in body.items() if name in tree}
    return body


def read_moment(text: str, name: str) -> datetime:
    """Read an ISO time or day, UTC where it has no zone."""
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise bad_request(f"{name} should be a valid date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(request: Request, name: str) -> datetime | None:
    """Return a time parameter, or None when it was not given."""
    given = request.args.get(name)
    return read_moment(given, name) if given else None


def exported_since(request: Request) -> datetime:
    """Return from when on exports are asked for: `dateExportedSince`, or the day `dateFrom` of old."""
    since = moment(request, "dateExportedSince")
    if since is not None:
        return since
    day = moment(request, "dateFrom")
    if day is None:
        raise bad_request("dateExportedSince is required")
    return datetime.combine(day.date(), time(), UTC)


def utc(at: datetime | None) -> str:
    """Write a moment as `2026-03-02T10:11:12.000Z`; nothing as an empty text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z" if at else ""


def whole_milliseconds(at: datetime) -> datetime:
    """Return the moment as precise as it is written."""
    return at - timedelta(microseconds=at.microsecond % 1000)


def money(cents: int) -> float:
    """Write cents as a number of at most two decimals."""
    return cents / 100


def cents(value: Any, name: str) -> int:
    """Read an amount that came as a JSON number."""
    return round(number(value, name) * 100)


def number(value: Any, name: str) -> float:
    """Read a JSON number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise bad_request(f"{name} should be a number")
    return value


def flag(value: Any, name: str) -> bool:
    """Read a JSON boolean."""
    if not isinstance(value, bool):
        raise bad_request(f"{name} should be a boolean")
    return value


def words(value: Any, name: str) -> str:
    """Read a JSON string."""
    if not isinstance(value, str):
        raise bad_request(f"{name} should be a string")
    return value


def body_of(request: Request) -> Json:
    """Return the JSON object that was sent."""
    body = any_body(request)
    if not isinstance(body, dict):
        raise bad_request("body should be an object")
    return body


def any_body(request: Request) -> Any:
    """Return the JSON that was sent."""
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise bad_request("body is not valid JSON") from None


def need(body: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse a body that lacks one of these."""
    for name in names:
        if body.get(name) in (None, ""):
            raise bad_request(f"{name} is required")


def within(body: Mapping[str, Any], name: str) -> Json:
    """Return a nested object, empty where there is none."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"{name} should be an object")
    return value
