"""A small business account, a clock that is turned by hand, and a caller with the right tokens."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.retailer import Article, EmptyRetailer

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACCOUNT = "/v5/ad_accounts/549756359984"
LISTS, AUDIENCES, EVENTS = f"{ACCOUNT}/customer_lists", f"{ACCOUNT}/audiences", f"{ACCOUNT}/events"
FEEDS, ITEMS, BATCH = "/v5/catalogs/feeds", "/v5/catalogs/items", "/v5/catalogs/items/batch"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def sha(text: str) -> str:
    """Return what is sent instead of a value."""
    return hashlib.sha256(text.encode()).hexdigest()


ANN, BEN, CIS = (sha(f"{name}@example.com") for name in ("ann", "ben", "cis"))
ARTICLES = tuple(
    Article(n, f"SKU-{n}", n, f"P-{n}", f"Sweater {n}", "Wandelwind", "Sweaters", 4995, description="Wool")
    for n in range(1, 4)
)


def adding(*records: str) -> dict[str, str]:
    """Return the body that brings people into a list."""
    return {"operation_type": "ADD", "records": ",".join(records)}


def removing(*records: str) -> dict[str, str]:
    """Return the body that takes people out of a list."""
    return {"operation_type": "REMOVE", "records": ",".join(records)}


def event(**fields: Any) -> dict[str, Any]:
    """Return a conversion that fits."""
    return {
        "event_name": "checkout", "action_source": "offline", "event_time": 1772620000, "event_id": "pos-123",
        "user_data": {"em": [ANN]}, "custom_data": {"currency": "EUR", "value": "49.95"}, **fields,
    }  # fmt: skip


ATTRIBUTES = {
    "title": "Sweater", "description": "Wool", "link": "https://www.example.nl/p/1",
    "image_link": ["https://www.example.nl/p/1.jpg"], "price": "49.95 EUR", "availability": "in stock",
}  # fmt: skip


def item(key: str = "SKU-1", named: str = "UPSERT", **attributes: Any) -> dict[str, Any]:
    """Return an operation on an item."""
    told = {"item_id": key, "operation": named}
    return told if named == "DELETE" else {**told, "attributes": {**ATTRIBUTES, **attributes}}


def batch(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a body of operations on items."""
    return {"catalog_type": "RETAIL", "country": "NL", "language": "nl", "items": [*items], **more}


def wanted(*ids: str) -> dict[str, Any]:
    """Return a body that asks for items."""
    return {"country": "NL", "language": "nl", "filters": {"catalog_type": "RETAIL", "item_ids": [*ids]}}


def feed(**fields: Any) -> dict[str, Any]:
    """Return a body that makes a feed."""
    return {
        "name": "Range", "format": "TSV", "location": "https://www.example.nl/feed.tsv", "catalog_type": "RETAIL",
        "default_country": "NL", "default_locale": "nl", **fields,
    }  # fmt: skip


@dataclass
class Caller:
    """Calls a stand-in with its access token."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        retailer = EmptyRetailer(START, articles=ARTICLES)
        self.vendor = Pinterest(clock=self.clock, memory=self.memory, retailer=retailer, **self.options)
        self.client = Client(Request.application(self.vendor))

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> TestResponse:
        """Ask with a JSON body, if there is one."""
        headers = {"Authorization": f"Bearer {self.vendor.access_token if token is None else token}"}
        return self.client.open(path, method=method, json=body, headers=headers)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of a call that is answered."""
        response = self.call(method, path, body)
        assert response.status_code < 300, response.get_data(as_text=True)
        return response.json

    def get(self, path: str) -> Any:
        """Return the JSON of something that is there."""
        return self.done("GET", path)

    def refusal(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, int]:
        """Return status and code of a call that is refused."""
        response = self.call(method, path, body, token)
        assert response.status_code >= 400, response.get_data(as_text=True)
        assert response.json
        return response.status_code, response.json["code"]

    def token(self, proof: str | None = None, **form: str) -> TestResponse:
        """Ask for a token."""
        app = f"{self.vendor.client_id}:{self.vendor.client_secret}" if proof is None else proof
        headers = {"Authorization": f"Basic {base64.b64encode(app.encode()).decode()}"}
        return self.client.post("/v5/oauth/token", data=urlencode(form), content_type=FORM, headers=headers)

    def customer_list(self, *records: str, name: str = "Gold") -> str:
        """Make a list and return its path."""
        key = self.done("POST", LISTS, {"name": name, "records": ",".join(records or (ANN,))})["id"]
        return f"{LISTS}/{key}"

    def members(self, path: str) -> set[str]:
        """Return who is in a list: no API tells this."""
        return self.vendor.customer_list(path.rpartition("/")[2]).members

    def pin(self) -> str:
        """Return the path of the first pin."""
        return f"/v5/pins/{next(iter(self.vendor.pins))}"
