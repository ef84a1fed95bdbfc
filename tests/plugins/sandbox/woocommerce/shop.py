"""A shop for tests: a clock that a test moves, and a client that speaks https with the right key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import EmptyRetailer, Retailer
from plugins.sandbox.woocommerce import WooCommerce

START = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
ROOT = "/wp-json/wc/v3"


@dataclass
class Clock:
    """Stands still until a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


def client_of(shop: WooCommerce) -> Client:
    """Return a client that talks to a shop without a socket."""

    @Request.application
    def application(request: Request) -> Response:
        return shop(request)

    return Client(application)


@dataclass
class Caller:
    """Asks the shop what a connector would ask."""

    retailer: Retailer = field(default_factory=lambda: EmptyRetailer(anchor=START))
    clock: Clock = field(default_factory=Clock)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shop = WooCommerce(retailer=self.retailer, clock=self.clock, **self.settings)
        self.client = client_of(self.shop)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        """Send one request over https with the right key."""
        more.setdefault("auth", (self.shop.consumer_key, self.shop.consumer_secret))
        if body is not None:
            more |= {"data": body if isinstance(body, str) else json.dumps(body), "content_type": "application/json"}
        return self.client.open(f"{ROOT}{path}", method=method, base_url="https://shop.example", **more)

    def get(self, path: str) -> Any:
        """Return what a path holds."""
        return json.loads(self.ask("GET", path).data)

    def post(self, path: str, body: Any) -> Any:
        """Send a body and return the answer's."""
        return json.loads(self.ask("POST", path, body).data)
