"""Purchases: each is an order of the store."""

from __future__ import annotations

from typing_extensions import override

from plugins.wire.outbox import Outcome, Row
from plugins.wire.payload import MALFORMED, read
from targets.mailchimp.calls import DONE, writing
from targets.mailchimp.payloads import Purchase
from targets.mailchimp.shop import LEFT_OUT, ShopRows
from targets.mailchimp.store import Store

THERE = Outcome("accepted", "there already")


class Purchases(ShopRows):
    """Carries purchases; one that is there already is not written again."""

    @override
    def write(self, store: Store, row: Row) -> None:
        bought = read(Purchase, row) if row.operation == "add" else None
        if bought is None:
            self.settle(row, MALFORMED)
        elif lines := self.lines(store, row, bought):
            if store.has_order(bought.reference):
                self.settle(row, THERE)
            elif self.knows(store, row, bought.customer):
                met = DONE if len(lines) == len(bought.items) else LEFT_OUT
                self.call(writing("POST", store.of("orders"), bought.body(lines), met), [row])
