"""A small retailer behind the till, and a way to ask the stand-in without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import (
    Address,
    Article,
    EmptyRetailer,
    Shop,
    TillCustomer,
    TillLine,
    TillPoints,
    TillSale,
    TillVoucher,
)
from plugins.sandbox.tilroy import Tilroy

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LOCAL = ZoneInfo("Europe/Amsterdam")
KEYS = {"Tilroy-Api-Key": "sandbox-tenant-key", "x-api-key": "sandbox-gateway-key"}
BEARER = {"Authorization": "Bearer sandbox-service-bearer"}
EVERYTHING = KEYS | BEARER
SINCE = "dateExportedSince=2026-01-01"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(
    tilroy: Tilroy,
    path: str,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] = EVERYTHING,
) -> Answer:
    """Send one request, with all three keys unless told otherwise."""
    path, _, query = path.partition("?")
    content = None if body is None else json.dumps(body)
    kind = None if body is None else "application/json"
    builder = EnvironBuilder(path, method=method, query_string=query, data=content, content_type=kind, headers=headers)
    response: Response = tilroy(Request(builder.get_environ()))
    text = response.get_data(as_text=True)
    return Answer(response.status_code, json.loads(text) if text else None, dict(response.headers))


HOME = Address("Kerkstraat", "12", "2000", "Antwerpen", "BE")
SHOPS = (Shop(87, 101, "Antwerpen", HOME), Shop(99, 900, "Webshop"))
ARTICLES = (
    Article(1001, "SHOE-77 BLU 42", 501, "SHOE-77", "Loopschoen", "ACME", "SHOES", 7995, "5400000000017", "42", "BLUE",
            stock=((87, 5), (99, 0)), changed_at=NOW - timedelta(days=9)),
    Article(1002, "SHOE-77 BLU 43", 501, "SHOE-77", "Loopschoen", "ACME", "SHOES", 7995, "5400000000024", "43", "BLUE",
            stock=((87, 2),), changed_at=NOW - timedelta(days=9)),
    Article(1003, "SOCK-1", 502, "SOCK-1", "Sok", "ACME", "SOCKS", 999, promo_cents=799,
            changed_at=NOW - timedelta(days=5)),
    Article(1004, "BAG-0", 503, "BAG-0", "Tas", "", "BAGS", 0),
)  # fmt: skip


def customer(number: int, **facts: Any) -> TillCustomer:
    """A customer with little that matters."""
    at = NOW - timedelta(days=60 - number % 50)
    return TillCustomer(**{"id": number, "code": f"C{number}", "created_at": at, "exported_at": at, **facts})


CUSTOMERS = (
    customer(880123, source_id="WEB-4711", first_name="Els", surname="Peeters", email="els@example.be", gender="V",
             birth_date=date(1985, 2, 14), mobile="0470112233", card="2055500001", newsletter=True, group="VIP",
             shop_id=87, points=120, address=HOME),
    customer(880124, first_name="Jan", surname="Jansen", email="jan@example.nl", card="2055500002",
             points=30, shop_id=87),
    customer(880125, deleted_at=NOW - timedelta(days=2), source_id="WEB-1"),
    customer(880126, email="els@example.be", merged_into=880123, is_active=False),
)  # fmt: skip


def line(number: int, quantity: int = 1, cents: int = 1000, **facts: Any) -> TillLine:
    """A line that was paid in full."""
    return TillLine(number, 1, 1001, quantity, cents, facts.pop("standard_cents", cents), quantity * cents, **facts)


def sale(number: int, at: datetime, *lines: TillLine, **facts: Any) -> TillSale:
    """A receipt of the first shop, exported five minutes later."""
    return TillSale(number, 87, at.astimezone(LOCAL), at + timedelta(minutes=5), lines or (line(number * 10),), **facts)


SALES = (
    sale(7001, datetime(2026, 3, 1, 10, tzinfo=UTC), line(1, 2, 1999, standard_cents=2499), customer_id=880123,
         card="2055500001", email="els@example.be", vouchers=("NSD-1",)),
    sale(7002, datetime(2026, 3, 1, 22, 59, tzinfo=UTC), TillLine(2, 1, 1002, 3, 333, 333, 899, discount_cents=100)),
    sale(7003, datetime(2026, 3, 1, 23, 1, tzinfo=UTC), line(3, -1, 1999, returns_line=1), customer_id=880123),
    sale(7004, datetime(2026, 3, 5, 9, tzinfo=UTC), customer_id=880124, channel="ECOM", order_number="W-1"),
)  # fmt: skip
VOUCHERS = (
    TillVoucher(31, "GIFT-1", "giftvoucher", 5000, 2000, date(2026, 1, 1), date(2027, 1, 1), 880123, 87),
    TillVoucher(32, "SAME", "voucher", 0, 0, date(2026, 1, 1), None, 880124, 0, "used"),
    TillVoucher(33, "SAME", "voucher", 0, 0, date(2026, 1, 1), None, 880123, 0, "used"),
)
POINTS = (TillPoints(41, 880123, 120, NOW - timedelta(days=9), 87, 7001, 1200),)


def retailer(sales: Sequence[TillSale] = SALES) -> EmptyRetailer:
    """The retailer of these tests."""
    return EmptyRetailer(
        NOW, shops=SHOPS, articles=ARTICLES, till_customers=CUSTOMERS, till_sales=sales, till_vouchers=VOUCHERS,
        till_points=POINTS,
    )  # fmt: skip


def stand_in(clock: Clock | None = None, **settings: Any) -> Tilroy:
    """A stand-in of this retailer."""
    return Tilroy(retailer=settings.pop("retailer", None) or retailer(), clock=clock or Clock(), **settings)
