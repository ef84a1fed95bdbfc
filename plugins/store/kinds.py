"""What kind of value a field of an entity holds, told from its annotation."""

from __future__ import annotations

import types
import typing
from datetime import date, datetime


def plain_type(annotation: object) -> type:
    """Return the Python type behind `Annotated[X | None, …]`: str, int, bool, datetime, date, or dict/list for JSON."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    origin = typing.get_origin(annotation)
    if origin in (types.UnionType, typing.Union):
        return plain_type(next(arg for arg in typing.get_args(annotation) if arg is not type(None)))
    if origin is typing.Literal:
        return str
    if origin in (dict, list):
        return typing.cast("type", origin)
    if annotation in (str, int, bool, date, datetime):
        return typing.cast("type", annotation)
    return datetime if getattr(annotation, "__name__", "") == "AwareDatetime" else str


def is_optional(annotation: object) -> bool:
    """Tell whether a field may be null."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return type(None) in typing.get_args(annotation)


def has_offset(field: str, python: type) -> bool:
    """Tell whether a time column has an `_offset` column beside it; ours (`seen_at`) are UTC by nature."""
    return python is datetime and field != "seen_at"
