"""What a report asks for, read as strictly as Google does: unknown fields, too many names and bad days are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from plugins.sandbox.google_analytics.names import DIMENSIONS, METRICS, clash
from plugins.sandbox.google_analytics.refusals import SCHEMA_PAGE, invalid, not_a, unknown_field

MOST_DIMENSIONS, MOST_METRICS, MOST_RANGES = 9, 10, 4
DEFAULT_LIMIT, LARGEST_LIMIT = 10_000, 250_000
AGGREGATIONS = ("TOTAL", "", "", "COUNT", "MINIMUM", "MAXIMUM")
"""By their numbers, from 1 on."""
FIELDS = {
    "property", "dateRanges", "dimensions", "metrics", "dimensionFilter", "metricFilter", "orderBys", "limit", "offset",
    "keepEmptyRows", "currencyCode", "metricAggregations", "returnPropertyQuota",
}  # fmt: skip
NOT_PLAYED = {"cohortSpec", "comparisons"}
EARLIEST = date(2015, 8, 14)
DAYS_AGO = re.compile(r"(\d{1,5})daysAgo")
RANGE_NAME = re.compile(r"(?!date_range_|RESERVED_)\w+")
TOO_MANY = "Requests are limited to {most} {what} within a nested request. This request is for {count} {what}."


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, both ends among them."""

    first: date
    last: date
    name: str


@dataclass
class Asked:
    """One report as it was asked for."""

    spans: list[Span]
    dimensions: list[str]
    metrics: list[str]
    dimension_filter: Mapping[str, Any] = field(default_factory=dict)
    metric_filter: Mapping[str, Any] = field(default_factory=dict)
    order: list[Mapping[str, Any]] = field(default_factory=list)
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    keeps_empty: bool = False
    aggregations: list[str] = field(default_factory=list)
    wants_quota: bool = False


def asked(body: Mapping[str, Any], today: date) -> Asked:
    """Read the body of a report, or refuse it."""
    for name in body:
        if name in NOT_PLAYED:
            raise invalid(f"{name} is not played by the sandbox.")
        if name not in FIELDS:
            raise unknown_field(name)
    dimensions = _names(body, "dimensions", MOST_DIMENSIONS, DIMENSIONS)
    metrics = _names(body, "metrics", MOST_METRICS, METRICS)
    if not dimensions and not metrics:
        raise invalid("Requests must have at least one dimension or metric.")
    if clashing := clash(dimensions, metrics):
        named = ", ".join(clashing)
        raise invalid(
            f"Please remove {named} to make the request compatible. The request's dimensions & metrics are "
            f"incompatible. To learn more, see {SCHEMA_PAGE}"
        )
    return Asked(
        _spans(body, today),
        dimensions,
        metrics,
        _part(body, "dimensionFilter"),
        _part(body, "metricFilter"),
        _list(body, "orderBys"),
        min(whole(body, "limit", DEFAULT_LIMIT), LARGEST_LIMIT),
        whole(body, "offset", 0),
        _flag(body, "keepEmptyRows"),
        _aggregations(body),
        _flag(body, "returnPropertyQuota"),
    )


def whole(body: Mapping[str, Any], name: str, default: int) -> int:
    """Return a whole number of 64 bits: JSON carries it as a text, and a number is taken too."""
    value = body.get(name, default)
    text = str(value)
    if isinstance(value, bool) or not text.removeprefix("-").isdigit():
        raise invalid(f"Invalid value at '{name}' (TYPE_INT64), {value!r}")
    if int(text) < 0:
        raise invalid(f"{name} must be non-negative.")
    return int(text) or default


def worded(value: Any, words: Iterable[str]) -> str:
    """Return a word of a list that begins at 1; the official client sends its number."""
    listed = ["", *words]
    return listed[value] if type(value) is int and 0 < value < len(listed) else str(value)


def day(text: Any, today: date) -> date:
    """Return a day as a range names it."""
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if found := DAYS_AGO.fullmatch(str(text)):
        return today - timedelta(days=int(found[1]))
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise invalid(
            f"Invalid startDate or endDate: {text}. Dates must be YYYY-MM-DD, NdaysAgo, yesterday or today."
        ) from None


def _spans(body: Mapping[str, Any], today: date) -> list[Span]:
    ranges = _list(body, "dateRanges")
    if not ranges:
        raise invalid("The dateRanges field is required.")
    if len(ranges) > MOST_RANGES:
        raise invalid(TOO_MANY.format(most=MOST_RANGES, what="dateRanges", count=len(ranges)))
    found = []
    for number, each in enumerate(ranges):
        _only(each, ("startDate", "endDate", "name"), f"date_ranges[{number}]")
        first, last = day(each.get("startDate"), today), day(each.get("endDate"), today)
        if first > last or first < EARLIEST:
            raise invalid(f"Invalid date range: {first} to {last}.")
        name = each.get("name") or f"date_range_{number}"
        if each.get("name") and not RANGE_NAME.fullmatch(name):
            raise invalid(f"Invalid date range name: {name}.")
        found.append(Span(first, last, name))
    return found


def _names(body: Mapping[str, Any], what: str, most: int, known: Mapping[str, Any]) -> list[str]:
    listed = _list(body, what)
    if len(listed) > most:
        raise invalid(TOO_MANY.format(most=most, what=what, count=len(listed)))
    names = []
    for number, each in enumerate(listed):
        _only(each, ("name",), f"{what}[{number}]")
        if each.get("name") not in known:
            raise not_a(what[:-1], str(each.get("name", "")))
        names.append(str(each["name"]))
    if len(set(names)) < len(names):
        raise invalid(f"Duplicate {what} are not allowed.")
    return names


def _only(each: Mapping[str, Any], names: Collection[str], within: str) -> None:
    for name in each:
        if name not in names:
            raise unknown_field(name, within)


def _list(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid(f"Invalid value at '{name}'")
    return value


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise invalid(f"Invalid value at '{name}'")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"Invalid value at '{name}' (TYPE_BOOL), {value!r}")
    return value


def _aggregations(body: Mapping[str, Any]) -> list[str]:
    named = body.get("metricAggregations", [])
    words = [worded(each, AGGREGATIONS) for each in named] if isinstance(named, list) else [""]
    if not all(each and each in AGGREGATIONS for each in words):
        raise invalid("Invalid value at 'metric_aggregations'")
    return words
