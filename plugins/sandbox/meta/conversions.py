"""The dataset: purchases on the web and in shops, all of a request or none of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from plugins.sandbox.meta.business import Business
from plugins.sandbox.meta.nodes import Node, edge, names, seconds
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import Refusal, invalid, required

MOST_EVENTS = 1000
OLDEST, OLDEST_IN_SHOP = timedelta(days=7), timedelta(days=62)
TOO_OLD, FAULTY = 2_804_003, 2_804_001
SOURCES = (
    "email", "website", "app", "phone_call", "chat", "physical_store", "system_generated", "business_messaging",
    "other",
)  # fmt: skip
HASHED = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country")
PLAIN = {
    "external_id", "madid", "client_ip_address", "client_user_agent", "fbc", "fbp", "lead_id", "page_scoped_user_id",
    "ctwa_clid", "anon_id", "subscription_id", "fb_login_id", "page_id",
}  # fmt: skip
HEX64 = re.compile(r"[0-9a-f]{64}")
CURRENCY_CODE = re.compile(r"[A-Za-z]{3}")
SAME_BROWSER_EVENT, SAME_SALE = timedelta(hours=48), timedelta(days=7)
Event = dict[str, Any]


@dataclass
class Dataset(Node):
    """The dataset, which was the pixel once."""

    kind: ClassVar[str] = "AdsPixel"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "app"
    default: ClassVar[tuple[str, ...]] = ()
    known: ClassVar[frozenset[str]] = names("id name is_consolidated_container is_unavailable last_fired_time")
    is_consolidated: bool = True
    events: list[Event] = field(default_factory=list)
    """What counts: what was sent twice is here once."""
    seen: dict[str, int] = field(default_factory=dict)
    """When what makes an event the same was sent, in unix seconds."""
    repeated: int = 0

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return whether it takes events of shops."""
        return {"name": "Wandelwind", "is_consolidated_container": self.is_consolidated, "is_unavailable": False}


@dataclass
class ConversionPaths(Business):
    """Answers `/{dataset}/events`."""

    dataset_id: str = field(default="680000000000001", kw_only=True)

    def seed(self) -> None:
        """Start with a dataset without events."""
        super().seed()
        self.dataset = self.add(Dataset(self.dataset_id))

    @edge("AdsPixel", "events", "POST")
    def send_events(self, node: Dataset, parameters: Parameters) -> dict[str, Any]:
        """Take all events of a request, or refuse it because of one."""
        events = [_event(each) for each in parameters.structure("data", list, [])]
        if not events:
            raise required("data")
        if len(events) > MOST_EVENTS:
            raise invalid(f"The number of events ({len(events)}) exceeds the limit of {MOST_EVENTS}")
        for place, event in enumerate(events):
            self._check_event(node, place, event)
        for event in events:
            self._keep(node, event | {"is_test": parameters.has("test_event_code")})
        trace = f"A{self.random.getrandbits(128):032x}"[:23]
        return {"events_received": len(events), "messages": [], "fbtrace_id": trace}

    def _check_event(self, node: Dataset, place: int, event: Event) -> None:
        age, in_shop = self._age(place, event), event.get("action_source") == "physical_store"
        if age > (OLDEST_IN_SHOP if in_shop else OLDEST):
            raise _faulty(place, "the event is too old", TOO_OLD)
        if age < timedelta(minutes=-1):
            raise _faulty(place, "event_time is in the future; it must be in seconds")
        if in_shop and not node.is_consolidated:
            raise _faulty(place, "the dataset does not take events of shops")
        if found := _fault(event):
            raise _faulty(place, found)

    def _age(self, place: int, event: Event) -> timedelta:
        at = event.get("event_time")
        if not isinstance(at, int):
            raise _faulty(place, "event_time must be a UNIX timestamp in seconds")
        return timedelta(seconds=seconds(self.clock()) - at)

    @staticmethod
    def _keep(node: Dataset, event: Event) -> None:
        key, span = sameness(event)
        before = node.seen.get(key) if key else None
        if before is not None and abs(event["event_time"] - before) <= span.total_seconds():
            node.repeated += 1
            return
        if key:
            node.seen[key] = event["event_time"]
        node.events.append(event)


def sameness(event: Event) -> tuple[str, timedelta]:
    """Return what makes another event the same, and for how long; an empty text where nothing does."""
    if event["action_source"] == "physical_store":
        # developers.facebook.com/docs/marketing-api/conversions-api/offline-events
        custom = event["custom_data"]
        items = sorted(str(each.get("id")) for each in custom.get("contents", []))
        who = custom.get("order_id") or json.dumps(event["user_data"], sort_keys=True)
        return json.dumps(["shop", event["event_time"], event["event_name"], items, who]), SAME_SALE
    key = event.get("event_id")
    return (json.dumps(["web", event["event_name"], key]) if key else ""), SAME_BROWSER_EVENT


def _event(sent: Any) -> Event:
    if isinstance(sent, str):  # the official client sends every event as a text
        try:
            sent = json.loads(sent)
        except ValueError:
            raise invalid("Param data must be an array of JSON objects") from None
    if not isinstance(sent, dict):
        raise invalid("Param data must be an array of JSON objects")
    return sent


def _fault(event: Event) -> str:
    """Return the first thing that is wrong with an event, whatever its age."""
    user, custom, source = event.get("user_data"), event.get("custom_data") or {}, event.get("action_source")
    if not event.get("event_name"):
        return "event_name is missing"
    if source not in SOURCES:
        return f"action_source must be one of {', '.join(SOURCES)}"
    if not isinstance(user, dict) or not any(user.get(name) for name in (*HASHED, *PLAIN)):
        return "user_data must have a parameter by which a person is found"
    if event.get("data_processing_options", []) not in ([], ["LDU"]):
        return "data_processing_options must be empty or LDU"
    if source == "website" and not (event.get("event_source_url") and user.get("client_user_agent")):
        return "an event of a website must have event_source_url and client_user_agent"
    if found := next((name for name in HASHED if not _is_hashed(user.get(name))), ""):
        return f"{found} must be hashed with SHA-256"
    if event["event_name"] == "Purchase" or source == "physical_store":
        return _money_fault(custom)
    return ""


def _is_hashed(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(not each or (isinstance(each, str) and HEX64.fullmatch(each) is not None) for each in values)


def _money_fault(custom: Any) -> str:
    if not isinstance(custom, dict):
        return "custom_data must be an object"
    contents = custom.get("contents", [])
    if not isinstance(contents, list) or not all(isinstance(each, dict) for each in contents):
        return "contents must be a list of objects"
    if not CURRENCY_CODE.fullmatch(str(custom.get("currency", ""))):
        return "currency must be a code of three letters"
    value = custom.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return "value must be a number of at least 0"
    return ""


def _faulty(place: int, text: str, subcode: int = FAULTY) -> Refusal:
    return invalid(f"Invalid parameter: data[{place}]: {text}", subcode, "Invalid event")
