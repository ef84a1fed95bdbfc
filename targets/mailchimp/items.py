"""Items of the range: each is a product of the store with one variant."""

from __future__ import annotations

from typing_extensions import override

from plugins.wire.outbox import Outcome, Row
from targets.mailchimp.calls import deleting, writing
from targets.mailchimp.payloads import Item, meant
from targets.mailchimp.shop import MALFORMED, ShopRows
from targets.mailchimp.store import OTHER_CURRENCY, Store

NO_TITLE = Outcome("rejected", "an item without title")
NO_PRICE = Outcome("rejected", "an item without a price that can be read")


class Items(ShopRows):
    """Carries items; no automation is set off by one."""

    is_back_fill = False

    @override
    def write(self, store: Store, row: Row) -> None:
        item = meant(row, Item)
        if item is None:
            self.settle(row, MALFORMED)
        elif row.operation == "remove":
            self._remove(store, row, item)
        elif refusal := _refusal(store, item):
            self.settle(row, refusal)
        elif item.id in store.products:
            self._change(store, row, item)
        else:
            self._add(store, row, item)

    def _add(self, store: Store, row: Row, item: Item) -> None:
        body = {"id": item.id, **item.product(), "variants": [item.variant()]}
        outcome = self.call(writing("POST", store.of("products"), body), [row]).get(row.key)
        if outcome and outcome.state == "accepted":
            store.products.add(item.id)

    def _change(self, store: Store, row: Row, item: Item) -> None:
        """Change the product and then its variant: a variant inside a product has no id to know it by."""
        path = store.of("products", item.id)
        if self.goes(row, writing("PATCH", path, item.product(), is_last=False)):
            variant = store.of("products", item.id, "variants", item.id)
            self.call(writing("PUT", variant, item.variant()), [row])

    def _remove(self, store: Store, row: Row, item: Item) -> None:
        self.call(deleting(store.of("products", item.id)), [row])
        store.products.discard(item.id)


def _refusal(store: Store, item: Item) -> Outcome | None:
    if not item.fields.get("title"):
        return NO_TITLE
    if item.price is None:
        return NO_PRICE
    return None if store.takes(item.price[1]) else OTHER_CURRENCY
