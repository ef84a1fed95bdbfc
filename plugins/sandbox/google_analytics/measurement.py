"""The Measurement Protocol: takes everything with 204 and says nothing; the validation server says what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_analytics.account import Account
from plugins.sandbox.retailer import BrowsedItem, BrowseEvent
from plugins.sandbox.stand_in import json_response, route

MOST_EVENTS, MOST_PARAMS, MOST_PROPERTIES, MOST_ITEMS = 25, 25, 25, 200
LONGEST_VALUE, LARGEST_BODY = 100, 130_000
OLDEST = timedelta(hours=72)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,23}")
LONGEST_PROPERTY = 36
RESERVED = {"session_start", "first_visit", "app_remove", "app_update", "user_engagement", "error", "os_update"}
RESERVED_PREFIXES = ("google_", "ga_", "firebase_")
KNOWN = {
    "client_id", "user_id", "timestamp_micros", "user_properties", "consent", "non_personalized_ads", "events",
    "user_location", "ip_override", "user_data",
}  # fmt: skip
GIVEN = {"GRANTED", "DENIED"}


class Problem(NamedTuple):
    """One thing that the validation server finds."""

    field: str
    text: str
    kind: str


@dataclass
class MeasurementPaths(Account):
    """Takes events from servers and tills."""

    @override
    def seed(self) -> None:
        super().seed()
        self.collected: list[dict[str, Any]] = []

    @route("/mp/collect", "POST")
    def collect(self, request: Request) -> Response:
        """Take events; whatever is wrong, the answer is the same, and what is wrong is dropped."""
        is_ours = request.args.get("measurement_id") == self.measurement_id
        has_secret = request.args.get("api_secret") == self.api_secret
        body = _body(request)
        if is_ours and has_secret and body is not None and not list(_problems(body)):
            for each in body["events"]:
                self._keep(body, each)
        return Response("", 204)

    @route("/debug/mp/collect", "POST")
    def validate(self, request: Request) -> Response:
        """Say what is wrong with events, keep none, and ask for no secret."""
        body = _body(request)
        found = [Problem("", "The JSON payload cannot be read.", "VALUE_INVALID")] if body is None else _problems(body)
        told = [{"fieldPath": each.field, "description": each.text, "validationCode": each.kind} for each in found]
        return json_response({"validationMessages": told})

    def _keep(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        now = self.clock()
        stamp = event.get("timestamp_micros") or body.get("timestamp_micros")
        at = datetime.fromtimestamp(int(stamp) / 1_000_000, UTC) if stamp else now
        order = str(event.get("params", {}).get("transaction_id", ""))
        client = str(body["client_id"])
        is_known = any(
            each["client_id"] == client and each["order"] == order
            for each in self.collected
            if order and event["name"] == each["name"] == "purchase"
        )
        if now - at > OLDEST or is_known:
            return
        self.collected.append({**event, "client_id": client, "user_id": body.get("user_id"), "at": at, "order": order})
        self.tell(_told(body, event, at, order), now)


def _body(request: Request) -> dict[str, Any] | None:
    raw = request.get_data(cache=True)
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) and len(raw) <= LARGEST_BODY else None


def _problems(body: Mapping[str, Any]) -> Iterator[Problem]:
    for name in body:
        if name not in KNOWN:
            yield Problem(name, f"Unknown field {name}.", "VALUE_INVALID")
    stamps = [body.get("timestamp_micros"), *(each.get("timestamp_micros") for each in _events(body))]
    if any(stamp is not None and not str(stamp).isdigit() for stamp in stamps):
        yield Problem("timestamp_micros", "The time is a whole number of microseconds.", "VALUE_INVALID")
    if not isinstance(body.get("client_id"), str) or not body["client_id"]:
        yield Problem("client_id", "Measurement requires a client_id.", "VALUE_REQUIRED")
    consent = body.get("consent", {})
    if not isinstance(consent, dict) or not {str(each) for each in consent.values()} <= GIVEN:
        yield Problem("consent", "Consent is GRANTED or DENIED.", "VALUE_INVALID")
    yield from _property_problems(body.get("user_properties", {}))
    events = body.get("events")
    if not isinstance(events, list) or not events or not all(isinstance(each, dict) for each in events):
        yield Problem("events", "Measurement requires at least one event.", "VALUE_REQUIRED")
        return
    if len(events) > MOST_EVENTS:
        yield Problem("events", f"More than {MOST_EVENTS} events.", "EXCEEDED_MAX_ENTITIES")
    for each in events:
        yield from _event_problems(each)


def _events(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    events = body.get("events")
    return [each for each in events if isinstance(each, dict)] if isinstance(events, list) else []


def _property_problems(properties: Any) -> Iterator[Problem]:
    if not isinstance(properties, dict) or len(properties) > MOST_PROPERTIES:
        yield Problem("user_properties", f"Up to {MOST_PROPERTIES} properties.", "EXCEEDED_MAX_ENTITIES")
        return
    for name, told in properties.items():
        value = told.get("value") if isinstance(told, dict) else None
        if not PROPERTY.fullmatch(name) or name.startswith(RESERVED_PREFIXES):
            yield Problem("user_properties", f"The name {name} is not allowed.", "NAME_INVALID")
        if value is None or len(str(value)) > LONGEST_PROPERTY:
            yield Problem("user_properties", f"The value of {name} is not allowed.", "VALUE_INVALID")


def _event_problems(event: Mapping[str, Any]) -> Iterator[Problem]:
    name, params = str(event.get("name", "")), event.get("params", {})
    if name in RESERVED or name.startswith(RESERVED_PREFIXES):
        yield Problem("events", f"Event at index has name [{name}] which is reserved.", "NAME_RESERVED")
    elif not NAME.fullmatch(name):
        yield Problem("events", f"Event name [{name}] is invalid.", "NAME_INVALID")
    if not isinstance(params, dict) or len(params) > MOST_PARAMS:
        yield Problem("events.params", f"Up to {MOST_PARAMS} parameters.", "EXCEEDED_MAX_ENTITIES")
        return
    for key, value in params.items():
        if not NAME.fullmatch(key) or key.startswith(RESERVED_PREFIXES):
            yield Problem("events.params", f"Parameter name [{key}] is invalid.", "NAME_INVALID")
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            yield Problem("events.params", f"The value of [{key}] is too long.", "VALUE_OUT_OF_BOUNDS")
    yield from _item_problems(name, params)


def _item_problems(name: str, params: Mapping[str, Any]) -> Iterator[Problem]:
    items = params.get("items", [])
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        yield Problem("events.params.items", "Items are a list of objects.", "VALUE_INVALID")
        return
    if len(items) > MOST_ITEMS:
        yield Problem("events.params.items", f"More than {MOST_ITEMS} items.", "EXCEEDED_MAX_ENTITIES")
    if any(not each.get("item_id") and not each.get("item_name") for each in items):
        yield Problem("events.params.items", "An item has item_id or item_name.", "VALUE_REQUIRED")
    if any(not _is_number(each.get(name, 1)) for each in items for name in ("price", "quantity")):
        yield Problem("events.params.items", "price and quantity are numbers.", "VALUE_INVALID")
    if not _is_number(params.get("value", 0)):
        yield Problem("events.params.value", "value is a number.", "VALUE_INVALID")
    if ("value" in params) != ("currency" in params):
        yield Problem("events.params", "value goes with currency.", "VALUE_REQUIRED")
    if name in ("purchase", "refund") and not params.get("transaction_id"):
        yield Problem("events.params", f"{name} requires a transaction_id.", "VALUE_REQUIRED")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _told(body: Mapping[str, Any], event: Mapping[str, Any], at: datetime, order: str) -> BrowseEvent:
    params = event.get("params", {})
    session = str(params.get("session_id", ""))
    items = tuple(
        BrowsedItem(
            str(each.get("item_id", "")), str(each.get("item_name", "")), str(each.get("item_brand", "")),
            str(each.get("item_category", "")), str(each.get("item_variant", "")),
            round(float(each.get("price", 0)) * 100), int(each.get("quantity", 1)),
        )
        for each in params.get("items", [])
    )  # fmt: skip
    return BrowseEvent(
        at, str(event["name"]), str(body["client_id"]), int(session) if session.isdigit() else 0, 2,
        str(params.get("page_location", "")), "(direct)", "(none)", "desktop", at,
        account=str(body.get("user_id") or ""), items=items, order=order,
        value_cents=round(float(params.get("value", 0)) * 100),
    )  # fmt: skip
