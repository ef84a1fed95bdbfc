"""Baskets that wait: each is a cart of the store, until it is over."""

from __future__ import annotations

from typing_extensions import override

from plugins.wire.outbox import Row
from plugins.wire.payload import MALFORMED, read
from targets.mailchimp.calls import DONE, deleting, writing
from targets.mailchimp.payloads import Basket, BasketGone, Line
from targets.mailchimp.shop import LEFT_OUT, ShopRows
from targets.mailchimp.store import Store


class Baskets(ShopRows):
    """Carries baskets."""

    @override
    def write(self, store: Store, row: Row) -> None:
        if row.operation == "remove":
            self._remove(store, row, read(BasketGone, row))
            return
        basket = read(Basket, row)
        if basket is None:
            self.settle(row, MALFORMED)
        elif lines := self.lines(store, row, basket):
            self._hold(store, row, basket, lines)

    def _hold(self, store: Store, row: Row, basket: Basket, lines: list[Line]) -> None:
        """Make the cart; one that is there is made anew, as a change of it has no word for a line that went."""
        if not self.knows(store, row, basket.customer):
            return
        key = basket.reference
        if key in store.carts:
            if not self.goes(row, deleting(store.of("carts", key), is_last=False)):
                return
            del store.carts[key]
        met = DONE if len(lines) == len(basket.items) else LEFT_OUT
        outcome = self.call(writing("POST", store.of("carts"), basket.body(lines), met), [row]).get(row.key)
        if outcome and outcome.state != "rejected":  # of an answer that was lost, too: it may be there
            store.carts[key] = basket.customer["id"]

    def _remove(self, store: Store, row: Row, gone: BasketGone | None) -> None:
        if gone is None:
            self.settle(row, MALFORMED)
            return
        self.call(deleting(store.of("carts", gone.reference)), [row])
        store.carts.pop(gone.reference, None)
