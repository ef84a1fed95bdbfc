"""Mailchimp's audience as canonical customers, consent statements and events; nothing is interpreted here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from mappers.canonical.person import email_of, person_fields, phone_of
from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    flag,
    instant,
    part,
    parts,
    required,
    rest,
    text,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Consent, Customer, Event, Record

PROOF = (
    "timestamp_opt",
    "ip_opt",
    "timestamp_signup",
    "ip_signup",
    "last_changed",
    "source",
    "unsubscribe_reason",
)
"""What a member says about how and when its status came to be."""
READ_MERGE_FIELDS = {"FNAME", "LNAME", "PHONE", "ADDRESS", "CUSTNR"}
KEPT_RAW = ("interests", "vip", "email_type", "contact_id", "unique_email_id", "consents_to_one_to_one_messaging")
EVENTS = {"open": "email_open", "click": "email_click", "bounce": "email_bounce"}
LONGEST_FIELD = 200


def read_member(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the customer, and one statement for the status, each marketing permission and the SMS status."""
    member, status = required(record, "id"), required(record, "status")
    changed_at = instant(record, "last_changed")
    yield unchecked(Customer)(
        **_origin(reading, member, changed_at),
        **_person(record, reading),
        customer_number=text(part(record, "merge_fields"), "CUSTNR"),
        language=_language(record),
        groups=[name for tag in parts(record, "tags") if (name := text(tag, "name"))],
        registered_at=instant(record, "timestamp_signup") or instant(record, "timestamp_opt"),
        is_active=status != "archived",
        status=status,
        raw=_raw(record),
    )
    yield _consent(record, reading, "status", status, _facts(record, *PROOF))
    yield from _permissions(record, reading)
    yield from _sms(record, reading)


def read_unsubscribe(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the withdrawal, also where its time is unreadable, and the event where it has one."""
    member, campaign = required(record, "email_id"), required(record, "campaign_id")
    at = _moment_if_readable(record, "timestamp")
    who = {"customer_id": member, "email": email_of(text(record, "email_address"))}
    facts = _facts(record, "timestamp", "campaign_id", "reason")
    yield unchecked(Consent)(
        **_origin(reading, f"{member}:unsubscribe:{campaign}", at),
        **who,
        field="unsubscribe",
        value="unsubscribed",
        facts=facts,
    )
    if at:
        event = _origin(reading, f"{campaign}:{member}:unsubscribe", at)
        kind = {"kind": "email_unsubscribe", "channel": "email", "campaign_id": campaign}
        yield unchecked(Event)(**event, **who, **kind, occurred_at=at, facts=_facts(record, "reason"))


def read_activity(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the event; Mailchimp has no id for it, so what makes it unique is its id."""
    names = ("campaign_id", "email_id", "action", "timestamp")
    campaign, member, action, timestamp = (required(record, name) for name in names)
    if action not in EVENTS:
        raise Unreadable("unknown_value", "action")
    at, url = instant(record, "timestamp"), text(record, "url")
    mark = hashlib.sha256((url or "").encode()).hexdigest()[:16]
    assert at is not None  # its text is required
    yield unchecked(Event)(
        **_origin(reading, f"{campaign}:{member}:{action}:{timestamp}:{mark}", at),
        customer_id=member,
        email=email_of(text(record, "email_address")),
        kind=EVENTS[action],
        occurred_at=at,
        channel="email",
        campaign_id=campaign,
        url=url,
        facts=_facts(record, "type"),
    )


def read_nothing(_record: VendorRecord, _reading: Reading) -> Iterator[Record]:
    """Filter it out: no entity of ours is made of it."""
    return iter(())


def _origin(reading: Reading, source_id: str, changed_at: datetime | None) -> dict[str, Any]:
    return {
        "source": reading.source,
        "source_id": source_id,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "changed_at": changed_at,
    }


def _person(record: VendorRecord, reading: Reading) -> dict[str, Any]:
    merged = part(record, "merge_fields")
    address = part(merged, "ADDRESS")
    return person_fields(
        country=reading.country,
        email=text(record, "email_address"),
        phone=text(merged, "PHONE") or text(record, "sms_phone_number"),
        first_name=text(merged, "FNAME"),
        last_name=text(merged, "LNAME"),
        street=text(address, "addr1"),
        postcode=text(address, "zip"),
        city=text(address, "city"),
        address_country=text(address, "country"),
    )


def _language(record: VendorRecord) -> str | None:
    code = (text(record, "language") or "").lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 else None


def _raw(record: VendorRecord) -> dict[str, Any]:
    kept = {name: record.get(name) for name in KEPT_RAW}
    unread = {name: _plain(value) for name, value in rest(part(record, "merge_fields"), READ_MERGE_FIELDS).items()}
    return rest({**kept, "merge_fields": unread}, ())


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (float, Decimal)) else value


def _facts(record: VendorRecord, *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := text(record, name))}


def _consent(
    record: VendorRecord,
    reading: Reading,
    field: str,
    value: str | None,
    facts: dict[str, str],
    name: str = "",
    phone: str | None = None,
) -> Consent:
    member, changed = required(record, "id"), text(record, "last_changed") or ""
    return unchecked(Consent)(
        **_origin(reading, f"{member}:{name or field}:{value}:{changed}", instant(record, "last_changed")),
        customer_id=member,
        email=email_of(text(record, "email_address")),
        phone=phone,
        field=field,
        value=value,
        facts=facts,
    )


def _permissions(record: VendorRecord, reading: Reading) -> Iterator[Consent]:
    for each in parts(record, "marketing_permissions"):
        key = required(each, "marketing_permission_id")
        words = (text(each, "text") or key)[:LONGEST_FIELD]
        facts = {"marketing_permission_id": key, **_facts(record, "last_changed", "source")}
        said = flag(each, "enabled")
        value = None if said is None else str(said).lower()
        name = f"marketing_permissions.{key}"
        yield _consent(record, reading, f"marketing_permissions.{words}", value, facts, name)


def _sms(record: VendorRecord, reading: Reading) -> Iterator[Consent]:
    if value := text(record, "sms_subscription_status"):
        facts = _facts(record, "sms_subscription_last_updated", "last_changed")
        number = phone_of(text(record, "sms_phone_number"), reading.country)
        yield _consent(record, reading, "sms_subscription_status", value, facts, phone=number)


def _moment_if_readable(record: VendorRecord, field: str) -> datetime | None:
    try:
        return instant(record, field)
    except Unreadable:
        return None


STREAMS: dict[str, Maps] = {
    "members": Maps(read_member, (Customer, Consent)),
    "archived_members": Maps(read_member, (Customer, Consent)),
    "email_activity": Maps(read_activity, (Event,)),
    "unsubscribes": Maps(read_unsubscribe, (Consent, Event)),
    "segments": Maps(read_nothing, ()),
    "campaigns": Maps(read_nothing, ()),
}
