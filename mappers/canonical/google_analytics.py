"""What browsers told Google Analytics: events and baskets of who was signed in; figures stay figures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import (
    EARLIEST,
    LATEST,
    Unreadable,
    VendorRecord,
    part,
    parts,
    required,
    rounded_minor,
    text,
    thousandths,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Basket, Customer, Event, Record

KINDS = {
    "page_view": "page_view",
    "view_item": "product_view",
    "add_to_cart": "add_to_cart",
    "begin_checkout": "begin_checkout",
}
FILLS, SHOWS_ALL, CLOSES = "add_to_cart", "begin_checkout", "purchase"
UNSET = {"(not set)", "(none)"}
"""What the vendor writes where there is nothing."""
VALUES = ("string_value", "int_value", "double_value", "float_value")
COOKIE = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}")
"""How the vendor's own script numbers a browser; a site may write anything there, also what names somebody."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def events(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the event and what it says of the basket; nothing where the visitor did not allow to be measured."""
    storage = text(part(record, "privacy_info"), "analytics_storage")
    if storage == "No":
        return
    at, name = _moment(record), required(record, "event_name")
    # only who said yes is joined to what they did: behaviour needs consent of its own
    user = _user(record) if storage == "Yes" else None
    if user and not reading.accounts:
        yield _customer(user, at, reading)
    who = user if not user or reading.accounts else f"user:{user}"
    if name in KINDS:
        yield _event(record, reading, at, KINDS[name], who)
    if name in (FILLS, SHOWS_ALL, CLOSES) and storage == "Yes":
        yield from _baskets(record, reading, at, name, who)


def nothing(_record: VendorRecord, _reading: Reading) -> Iterator[Record]:
    """Filter it out: figures of a day are of nobody, and no entity of ours is made of them."""
    return iter(())


def _user(record: VendorRecord) -> str | None:
    """Return the number of who was signed in; an address there is the site's mistake, and nobody's number."""
    user = text(record, "user_id")
    if user and "@" in user:
        raise Unreadable("email_as_id", "user_id")
    return user


def _moment(record: VendorRecord) -> datetime:
    try:
        at = EPOCH + timedelta(microseconds=int(required(record, "event_timestamp")))
    except (ValueError, OverflowError):
        raise Unreadable("bad_time", "event_timestamp") from None
    if not EARLIEST <= at.year <= LATEST:
        raise Unreadable("absurd_time", "event_timestamp")
    return at


def _origin(reading: Reading, key: str, at: datetime) -> dict[str, Any]:
    """Return what a record says of itself: a reference is read in its own source, so it is stated for `accounts`."""
    own = {"source": reading.accounts, "source_id": f"{reading.source}:{key}"}
    where = own if reading.accounts else {"source": reading.source, "source_id": key}
    return {**where, "stream": reading.stream, "seen_at": reading.seen_at, "changed_at": at}


def _customer(user: str, at: datetime, reading: Reading) -> Customer:
    return unchecked(Customer)(**_origin(reading, f"user:{user}", at), customer_number=user)


def _event(record: VendorRecord, reading: Reading, at: datetime, kind: str, who: str | None) -> Event:
    items = parts(record, "items")
    item = items[0] if len(items) == 1 else {}
    return unchecked(Event)(
        **_origin(reading, required(record, "event_key"), at),
        customer_id=who,
        kind=kind,
        occurred_at=at,
        channel="web",
        product_id=_said(item, "item_id"),
        url=_address(_params(record).get("page_location")),
        facts=_facts(record, item) | (_visitor(record) if who else {}),
    )


def _visitor(record: VendorRecord) -> dict[str, str]:
    """Return the number of the browser in which somebody is signed in: what they buy elsewhere can be told of it."""
    number = text(record, "user_pseudo_id") or ""
    return {"visitor": number} if COOKIE.fullmatch(number) else {}


def _facts(record: VendorRecord, item: VendorRecord) -> dict[str, str]:
    brought = part(record, "collected_traffic_source")
    told = {
        "item_name": _said(item, "item_name"),
        "item_brand": _said(item, "item_brand"),
        "device": _said(part(record, "device"), "category"),
        "source": _said(brought, "manual_source"),
        "medium": _said(brought, "manual_medium"),
        "campaign": _said(brought, "manual_campaign_name"),
    }
    return {name: value for name, value in told.items() if value}


def _baskets(record: VendorRecord, reading: Reading, at: datetime, name: str, who: str | None) -> Iterator[Basket]:
    """Give the basket of the visit: what was put in last, all of it at the checkout, closed by the purchase."""
    params = _params(record)
    browser, session = text(record, "user_pseudo_id"), text(params, "ga_session_id")
    if not browser or not session:  # a session's number is unique only together with the browser's
        return
    mark = hashlib.sha256(f"{browser}\x1f{session}".encode()).hexdigest()[:32]
    yield unchecked(Basket)(
        **_origin(reading, f"basket:{mark}", at),
        customer_id=who,
        updated_at=at,
        status="completed" if name == CLOSES else "open",
        currency=text(params, "currency") or reading.currency,
        total_minor=rounded_minor(params, "value") if name == SHOWS_ALL else None,
        lines=[] if name == CLOSES else [_line(each) for each in parts(record, "items")],
    )


def _line(item: VendorRecord) -> dict[str, Any]:
    """Return what of a line is asked of a basket: article, pieces in thousandths, and cents with VAT."""
    price, pieces = rounded_minor(item, "price"), thousandths(item, "quantity") or 1000
    told = {"sku": _said(item, "item_id"), "description": _said(item, "item_name")}
    named = {name: value for name, value in told.items() if value}
    return {
        **named,
        "quantity_thousandths": pieces,
        "total_minor": None if price is None else price * pieces // 1000,
    }


def _params(record: VendorRecord) -> dict[str, Any]:
    """Return the parameters by name; the same one comes as a text here and as a number there."""
    found = {}
    for each in parts(record, "event_params"):
        value = part(each, "value")
        given = [value[kind] for kind in VALUES if value.get(kind) is not None]
        if given and (key := text(each, "key")):
            found[key] = given[0]
    return found


def _said(record: VendorRecord, field: str) -> str | None:
    value = text(record, field)
    return None if value in UNSET else value


def _address(given: Any) -> str | None:
    """Return an address without what follows the path: sites put names and mail addresses there."""
    if not isinstance(given, str):
        return None
    try:
        scheme, host, path, _, _ = urlsplit(given)
    except ValueError:
        return None
    names_somebody = "@" in path or "%40" in path
    return urlunsplit((scheme, host.rpartition("@")[2], "" if names_somebody else path, "", "")) if host else None


STREAMS: dict[str, Maps] = {
    "events": Maps(events, (Customer, Event, Basket)),
    "daily_items": Maps(nothing, ()),
    "daily_channels": Maps(nothing, ()),
}
