"""A small audience, a clock that is turned by hand, and a caller with the right key."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.retailer import Activity, Campaign, Contact, EmptyRetailer

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIST = "/3.0/lists/57afe96172"
SHOP = "https://shop.example/new"
ELS, JAN, MIA, TOM, ADA = (f"{name}@example.com" for name in ("els", "jan", "mia", "tom", "ada"))


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def retailer() -> EmptyRetailer:
    """One contact of each sort, one campaign and what they did with it."""
    old, campaign = START - timedelta(days=30), "c0ffee0001"
    fields = (("CUSTNR", "C-1"), ("POINTS", 240), ("BIRTHDAY", "03/14"), ("SINCE", "2025-01-31"))
    permissions = (("Email", True), ("Customized online advertising", False))
    contacts = (
        Contact(
            ELS, "subscribed", old, "Els", "Peeters", old, "203.0.113.1", "Embed Form", ("vip",), fields, permissions
        ),
        Contact(JAN, "unsubscribed", old + timedelta(days=20), "Jan", opted_in_at=old, unsubscribe_reason="Too many"),
        Contact(MIA, "cleaned", old + timedelta(days=15), "Mia", opted_in_at=old),
        Contact(TOM, "archived", old, "Tom"),
        Contact(ADA, "transactional", old, "Ada"),
    )
    sent = START - timedelta(days=12)
    activities = (
        Activity(campaign, ELS, "open", sent + timedelta(hours=1)),
        Activity(campaign, ELS, "click", sent + timedelta(hours=2), SHOP),
        Activity(campaign, JAN, "unsubscribe", sent + timedelta(days=2)),
        Activity(campaign, MIA, "bounce", sent, bounce="hard"),
    )
    campaigns = (Campaign(campaign, "Spring", sent),)
    return EmptyRetailer(START, contacts=contacts, campaigns=campaigns, activities=activities)


def key_of(email: str) -> str:
    """Return the subscriber hash."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def member_path(email: str) -> str:
    """Return the path of a member."""
    return f"{LIST}/members/{key_of(email)}"


def basic(key: str) -> dict[str, str]:
    """Return the header of HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"any:{key}".encode()).decode()}


@dataclass
class Caller:
    """Calls a stand-in with the right key."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None

    def __post_init__(self) -> None:
        self.vendor = Mailchimp(clock=self.clock, memory=self.memory, retailer=retailer())
        self.client = Client(Request.application(self.vendor))

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        """Ask, with a JSON body if there is one."""
        given = basic(self.vendor.api_key) if headers is None else headers
        return self.client.open(path, method=method, json=body, headers=given)

    def get(self, path: str) -> Any:
        """Return the JSON of a page that is there."""
        response = self.call("GET", path)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def member(self, email: str) -> Any:
        """Return a member as the API shows it."""
        return self.get(member_path(email))

    def put(self, email: str, **body: Any) -> TestResponse:
        """Upsert a member."""
        return self.call("PUT", member_path(email), {"email_address": email, "status_if_new": "subscribed", **body})

    def bulk(self, *members: dict[str, Any], query: str = "", **options: Any) -> Any:
        """Send a bulk call and return its answer."""
        response = self.call("POST", f"{LIST}{query}", {"members": list(members), **options})
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json
