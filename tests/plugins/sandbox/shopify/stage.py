"""A small shop, a clock that is turned by hand, and a caller with the right token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.retailer import (
    Address,
    Article,
    EmptyRetailer,
    Shop,
    StorefrontCheckout,
    StorefrontCustomer,
    StorefrontOrder,
    WebCoupon,
    WebLine,
    WebRefund,
)
from plugins.sandbox.shopify import Shopify

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATH = "/admin/api/2026-10/graphql.json"
ELS, JAN, MIA, TOM = (f"gid://shopify/Customer/{number}" for number in (7001, 7002, 7003, 7004))
SOLD, BACK, OLD = (f"gid://shopify/Order/{number}" for number in (5001, 5011, 5021))
GHENT = "gid://shopify/Location/92"
JACKET = "gid://shopify/ProductVariant/200001"
JACKETS_IN_STOCK = "gid://shopify/InventoryItem/1200001"
WELCOME = "gid://shopify/DiscountCodeNode/301"


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


GENT = Address("Veldstraat", "60", "9000", "Gent", "BE")
ROTTERDAM = Address("Kade", "3", "3011 AB", "Rotterdam", "NL")
OPENED, LONG_AGO, LATELY, JUST_NOW = (START - timedelta(days=back) for back in (200, 100, 9, 3))


def customers() -> tuple[StorefrontCustomer, ...]:
    """One who agreed, one who left, one without an address, and one who never ordered."""
    els = StorefrontCustomer(7001, OPENED, JUST_NOW, "Els", "Peeters", "els@example.be", "0470 12 34 56", GENT)
    said: dict[str, Any] = {"email_state": "SUBSCRIBED", "email_level": "CONFIRMED_OPT_IN", "email_at": OPENED}
    said |= {"sms_state": "SUBSCRIBED", "sms_at": OPENED, "has_account": True, "tags": ("vip",), "person": "person-1"}
    jan = StorefrontCustomer(7002, OPENED, LATELY, "Jan", "Maes", "jan@example.be")
    mia = StorefrontCustomer(7003, OPENED, OPENED, "Mia", phone="+32471000000")
    tom = StorefrontCustomer(7004, OPENED, START - timedelta(hours=2), "Tom", "Claes", "tom@example.be")
    return replace(els, **said), replace(jan, email_state="UNSUBSCRIBED"), mia, tom


def orders() -> tuple[StorefrontOrder, ...]:
    """An old one, one of which half went back, and one placed in a shop and not paid."""
    els: dict[str, Any] = {"email": "els@example.be", "first_name": "Els", "last_name": "Peeters", "address": GENT}
    els |= {"is_sent": True, "person": "person-1"}
    one, two = (WebLine(8001, 200001, 1, 10000, 10000),), (WebLine(8003, 200002, 2, 1500, 3000),)
    back = WebRefund(5012, JUST_NOW, 1500, "Te klein", ((8003, 1, 1500),))
    in_shop = (WebLine(8004, 200001, 1, 10000, 10000),)
    return (
        StorefrontOrder(5001, 1001, 7001, LONG_AGO, LONG_AGO, "paid", one, coupon_codes=("welkom10",), **els),
        StorefrontOrder(5011, 1002, 7001, LATELY, JUST_NOW, "paid", two, refunds=(back,), shipping_cents=495, **els),
        StorefrontOrder(5021, 1003, 7002, JUST_NOW, JUST_NOW, "pending", in_shop, shop_id=92),
    )


def retailer() -> EmptyRetailer:
    """A shop in either country, two articles, and who bought them or did not."""
    jacket = Article(200001, "WW1-M", 5001, "WW1", "Jas", "Ardenna", "Jassen", 10000, "8719990000011", "M")
    bottle = Article(200002, "WW2", 5002, "WW2", "Fles", "Peel", "Accessoires", 2000, promo_cents=1500)
    left = StorefrontCheckout(3001, 7004, JUST_NOW, JUST_NOW, (WebLine(8005, 200001, 1, 10000, 10000),))
    home = StorefrontCheckout(3002, 7001, LATELY, JUST_NOW, (WebLine(8006, 200002, 1, 1500, 1500),), JUST_NOW)
    return EmptyRetailer(
        START,
        shops=(Shop(83, 103, "Rotterdam", ROTTERDAM), Shop(92, 202, "Gent", GENT)),
        articles=(replace(jacket, stock=((92, 4),)), replace(bottle, stock=((92, 9),))),
        web_coupons=(WebCoupon(301, "welkom10", "percent", "10.00", OPENED, OPENED),),
        storefront_customers=customers(),
        storefront_orders=orders(),
        storefront_checkouts=(left, home),
    )


@dataclass
class Caller:
    """Calls a stand-in with the right token."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vendor = Shopify(clock=self.clock, memory=self.memory, retailer=retailer(), **self.options)
        self.client = Client(Request.application(self.vendor))

    def send(
        self, document: str, variables: dict[str, Any] | None = None, path: str = PATH, token: str | None = None
    ) -> TestResponse:
        """Send a document."""
        headers = {"X-Shopify-Access-Token": self.vendor.access_token if token is None else token}
        return self.client.post(path, json={"query": document, "variables": variables or {}}, headers=headers)

    def answer(self, document: str, **variables: Any) -> Any:
        """Return the whole answer of a document."""
        response = self.send(document, variables)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def ask(self, document: str, **variables: Any) -> Any:
        """Return the data of a document that must succeed."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]
