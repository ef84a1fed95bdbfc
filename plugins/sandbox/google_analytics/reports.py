"""A report: groups of what was told, filtered, sorted and cut to one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from plugins.sandbox.google_analytics.asked import Asked, worded
from plugins.sandbox.google_analytics.counting import FIGURES, VALUES, Counted, filed, written
from plugins.sandbox.google_analytics.filters import passes
from plugins.sandbox.google_analytics.names import METRICS
from plugins.sandbox.google_analytics.refusals import invalid
from plugins.sandbox.google_analytics.told import Told
from plugins.sandbox.retailer import CURRENCY

RANGE = "dateRange"
ORDERS = ("ALPHANUMERIC", "CASE_INSENSITIVE_ALPHANUMERIC", "NUMERIC")
ROWS_A_TOKEN, DAYS_A_TOKEN = 5000, 60


class Line(NamedTuple):
    """One row: its dimensions by name, and its figures by name."""

    names: Mapping[str, str]
    figures: Mapping[str, int]


def report(asked: Asked, events: Sequence[Told], currency: str = CURRENCY) -> dict[str, Any]:
    """Return the answer to a report, without its quota."""
    dimensions = [*asked.dimensions, *([RANGE] if len(asked.spans) > 1 else [])]
    lines = _sorted([each for each in _lines(asked, events, dimensions) if _is_kept(each, asked)], asked)
    page = lines[asked.offset : asked.offset + asked.limit]
    body: dict[str, Any] = {
        "dimensionHeaders": [{"name": each} for each in dimensions],
        "metricHeaders": [{"name": each, "type": METRICS[each].kind} for each in asked.metrics],
        "metadata": {"currencyCode": currency, "timeZone": "Europe/Amsterdam"},
        "kind": "analyticsData#runReport",
    }
    body |= {"rows": [_row(each, asked, dimensions) for each in page]} if page else {}
    body |= {"rowCount": len(lines)} if lines else {}
    return body | _aggregates(asked, lines, dimensions)


def tokens(asked: Asked, body: Mapping[str, Any]) -> int:
    """Return what a report costs: long ranges, many rows and filters cost more."""
    days = sum((each.last - each.first).days + 1 for each in asked.spans)
    filters = bool(asked.dimension_filter) + bool(asked.metric_filter)
    rows = int(body.get("rowCount", 0))
    return 1 + len(asked.dimensions) // 3 + rows // ROWS_A_TOKEN + days // DAYS_A_TOKEN + filters


def _lines(asked: Asked, events: Iterable[Told], dimensions: Sequence[str]) -> list[Line]:
    groups: dict[tuple[str, ...], list[Counted]] = defaultdict(list)
    for each in filed(events, asked.dimensions):
        names = tuple(VALUES[name](each) for name in asked.dimensions)
        for span in asked.spans:
            if span.first <= each.told.day <= span.last:
                key = (*names, span.name) if RANGE in dimensions else names
                groups[key].append(each)
    return [
        Line(dict(zip(dimensions, key, strict=True)), {name: FIGURES[name](group) for name in asked.metrics})
        for key, group in groups.items()
    ]


def _is_kept(line: Line, asked: Asked) -> bool:
    figures = {name: written(value, METRICS[name].kind) for name, value in line.figures.items()}
    is_empty = asked.metrics and not any(line.figures.values()) and not asked.keeps_empty
    return not is_empty and passes(asked.dimension_filter, line.names) and passes(asked.metric_filter, figures)


def _sorted(lines: list[Line], asked: Asked) -> list[Line]:
    for order in reversed(asked.order):
        key = _key(order, asked)
        lines.sort(key=key, reverse=bool(order.get("desc")))
    if not asked.order:  # nothing is promised then: biggest first
        lines.sort(key=lambda line: (*(-each for each in line.figures.values()), *line.names.values()))
    return lines


def _key(order: Mapping[str, Any], asked: Asked) -> Any:
    if name := order.get("metric", {}).get("metricName"):
        if name not in asked.metrics:
            raise invalid(f"Metric {name} in orderBys is not in the request.")
        return lambda line: line.figures[name]
    name = order.get("dimension", {}).get("dimensionName", "")
    if name not in (*asked.dimensions, RANGE):
        raise invalid(f"Dimension {name} in orderBys is not in the request.")
    kind = worded(order["dimension"].get("orderType", "ALPHANUMERIC"), ORDERS)
    if kind == "NUMERIC":
        return lambda line: float(line.names[name]) if line.names[name].replace(".", "", 1).isdigit() else 0.0
    return lambda line: line.names[name].lower() if "CASE_INSENSITIVE" in kind else line.names[name]


def _row(line: Line, asked: Asked, dimensions: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if dimensions:
        row["dimensionValues"] = [{"value": line.names[name]} for name in dimensions]
    if asked.metrics:
        row["metricValues"] = [{"value": written(line.figures[name], METRICS[name].kind)} for name in asked.metrics]
    return row


SUMS: dict[str, tuple[str, Callable[[Iterable[int]], int]]] = {
    "TOTAL": ("totals", sum),
    "MINIMUM": ("minimums", min),
    "MAXIMUM": ("maximums", max),
}


def _aggregates(asked: Asked, lines: Sequence[Line], dimensions: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in asked.aggregations:
        if each not in SUMS or not lines:
            continue
        name, total = SUMS[each]
        figures = {metric: total(line.figures[metric] for line in lines) for metric in asked.metrics}
        reserved = dict.fromkeys(dimensions, f"RESERVED_{each}")
        found[name] = [_row(Line(reserved, figures), asked, dimensions)]
    return found
