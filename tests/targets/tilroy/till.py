"""A till to write to, decisions to write, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Row
from targets.tilroy.api import Api
from targets.tilroy.delivery import Delivery
from targets.tilroy.terms import Terms
from tests.plugins.sandbox.tilroy.shop_floor import ask
from tests.targets.kept import Kept

ELS, JAN = "880123", "880124"


def consent(key: str = "c", operation: Any = "change", customer: str = ELS, **said: bool) -> Row:
    return Row(key, operation, customer, {"kind": "consent", "customer": customer, "consent": said})


def voucher(key: str = "v", operation: Any = "add", **facts: Any) -> Row:
    payload = {"kind": "voucher", "code": "RTD0001", "customer": ELS, "type": "giftvoucher", "full_minor": 1000,
               "open_minor": 1000, "currency": "EUR", "starts_on": "2026-03-10", "ends_on": "2027-03-10"}  # fmt: skip
    return Row(key, operation, "RTD0001", payload | facts)


def movement(points: int, key: str = "m", customer: str = ELS, **repeat: Any) -> Row:
    payload = {"kind": "movement", "customer": customer, "points": points, "reference": "burn:7"}
    return Row(key, "add", customer, payload | ({"repeat": repeat} if repeat else {}))


def erasure(key: str = "e", customer: str = ELS) -> Row:
    return Row(key, "erase", customer, {"kind": "customer", "customer": customer})


def order(key: str = "o", operation: Any = "add", since: str = "", **facts: Any) -> Row:
    """An order of a marketplace: two pieces of one sku, sent or (with `since`) sent again."""
    payload = {
        "kind": "order", "reference": "channable:830011", "number": "A2K8290LP8", "marketplace": "bol",
        "ordered_at": "2026-03-10T09:12:00.000000Z", "currency": "EUR", "total_minor": 15990, "shipping_minor": 0,
        "lines": [{"sku": "1001", "quantity": 2, "unit_minor": 7995}],
    }  # fmt: skip
    return Row(key, operation, "order:5d41402a", payload | facts | ({"repeat": {"since": since}} if since else {}))


def deliver(till: Tilroy, config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    outbox = outbox or Kept()
    Delivery(Api(config), outbox, Terms.of(config), clock=till.clock).deliver(rows)
    return outbox


def went(till: Tilroy) -> list[tuple[str, str, Any]]:
    """Give what went over the wire: method, path with query, and body."""
    calls = [each for each in till.calls if each.method != "GET"]
    return [
        (each.method, "?".join(filter(None, [each.path, each.query])), json.loads(each.body) if each.body else None)
        for each in calls
    ]


def notifications(till: Tilroy, customer: str = ELS) -> dict[str, bool]:
    told: dict[str, bool] = ask(till, f"/customerapi/production/customers/{customer}").body["notifications"]
    return told


def balance(till: Tilroy, customer: str = ELS) -> int:
    points: int = ask(till, f"/voucherapi/production/loyalty/balance?customerId={customer}").body["points"]
    return points


def vouchers(till: Tilroy, code: str = "RTD0001") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(till, f"/voucherapi/production/v2/vouchers?barcode={code}").body
    return found


def orders(till: Tilroy) -> list[dict[str, Any]]:
    """Give the orders that stand in the till, of all shops."""
    return [each.form for each in till.orders]


def pieces(till: Tilroy, sku: str = "1001", shop: int = 101) -> int:
    available: int = ask(till, f"/stockapi/production/stock?skuTilroyId={sku}&shopNumber={shop}").body[0]["qty"][
        "available"
    ]
    return available
