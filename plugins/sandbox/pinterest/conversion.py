"""One conversion event, checked field by field; a bad one fails alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# developers.pinterest.com/docs/api/v5/events-create
EVENT_NAMES = frozenset({
    "add_payment_info", "add_to_cart", "add_to_wishlist", "app_install", "checkout", "custom", "initiate_checkout",
    "lead", "page_visit", "search", "signup", "subscribe", "view_category", "view_content", "watch_video",
})  # fmt: skip
ACTION_SOURCES = frozenset({"app_android", "app_ios", "web", "offline"})
HASHED = ("em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country", "external_id", "hashed_maids")
PLAIN = ("click_id", "client_ip_address", "client_user_agent", "partner_id")
SHA256, NUMBER, CURRENCY = re.compile(r"[0-9a-f]{64}"), re.compile(r"\d+(\.\d+)?"), re.compile(r"[A-Z]{3}")
LATEST_SECOND = 10**10
Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    """Tell whether it is a text, or not set."""
    return value is None or isinstance(value, str)


def is_whole(value: Any) -> bool:
    """Tell whether it is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_second(value: Any) -> bool:
    """Tell whether it is a moment in seconds since 1970, and not in thousandths of them."""
    return is_whole(value) and 0 <= value < LATEST_SECOND


def is_flag(value: Any) -> bool:
    """Tell whether it is true or false."""
    return isinstance(value, bool)


def is_amount(value: Any) -> bool:
    """Tell whether it is an amount, which goes as text."""
    return value is None or (isinstance(value, str) and NUMBER.fullmatch(value) is not None)


def is_currency(value: Any) -> bool:
    """Tell whether it is a currency."""
    return value is None or (isinstance(value, str) and CURRENCY.fullmatch(value) is not None)


def is_hashed(value: Any) -> bool:
    """Tell whether it is a list of SHA-256 in lower-case hex."""
    return isinstance(value, list) and all(isinstance(each, str) and SHA256.fullmatch(each) for each in value)


def is_texts(value: Any) -> bool:
    """Tell whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def is_contents(value: Any) -> bool:
    """Tell whether it is a list of products."""
    return isinstance(value, list) and all(isinstance(each, dict) and not wrong(each, CONTENT) for each in value)


def is_object(value: Any) -> bool:
    """Tell whether it is an object; what is in it is looked at elsewhere."""
    return isinstance(value, dict)


CONTENT: Mapping[str, Check] = {
    **dict.fromkeys(("id", "item_brand", "item_category", "item_name"), is_text),
    "item_price": is_amount,
    "quantity": is_whole,
}
CUSTOM: Mapping[str, Check] = {
    **dict.fromkeys(("content_brand", "content_category", "content_name", "external_measurement_id", "np"), is_text),
    **dict.fromkeys(("opt_out_type", "order_id", "search_string"), is_text),
    **dict.fromkeys(("value", "predicted_ltv"), is_amount),
    **dict.fromkeys(("num_items", "external_measurement_vendor_id"), is_whole),
    "currency": is_currency,
    "content_ids": is_texts,
    "contents": is_contents,
}
USER: Mapping[str, Check] = {**dict.fromkeys(HASHED, is_hashed), **dict.fromkeys(PLAIN, is_text)}
EVENT: Mapping[str, Check] = {
    **dict.fromkeys(("app_id", "app_name", "app_version", "device_brand", "device_carrier", "device_model"), is_text),
    **dict.fromkeys(("device_type", "event_source_url", "language", "os_version", "partner_name"), is_text),
    **dict.fromkeys(("event_name", "action_source", "event_id"), lambda value: isinstance(value, str) and value != ""),
    **dict.fromkeys(("opt_out", "wifi"), is_flag),
    **dict.fromkeys(("app_info", "device_info", "user_data", "custom_data"), is_object),
    "event_time": is_second,
}
REQUIRED = ("event_name", "action_source", "event_time", "event_id", "user_data")


def wrong(given: Mapping[str, Any], known: Mapping[str, Check]) -> str:
    """Return the first key that is unknown or whose value does not fit, an empty text when all is well."""
    return next((key for key, value in given.items() if key not in known or not known[key](value)), "")


def complaint(event: Mapping[str, Any]) -> str:
    """Return why an event fails, an empty text when it is processed."""
    if lacking := [name for name in REQUIRED if name not in event]:
        return f"'{lacking[0]}' is required"
    if key := wrong(event, EVENT):
        return f"'{key}' is not valid"
    if event["event_name"] not in EVENT_NAMES:
        return "'event_name' is not valid"
    if event["action_source"] not in ACTION_SOURCES:
        return "'action_source' is not valid"
    if key := wrong(event.get("custom_data", {}), CUSTOM):
        return f"'custom_data.{key}' is not valid"
    return _complaint_of_user(event["user_data"])


def _complaint_of_user(user: Mapping[str, Any]) -> str:
    if key := wrong(user, USER):
        return f"'user_data.{key}' is not valid"
    if user.get("em") or user.get("hashed_maids") or (user.get("client_ip_address") and user.get("client_user_agent")):
        return ""
    return "'user_data' needs em, hashed_maids, or client_ip_address and client_user_agent"
