"""Which rows a report keeps: trees of filters over texts and numbers."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from plugins.sandbox.google_analytics.asked import worded
from plugins.sandbox.google_analytics.refusals import invalid, unknown_field

GROUPS = {"andGroup": all, "orGroup": any}
KINDS = ("stringFilter", "inListFilter", "numericFilter", "betweenFilter", "emptyFilter")
OPERATIONS: dict[str, Callable[[float, float], bool]] = {
    "EQUAL": operator.eq,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
}
MATCHES: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda text, value: text == value,
    "BEGINS_WITH": lambda text, value: text.startswith(value),
    "ENDS_WITH": lambda text, value: text.endswith(value),
    "CONTAINS": lambda text, value: value in text,
    "FULL_REGEXP": lambda text, value: re.fullmatch(value, text) is not None,
    "PARTIAL_REGEXP": lambda text, value: re.search(value, text) is not None,
}


def passes(tree: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    """Tell whether a row passes; a filter on a name that was not asked for is refused."""
    if not tree:
        return True
    if len(tree) != 1:
        raise invalid("A FilterExpression must have exactly one of andGroup, orGroup, notExpression and filter.")
    (kind, inner), *_ = tree.items()
    if kind in GROUPS:
        return GROUPS[kind](passes(each, values) for each in inner.get("expressions", []))
    if kind == "notExpression":
        return not passes(inner, values)
    if kind == "filter":
        return _filter(inner, values)
    raise unknown_field(kind, "filter_expression")


def _filter(told: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    name = str(told.get("fieldName", ""))
    kinds = [each for each in told if each != "fieldName"]
    if name not in values:
        raise invalid(f"Field {name} exists in a filter but is not defined in input dimensions or metrics list.")
    if len(kinds) != 1 or kinds[0] not in KINDS:
        raise invalid("A Filter must have exactly one filter.")
    (kind,) = kinds
    return _one(kind, told[kind], values[name])


def _one(kind: str, told: Mapping[str, Any], value: str) -> bool:
    if kind == "emptyFilter":
        return value in ("", "(not set)")
    if kind == "stringFilter":
        return _text(told, value)
    if kind == "inListFilter":
        wanted = [str(each) for each in told.get("values", [])]
        if told.get("caseSensitive"):
            return value in wanted
        return value.lower() in [each.lower() for each in wanted]
    if kind == "betweenFilter":
        return _number(told.get("fromValue")) <= _float(value) <= _number(told.get("toValue"))
    operation = OPERATIONS.get(worded(told.get("operation"), OPERATIONS))
    if operation is None:
        raise invalid("Invalid value at 'numeric_filter.operation'")
    return bool(operation(_float(value), _number(told.get("value"))))


def _text(told: Mapping[str, Any], value: str) -> bool:
    match = MATCHES.get(worded(told.get("matchType", "EXACT"), MATCHES))
    if match is None:
        raise invalid("Invalid value at 'string_filter.match_type'")
    wanted = str(told.get("value", ""))
    if not told.get("caseSensitive"):
        value, wanted = value.lower(), wanted.lower()
    return bool(match(value, wanted))


def _number(told: Any) -> float:
    try:
        return float(told["int64Value"] if "int64Value" in told else told["doubleValue"])
    except (TypeError, KeyError, ValueError):
        raise invalid("Invalid value at 'numeric_value'") from None


def _float(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")
