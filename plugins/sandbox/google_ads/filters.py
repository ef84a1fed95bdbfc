"""Filters over lists, as AIP-160 writes them: conditions joined by AND, the field always on the left."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from plugins.sandbox.google_ads.refusals import Refusal, wrong

# googleapis/googleapis:google/ads/datamanager/v1/user_list_service.proto
FIELDS = {
    "id": "id", "display_name": "displayName", "description": "description", "membership_status": "membershipStatus",
    "integration_code": "integrationCode", "access_reason": "accessReason",
    "ingested_user_list_info.upload_key_types": "ingestedUserListInfo.uploadKeyTypes",
}  # fmt: skip
PATHS = {**FIELDS, **{camel: camel for camel in FIELDS.values()}}
VALUE = r'"(?:[^"\\]|\\.)*"|[^\s,()"]+'
CONDITION = re.compile(rf"\s*(?P<field>[\w.]+)\s*(?P<op>!=|>=|<=|=|>|<|:)\s*(?P<value>{VALUE})\s*")
WITHIN = re.compile(rf"\s*IN\s*\(\s*(?P<field>[\w.]+)\s*,(?P<values>\s*(?:{VALUE})(?:\s*,\s*(?:{VALUE}))*)\s*\)\s*")
AND = re.compile(r"AND(?=\s)")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
Matches = Callable[[Mapping[str, Any]], bool]


def matcher(text: str) -> Matches:
    """Return whether a list is one that the filter means; a filter that cannot be read is refused."""
    conditions = list(_conditions(text)) if text.strip() else []
    named = [field for field, _ in conditions]
    if any("_" in each for each in named) and any(re.search("[A-Z]", each) for each in named):
        raise _unreadable()
    return lambda view: all(holds(view) for _, holds in conditions)


def _conditions(text: str) -> Iterator[tuple[str, Matches]]:
    place = 0
    while True:
        found = WITHIN.match(text, place) or CONDITION.match(text, place)
        if not found or found["field"] not in PATHS:
            raise _unreadable()
        yield found["field"], _holds(found)
        place = found.end()
        if place == len(text):
            return
        joined = AND.match(text, place)
        if not joined:
            raise _unreadable()
        place = joined.end()


def _holds(found: re.Match[str]) -> Matches:
    path = PATHS[found["field"]]
    if "values" in found.groupdict():
        values = {_read(each) for each in re.findall(VALUE, found["values"])}
        return lambda view: bool(values & set(_all(view, path)))
    value, sign = _read(found["value"]), found["op"]
    if sign == ":":
        return lambda view: any(value == "*" or value.lower() in each.lower() for each in _all(view, path))
    compare = COMPARE[sign]
    if path == "id":
        return lambda view: any(compare(int(each), int(value)) for each in _all(view, path))
    return lambda view: any(compare(each, value) for each in _all(view, path) or [""])


def _all(view: Mapping[str, Any], path: str) -> list[str]:
    found: Any = view
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return [] if found is None else found if isinstance(found, list) else [str(found)]


def _read(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _unreadable() -> Refusal:
    return wrong("filter", "INVALID_FILTER")
