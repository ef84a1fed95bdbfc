"""What browsers and tills told the property, and each of it as one row of the export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugins.sandbox.retailer import CURRENCY, BrowsedItem, BrowseEvent

ZONE = ZoneInfo("Europe/Amsterdam")
UNSET = "(not set)"
DOLLARS = 1.08
COUNTRIES = {"NL": "Netherlands", "BE": "Belgium", "": ""}
SYSTEMS = {"mobile": ("Android", "Chrome"), "tablet": ("iOS", "Safari"), "desktop": ("Windows", "Edge")}
FIRST_BUNDLE = 1_800_000


@dataclass(frozen=True, slots=True)
class Told:
    """One event, its place among all, and when it arrived."""

    event: BrowseEvent
    number: int
    received_at: datetime
    hostname: str = "www.wandelwind.example"

    @property
    def day(self) -> date:
        """Return the day in the property's time zone."""
        return self.event.at.astimezone(ZONE).date()


def micros(at: datetime) -> int:
    """Return a moment in microseconds."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def row(told: Told, stream_id: str) -> dict[str, Any]:
    """Return the event as the export writes it: whole numbers of 64 bits are texts."""
    event = told.event
    allows = {True: "Yes", False: "No"}
    system, browser = SYSTEMS.get(event.device, ("", ""))
    first_touch = str(micros(event.first_seen_at)) if event.may_measure else None
    return {
        "event_date": told.day.strftime("%Y%m%d"),
        "event_timestamp": str(micros(event.at)),
        "event_name": event.name,
        "event_bundle_sequence_id": str(FIRST_BUNDLE + told.number),
        "event_server_timestamp_offset": "51234",
        "event_params": _params(event),
        "user_id": event.account or None,
        "user_pseudo_id": event.browser or None,
        "privacy_info": {
            "analytics_storage": allows[event.may_measure],
            "ads_storage": allows[event.may_advertise],
            "uses_transient_token": "No",
        },
        "user_properties": [],
        "user_first_touch_timestamp": first_touch,
        "device": {
            "category": event.device,
            "operating_system": system,
            "language": "nl-nl" if event.country == "NL" else "nl-be",
            "web_info": {"browser": browser, "browser_version": "131.0", "hostname": told.hostname},
        },
        "geo": {"country": COUNTRIES.get(event.country, event.country), "city": event.city or None},
        "traffic_source": {"name": event.campaign or "(direct)", "medium": event.medium, "source": event.source},
        "collected_traffic_source": _collected(event),
        "stream_id": stream_id,
        "platform": "WEB",
        "ecommerce": _ecommerce(event),
        "items": [_item(each, event) for each in event.items],
        "is_active_user": event.may_measure,
        "batch_event_index": str(told.number % 20 + 1),
        "batch_page_id": str(event.session * 1000),
        "batch_ordering_id": str(told.number % 7 + 1),
    }


def _params(event: BrowseEvent) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"page_location": event.page, "page_title": "Wandelwind"}
    if event.may_measure:
        if event.session:  # what a server tells without one is in no visit
            given |= {"ga_session_id": event.session, "ga_session_number": event.visit}
        # the same key can be a number or a text
        given |= {"session_engaged": 1 if event.visit % 2 else "1", "engagement_time_msec": 1200}
    if event.items:
        given |= {"currency": CURRENCY, "value": event.value_cents / 100}
    if event.order:
        given["transaction_id"] = event.order
    return [{"key": key, "value": _value(value)} for key, value in given.items()]


def _value(value: Any) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(("string_value", "int_value", "float_value", "double_value"))
    if isinstance(value, float):
        return blank | {"double_value": value}
    return blank | ({"int_value": str(value)} if isinstance(value, int) else {"string_value": value})


def _collected(event: BrowseEvent) -> dict[str, Any] | None:
    if event.source == "(direct)":
        return None
    names = ("manual_source", "manual_medium", "manual_campaign_name")
    return dict(zip(names, (event.source, event.medium, event.campaign or None), strict=True))


def _ecommerce(event: BrowseEvent) -> dict[str, Any] | None:
    if not event.items:
        return None
    pieces, paid = sum(each.quantity for each in event.items), event.value_cents / 100
    counted = {"total_item_quantity": str(pieces), "unique_items": str(len(event.items))}
    if not event.order:
        return {**counted, "transaction_id": UNSET}
    money = {"purchase_revenue": paid, "purchase_revenue_in_usd": round(paid * DOLLARS, 2)}
    return {**counted, **money, "shipping_value": 0.0, "transaction_id": event.order}


def _item(item: BrowsedItem, event: BrowseEvent) -> dict[str, Any]:
    made = {
        "item_id": item.sku,
        "item_name": item.name,
        "item_brand": item.brand or UNSET,
        "item_variant": item.variant or UNSET,
        "item_category": item.category or UNSET,
        "price": item.cents / 100,
        "quantity": str(item.quantity),
    }
    revenue = {"item_revenue": item.cents * item.quantity / 100} if event.order else {}
    return {**made, **revenue, **dict.fromkeys(("coupon", "affiliation", "item_list_name", "promotion_name"), UNSET)}
