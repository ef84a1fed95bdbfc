"""A small webshop that is measured, a clock that is turned by hand, and a caller with the right key."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.sandbox.google_analytics.tokens import AUDIENCE, GRANT, READING, STORAGE, key_pair
from plugins.sandbox.retailer import Article, BrowsedItem, BrowseEvent, EmptyRetailer

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY = START - timedelta(days=5)
"""The day of the first visit, at eight in the morning: 9 in the shop's zone."""
PROPERTY = "387654321"
REPORT = f"/v1beta/properties/{PROPERTY}:runReport"
BATCH = f"/v1beta/properties/{PROPERTY}:batchRunReports"
COLLECT = "/mp/collect?measurement_id=G-SANDBOX001&api_secret=sandbox0measurement0"
CHECK = "/debug/mp/collect?measurement_id=G-SANDBOX001"
SHOE = BrowsedItem("SHOE-77-BLU-42", "Loopschoen", "Acme", "Schoenen", "blauw 42", 7995)
SOCK = BrowsedItem("SOCK-3", "Sok", "", "", "", 1250, 2)
ANN, BEN = "1187465820.1761823410", "1298765432.1761999999"


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def event(name: str, minutes: int = 0, browser: str = ANN, **more: Any) -> BrowseEvent:
    """Return what a browser tells, so many minutes after the first visit."""
    at, more = DAY + timedelta(minutes=minutes), dict(more)
    session = more.pop("session", int(DAY.timestamp()))
    told: dict[str, Any] = {
        "page": "https://www.wandelwind.example/schoenen",
        "source": "google",
        "medium": "organic",
        "device": "mobile",
        "first_seen_at": DAY,
    }
    return BrowseEvent(at, name, browser, session, 1, **{**told, **more})


def retailer() -> EmptyRetailer:
    """Ann looks at a shoe and buys it, with socks; Ben puts it in the basket; somebody refuses to be measured."""
    ben = {"browser": BEN, "source": "mailchimp", "medium": "email", "campaign": "lente"}
    events = (
        event("session_start"),
        event("page_view"),
        event("view_item", 1, items=(SHOE,), value_cents=7995),
        event("add_to_cart", 2, items=(SHOE,), value_cents=7995, account="1001"),
        event("begin_checkout", 3, items=(SHOE, SOCK), value_cents=10495, account="1001"),
        event("purchase", 4, items=(SHOE, SOCK), value_cents=10990, order="20001", account="1001", person="ann"),
        event("page_view", 60, browser="", may_measure=False),
        event("view_item", 1440, **ben, items=(SHOE,), value_cents=7995),
        event("add_to_cart", 1445, **ben, items=(SHOE,), value_cents=7995, account="1002", person="ben"),
        event("view_item", 1500, **ben, items=(SOCK,), value_cents=2500, days_late=2),
    )
    articles = (Article(1, "SHOE-77-BLU-42", 1, "SHOE-77", "Loopschoen", "Acme", "Schoenen", 7995),)
    return EmptyRetailer(START, articles=articles, browse_events=events)


def encoded(part: Any) -> str:
    """Return a part of a signed statement."""
    return base64.urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).decode().rstrip("=")


def signed(at: datetime, key: Any = None, head: Any = None, **claims: Any) -> str:
    """Return the signed statement of a service account."""
    said = {
        "iss": "rotonde@sandbox-project.iam.gserviceaccount.com",
        "scope": f"{READING} {STORAGE}",
        "aud": AUDIENCE,
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 3600,
    }
    text = f"{encoded(head or {'alg': 'RS256', 'typ': 'JWT'})}.{encoded({**said, **claims})}"
    signature = (key or key_pair()).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{encoded(signature)}"


@dataclass
class Caller:
    """Calls a stand-in with a token of its service account."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    shop: EmptyRetailer = field(default_factory=retailer)

    def __post_init__(self) -> None:
        self.vendor = GoogleAnalytics(clock=self.clock, memory=self.memory, retailer=self.shop)
        self.client = Client(Request.application(self.vendor))
        self.bearer = ""

    def token(self, assertion: str = "", grant: str = GRANT) -> TestResponse:
        """Ask for a token."""
        return self.client.post("/token", data={"grant_type": grant, "assertion": assertion or signed(self.clock.at)})

    def call(self, method: str, path: str, body: Any = None) -> TestResponse:
        """Ask with a token and a JSON body, if there is one."""
        self.bearer = self.bearer or str((self.token().json or {}).get("access_token", ""))
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return self.client.open(path, method=method, json=body, headers=headers)

    def report(self, **body: Any) -> Any:
        """Return the answer to a report."""
        response = self.call("POST", REPORT, asked(**body))
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def rows(self, **body: Any) -> list[tuple[str, ...]]:
        """Return the rows of a report."""
        rows = self.report(**body).get("rows", [])
        return [
            tuple(each["value"] for each in (*row.get("dimensionValues", ()), *row.get("metricValues", ())))
            for row in rows
        ]

    def files(self) -> list[str]:
        """Return the names of the files there are."""
        listed = self.call("GET", "/export").json or {}
        return [each["name"] for each in listed["items"]]

    def file(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a file."""
        response = self.call("GET", f"/export/{name}")
        assert response.status_code == 200, response.get_data(as_text=True)
        return [json.loads(line) for line in response.get_data(as_text=True).splitlines()]


def names(*listed: str) -> list[dict[str, str]]:
    """Return dimensions or metrics as a body holds them."""
    return [{"name": each} for each in listed]


def asked(**body: Any) -> dict[str, Any]:
    """Return the body of a report over all days, unless it says otherwise."""
    days = {"dateRanges": [{"startDate": "2026-11-01", "endDate": "yesterday"}]}
    return {**days, "dimensions": names("date"), "metrics": names("eventCount"), **body}


def sale(**more: Any) -> dict[str, Any]:
    """Return a purchase as a server sends it."""
    params = {
        "session_id": "1772446900",
        "transaction_id": "POS-41-0099",
        "currency": "EUR",
        "value": 39.95,
        "items": [{"item_id": "SOCK-3", "item_name": "Sok", "price": 39.95, "quantity": 1}],
    }
    return {"client_id": ANN, "user_id": "1001", "events": [{"name": "purchase", "params": {**params, **more}}]}
