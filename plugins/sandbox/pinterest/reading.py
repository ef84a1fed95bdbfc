"""What a caller sent, read strictly: bodies, pages, days and lists in the query."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, TypeVar

from werkzeug.wrappers import Request

from plugins.sandbox.pinterest.refusals import invalid

DEFAULT_PAGE, LARGEST_PAGE = 25, 250
ORDERS = ("ASCENDING", "DESCENDING")
DIGITS = re.compile(r"\d{1,18}")
KINDS = {str: "string", list: "array", dict: "object", int: "integer", bool: "boolean"}
T = TypeVar("T")


def object_of(request: Request) -> dict[str, Any]:
    """Return the JSON object a caller sent."""
    try:
        body = json.loads(request.get_data(cache=True))
    except ValueError:
        raise invalid("Invalid request: the body is not JSON") from None
    if not isinstance(body, dict):
        raise invalid("Invalid request: the body is not of type object")
    return body


def required(body: dict[str, Any], name: str, kind: type[T], allowed: Collection[T] = ()) -> T:
    """Return a value that must be there."""
    if name not in body:
        raise invalid(f"Invalid request: '{name}' is a required property")
    value = body[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"Invalid request: '{name}' is not of type {KINDS[kind]}")
    if allowed and value not in allowed:
        raise invalid(f"Invalid request: '{name}' is not one of {sorted(map(str, allowed))}")
    return value


def optional(body: dict[str, Any], name: str, kind: type[T], default: T, allowed: Collection[T] = ()) -> T:
    """Return a value that may be missing."""
    return required(body, name, kind, allowed) if name in body else default


def only(body: dict[str, Any], names: Collection[str]) -> None:
    """Refuse what the operation does not know."""
    if unknown := sorted(body.keys() - set(names)):
        raise invalid(f"Invalid request: additional properties are not allowed ({unknown[0]!r} was unexpected)")


def check_id(name: str, value: str) -> None:
    """Refuse an id that is not made of digits."""
    if not DIGITS.fullmatch(value):
        raise invalid(f"'{name}' value must match the pattern: ^\\d+$")


def choice(request: Request, name: str, allowed: Collection[str], default: str) -> str:
    """Return one of `allowed` from the query."""
    value = request.args.get(name, default)
    if value not in allowed:
        raise invalid(f"Parameter '{name}' must be one of {sorted(allowed)}")
    return value


def flag(request: Request, name: str) -> bool:
    """Return a boolean of the query, false when absent."""
    return choice(request, name, ("true", "false", "True", "False"), "false").lower() == "true"


def names(request: Request, name: str, allowed: Collection[str] = ()) -> list[str]:
    """Return a list of the query, with commas or repeated."""
    found = [each for text in request.args.getlist(name) for each in text.split(",") if each]
    if wrong := [each for each in found if allowed and each not in allowed]:
        raise invalid(f"Parameter '{name}' has an unknown value ({wrong[0]})")
    return found


def day(request: Request, name: str) -> date:
    """Return a date that must be there."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        raise invalid(f"Parameter '{name}' must be a date (YYYY-MM-DD)") from None


def ordered(request: Request, rows: Sequence[T]) -> Sequence[T]:
    """Return rows that lie by id in the order that was asked for."""
    return rows[::-1] if choice(request, "order", ORDERS, "ASCENDING") == "DESCENDING" else rows


def page(request: Request, rows: Sequence[T], view: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """Return one page, and the bookmark of the next one; null ends."""
    size, start = _size(request), _start(request)
    end = start + size
    return {"items": [view(row) for row in rows[start:end]], "bookmark": _bookmark(request, end, len(rows))}


def _size(request: Request) -> int:
    text = request.args.get("page_size", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit()):
        raise invalid(f"Parameter 'page_size' was not numeric (was {text})")
    if not 1 <= int(text) <= LARGEST_PAGE:
        raise invalid(f"Parameter 'page_size' must be between 1 and {LARGEST_PAGE}")
    return int(text)


def _bookmark(request: Request, end: int, total: int) -> str | None:
    return base64.b64encode(f"{end}|{request.path}".encode()).decode() if end < total else None


def _start(request: Request) -> int:
    """Return where a bookmark points: it belongs to the list that gave it."""
    told = request.args.get("bookmark", "")
    if not told:
        return 0
    try:
        start, _, path = base64.b64decode(told, validate=True).decode().partition("|")
        if path == request.path:
            return int(start)
    except ValueError:
        pass
    raise invalid("Invalid bookmark")
