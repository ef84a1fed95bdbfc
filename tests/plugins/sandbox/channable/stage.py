"""A few orders of two marketplaces, a clock that is turned by hand, and a caller with the right token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.channable import Channable
from plugins.sandbox.retailer import (
    Address,
    Article,
    EmptyRetailer,
    MarketplaceOrder,
    MarketplaceReturn,
    WebLine,
)

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROJECT = "/companies/4120/projects/53000"
ORDERS, OLD_ORDERS = f"/v2{PROJECT}/orders", f"/v1{PROJECT}/orders"
RETURNS, OFFERS, STOCK = f"/v1{PROJECT}/returns", f"/v1{PROJECT}/offers", f"/v1{PROJECT}/stock_updates"
OPEN, SENT, OLD, GONE = 830032, 830025, 830018, 830011
"""Not sent yet; sent, and partly on its way back; wiped; cancelled. Newest first."""
BACK = 710001
GENT = Address("Veldstraat", "60", "9000", "Gent", "BE", "B")
ROTTERDAM = Address("Kade", "3a", "3011 AB", "Rotterdam", "NL")


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def before(**by: float) -> datetime:
    """Return a moment before everything starts."""
    return START - timedelta(**by)


def orders() -> tuple[MarketplaceOrder, ...]:
    """Return one of each sort, oldest first."""
    els: dict[str, Any] = {"first_name": "Els", "last_name": "van Damme", "address": GENT, "person": "person-1"}
    jan: dict[str, Any] = {"first_name": "Jan", "last_name": "Maes", "address": ROTTERDAM}
    one, two = (WebLine(991, 200001, 1, 10000, 10000),), (WebLine(993, 200002, 3, 1500, 4500),)
    both = (WebLine(994, 200001, 1, 10000, 10000), WebLine(995, 200002, 2, 1500, 3000))
    back = MarketplaceReturn(BACK, 995, 1, before(days=1), before(hours=20), "Te klein")
    return (
        MarketplaceOrder(
            GONE, "bol", "A1CANCEL01", before(days=40), before(days=39), "cancelled", "a1@verkopen.bol.com",
            lines=one, **els,
        ),
        MarketplaceOrder(
            OLD, "bol", "A2K8290LP8", before(days=30), before(days=29), "shipped", "a2@verkopen.bol.com",
            lines=two, is_obfuscated=True, **jan,
        ),
        MarketplaceOrder(
            SENT, "amazon", "405-1234567-7654321", before(days=6), before(days=5), "shipped",
            "a3@marketplace.amazon.nl", lines=both, shipping_cents=299, returns=(back,), **jan,
        ),
        MarketplaceOrder(
            OPEN, "bol", "A3OPEN0003", before(hours=2), before(hours=2), "not_shipped", "a4@verkopen.bol.com",
            lines=(WebLine(996, 200001, 1, 10000, 10000), WebLine(997, 200002, 1, 1500, 1500)), **els,
        ),
    )  # fmt: skip


def retailer() -> EmptyRetailer:
    """Return two articles and who bought them."""
    jacket = Article(200001, "WW1-M", 5001, "WW1", "Jas", "Ardenna", "Jassen", 10000, "8719990000011", "M")
    bottle = Article(200002, "WW2", 5002, "WW2", "Fles", "Peel", "Accessoires", 2000, promo_cents=1500)
    return EmptyRetailer(START, articles=(jacket, bottle), marketplace_orders=orders())


@dataclass
class Caller:
    """Calls a stand-in with the right token."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None

    def __post_init__(self) -> None:
        self.vendor = Channable(clock=self.clock, memory=self.memory, retailer=retailer())
        self.client = Client(Request.application(self.vendor))

    def call(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> TestResponse:
        """Ask, with a JSON body if there is one."""
        told = {"Authorization": f"Bearer {token or self.vendor.token}", **headers}
        return self.client.open(path, method=method, json=body, headers=told)

    def get(self, path: str) -> Any:
        """Return the JSON of a page that is there."""
        response = self.call("GET", path)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def ids(self, query: str = "", path: str = ORDERS) -> list[int]:
        """Return the ids of a list, in its order."""
        return [each["id"] for each in self.get(f"{path}{query}")[path.rpartition("/")[2]]]

    def order(self, number: int) -> Any:
        """Return an order as v2 shows it."""
        return self.get(f"{ORDERS}/{number}")["order"]

    def post(self, path: str, body: Any = None) -> Any:
        """Write something that is taken, and return the answer."""
        response = self.call("POST", path, body)
        assert response.status_code in (200, 202), response.get_data(as_text=True)
        return response.json
