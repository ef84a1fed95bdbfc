"""A shop that was resolved, and a client of its API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from werkzeug.test import Client, TestResponse

from plugins.api.app import App
from plugins.api.desk import Desk
from plugins.api.keys import SCOPES, Keys
from plugins.api.table import routes_over
from plugins.hub.meaning import Meaning
from plugins.hub.plans import Hub
from plugins.hub.resolve_command import resolve_store
from plugins.store.engine import Store
from plugins.store.tables import membership
from tests.making import clock_at, customer, keep, orders, person, reader, record, stored

KEY, CARD = "a key of the webshop", "2055000000978"
EVERYTHING = frozenset(SCOPES)
GIFT = {"code": "GIFT1", "kind": "giftvoucher", "status": "sold", "currency": "EUR", "amount_minor": 2500,
        "open_minor": 2500, "customer_id": "ann"}  # fmt: skip


def receipt(key: str, **fields: Any) -> dict[str, Any]:
    """Return a receipt of the till, of nobody unless it says so."""
    known = {"order_number": f"R-{key}", "channel": "store", "ordered_at": "2026-02-28T10:00:00+00:00", "is_paid": True,
             "currency": "EUR", "total_minor": 5000}  # fmt: skip
    return record("order", "till", key, **{**known, **fields})


def stocked(store: Store) -> None:
    """Fill a store: Ann shops at the till and on the web with one card; Bob and Cas have a card together."""
    keep(
        store, reader("ann", card=CARD), customer("ann", "till", card=CARD, email="ann@example.nl"),
        person("bob", card="77", first_name="Bob", last_name="Bos", initial="B", email="bob@example.nl"),
        person("cas", card="77", first_name="Cas", last_name="Dal", initial="C", email="cas@example.nl"),
        orders("ann"), receipt("1", customer_id="ann"), receipt("2", card=CARD), receipt("3"),
        record("voucher", "till", "v1", **GIFT),
    )  # fmt: skip


class Shop:
    """A store, who serves it, and a client with a key for everything."""

    def __init__(self, store: Store, meaning: Meaning) -> None:
        self.store, self.calls = store, 0
        self.hub = Hub(store, meaning, {}, clock_at(24 * 10), {})
        self.client = Client(self.app())

    @property
    def now(self) -> datetime:
        moment: datetime = self.hub.clock()
        return moment

    def app(self, keys: Keys | None = None) -> App:
        desk = Desk(self.store, self.hub.meaning.loyalty, lambda _: self.now)
        keys = keys or Keys({"webshop": KEY}, {"webshop": EVERYTHING})
        return App(desk, keys, routes_over(self.hub, self.store, lambda _: self.now))

    def resolve(self) -> None:
        resolve_store(self.hub)

    def later(self, **by: float) -> Hub:
        """Return the same hub with a clock that is so much further."""
        moment = self.now + timedelta(**by)
        return replace(self.hub, clock=lambda: moment)

    def who(self, name: str, source: str = "woocommerce") -> str:
        found = {(each["source"], each["source_id"]): each["profile_id"] for each in stored(self.store, membership)}
        return str(found[source, name])

    def get(self, path: str) -> tuple[int, Any]:
        return said(self.client.get(path, headers={"Authorization": f"Bearer {KEY}"}))

    def post(self, path: str, body: Mapping[str, Any], key: str = "") -> tuple[int, Any]:
        self.calls += 1
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key or f"call-{self.calls}"}
        return said(self.client.post(path, json=body, headers=headers))


def said(response: TestResponse) -> tuple[int, Any]:
    return response.status_code, json.loads(response.data)
