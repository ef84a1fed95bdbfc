"""A contact in an audience, and how the API shows it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from plugins.sandbox.mailchimp.queries import stamp

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
SETTABLE = STATUSES[:-1]
PATCHABLE = STATUSES[:-2]
TAGS_SHOWN = 50
ENDPOINT = "https://us6.api.mailchimp.com/3.0"
BULK_FIELDS = [
    "id",
    "email_address",
    "unique_email_id",
    "email_type",
    "status",
    "merge_fields",
    "interests",
    "stats",
    "ip_signup",
    "timestamp_signup",
    "ip_opt",
    "timestamp_opt",
    "member_rating",
    "last_changed",
    "language",
    "vip",
    "email_client",
    "location",
    "tags_count",
    "tags",
    "list_id",
    "_links",
]
SEGMENT_FIELDS = [name for name in BULK_FIELDS if not name.startswith("tags")] + ["full_name"]


def subscriber_hash(email: str) -> str:
    """Return the key of a member: MD5 of the lower-cased address."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def digest(text: str, length: int) -> str:
    """Return a stable identifier for a text, as long as the vendor's of that kind."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class Event(NamedTuple):
    """Something a caller told about a member."""

    name: str
    properties: dict[str, str]
    occurred_at: datetime


@dataclass
class Member:
    """One contact. `lock` says why it may not be subscribed by the API: unsubscribe, bounce or review."""

    email: str
    status: str
    web_id: int
    changed_at: datetime
    merge_fields: dict[str, Any] = field(default_factory=dict)
    interests: dict[str, bool] = field(default_factory=dict)
    permissions: dict[str, bool] = field(default_factory=dict)
    tags: dict[int, datetime] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    lock: str = ""
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    latitude: float = 0
    longitude: float = 0
    ip_signup: str = ""
    signed_up_at: datetime | None = None
    ip_opt: str = ""
    opted_in_at: datetime | None = None
    left_at: datetime | None = None
    unsubscribe_reason: str = ""
    source: str = "API - Generic"

    @property
    def id(self) -> str:
        """The subscriber hash."""
        return subscriber_hash(self.email)

    @property
    def contact_id(self) -> str:
        """The key that stays when the address changes."""
        return digest(f"contact {self.web_id}", 32)

    @property
    def unique_email_id(self) -> str:
        """The key of the address across audiences."""
        return digest(f"address {self.email.lower()}", 10)

    @property
    def full_name(self) -> str:
        """First and last name, as far as known."""
        return f"{self.merge_fields.get('FNAME', '')} {self.merge_fields.get('LNAME', '')}".strip()

    def profile(self) -> tuple[Any, ...]:
        """Return everything whose change moves `last_changed`."""
        moving = (self.email, self.status, self.email_type, self.language, self.vip, self.latitude, self.longitude)
        inner = (dict(self.merge_fields), dict(self.interests), dict(self.permissions), tuple(self.tags))
        return (*moving, *inner, self.ip_opt, self.opted_in_at, self.ip_signup, self.signed_up_at)


def shown(member: Member, list_id: str, tags: Mapping[int, str], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a member as the API shows it; `tags` names the segments, `texts` the marketing permissions."""
    body = _identity(member) | _profile(member) | _times(member)
    body["marketing_permissions"] = [
        {"marketing_permission_id": key, "text": text, "enabled": member.permissions.get(key, False)}
        for key, text in texts.items()
    ]
    named = [{"id": key, "name": tags[key]} for key in list(member.tags)[:TAGS_SHOWN]]
    body |= {"source": member.source, "tags_count": len(member.tags), "tags": named, "list_id": list_id}
    body["_links"] = _links(f"/lists/{list_id}/members", member.id)
    if not texts:
        del body["marketing_permissions"]
    if member.status == "unsubscribed":
        body["unsubscribe_reason"] = member.unsubscribe_reason or "N/A (Unsubscribed by an admin)"
    return body


def _identity(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "email_address": member.email,
        "unique_email_id": member.unique_email_id,
        "contact_id": member.contact_id,
        "full_name": member.full_name,
        "web_id": member.web_id,
        "email_type": member.email_type,
        "status": member.status,
        "consents_to_one_to_one_messaging": True,
        "sms_phone_number": "",
        "sms_subscription_status": "",
    }


def _profile(member: Member) -> dict[str, Any]:
    return {
        "merge_fields": dict(member.merge_fields),
        "interests": dict(member.interests),
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "member_rating": 2,
        "language": member.language,
        "vip": member.vip,
        "email_client": "",
        "location": {
            "latitude": member.latitude,
            "longitude": member.longitude,
            "gmtoff": 0,
            "dstoff": 0,
            "country_code": "",
            "timezone": "",
            "region": "",
        },
    }


def _times(member: Member) -> dict[str, Any]:
    return {
        "ip_signup": member.ip_signup,
        "timestamp_signup": stamp(member.signed_up_at),
        "ip_opt": member.ip_opt,
        "timestamp_opt": stamp(member.opted_in_at),
        "last_changed": stamp(member.changed_at),
    }


def _links(parent: str, key: str) -> list[dict[str, str]]:
    return [
        {"rel": "self", "href": f"{ENDPOINT}{parent}/{key}", "method": "GET"},
        {"rel": "parent", "href": f"{ENDPOINT}{parent}", "method": "GET"},
    ]
