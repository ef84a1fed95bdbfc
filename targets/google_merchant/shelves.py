"""Delivering what shops have: one item of one shop a call, each the whole of what is said of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.google_merchant.api import NO_ITEM, NO_STORE, NOT_THERE, Api
from targets.google_merchant.delivery import MALFORMED, NOT_NAMED, TAKEN, Place
from targets.google_merchant.forms import Form, period, price, said
from targets.google_merchant.payloads import Shelf, meant

ATTRIBUTES: dict[str, tuple[str, Form]] = {
    "price": ("price", price), "sale_price": ("salePrice", price), "sale_dates": ("salePriceEffectiveDate", period),
}  # fmt: skip


@dataclass
class Shelves(Recorded[Api]):
    """Carries what the shops have of items that are in one data source."""

    into: Place = field(kw_only=True)
    strange: set[str] = field(default_factory=set)
    """Store codes that Google does not know: it is asked once."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        self.api.learn_pace()
        for row in rows:
            shelf = meant(row, Shelf)
            if shelf is None or (shelf.quantity is None and row.operation != "remove"):
                self.refuse({row.key: MALFORMED})
            elif shelf.store in self.strange:
                self.drop([row], NO_STORE)
            else:
                self._carry_one(row, shelf)
        self.between()

    def _carry_one(self, row: Row, shelf: Shelf) -> None:
        step = self._out(shelf) if row.operation == "remove" else self._in(shelf)
        if any(each.reason == NO_STORE for each in self.call(step, [row]).values()):
            self.strange.add(shelf.store)

    def _in(self, shelf: Shelf) -> Step:
        body = {"storeCode": shelf.store, "localInventoryAttributes": attributes_of(shelf)}
        sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        call = Call("POST", f"{self._path(shelf)}:insert", sent)
        return Step(lambda _: call, _judged, later=(NO_ITEM, NO_STORE))

    def _out(self, shelf: Shelf) -> Step:
        call = Call("DELETE", f"{self._path(shelf)}/{quote(shelf.store, safe='')}", b"")
        return Step(lambda _: call, lambda _answer, _row: TAKEN, done=NOT_THERE)

    def _path(self, shelf: Shelf) -> str:
        return f"/inventories/v1/{self.api.account}/products/{self.into.name(shelf.offer)}/localInventories"


def attributes_of(shelf: Shelf) -> dict[str, Any]:
    """Return what is said of an item in a shop: nothing left is out of stock."""
    told = {name: getattr(shelf, name) for name in ATTRIBUTES}
    return {
        "availability": "IN_STOCK" if shelf.quantity else "OUT_OF_STOCK", "quantity": str(shelf.quantity),
        **said(told, ATTRIBUTES),
    }  # fmt: skip


def _judged(answer: Any, _row: Row) -> Outcome:
    return TAKEN if answer.get("storeCode") else NOT_NAMED
