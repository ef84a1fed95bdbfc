"""Items of the range: each is a product of the store with one variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from plugins.wire.outbox import Call, Outcome, Row, Staged
from plugins.wire.payload import MALFORMED, read
from targets.mailchimp.batches import ROWS_PER_CALL, became, together
from targets.mailchimp.calls import call, making
from targets.mailchimp.payloads import Item
from targets.mailchimp.shop import ShopRows
from targets.mailchimp.store import OTHER_CURRENCY, Store

MANY = 25
"""So many items go together, and the vendor says later what became of each; fewer go one by one."""
NO_TITLE = Outcome("rejected", "an item without title")
NO_PRICE = Outcome("rejected", "an item without a price that can be read")


@dataclass
class Items(ShopRows):
    """Carries items; no automation is set off by one."""

    is_back_fill = False
    _together: dict[str, tuple[Row, Item, list[Call]]] | None = field(default=None, init=False)
    """By item what goes together; None where rows go one by one."""

    @override
    def deliver(self, rows: Sequence[Row]) -> None:
        self._together = {} if len(rows) >= MANY else None
        super().deliver(rows)
        if self.store is not None and self._together:
            self._send(self.store, list(self._together.values()))

    def became(self, staged: Staged) -> Mapping[str, Outcome] | None:
        """Return what became of items that went together, None while nobody knows."""
        return became(self.api, staged)

    @override
    def write(self, store: Store, row: Row) -> None:
        item = read(Item, row)
        if item is None:
            self.settle(row, MALFORMED)
        elif refusal := _refusal(store, row, item):
            self.settle(row, refusal)
        elif self._together is None:
            self._write(store, row, item)
        elif item.id in self._together:
            self.drop([row], "waits for an earlier row about it")
        else:
            self._together[item.id] = (row, item, _calls(store, row, item))

    def _write(self, store: Store, row: Row, item: Item) -> None:
        *before, last = _calls(store, row, item)
        if all(self.goes(row, making(each, is_last=False)) for each in before):
            outcome = self.call(making(last), [row]).get(row.key)
            if outcome and outcome.state == "accepted":
                (store.products.discard if row.operation == "remove" else store.products.add)(item.id)

    def _send(self, store: Store, items: Sequence[tuple[Row, Item, list[Call]]]) -> None:
        step = together({row.key: calls for row, _, calls in items})
        self.carry(lambda _: step, [row for row, _, _ in items], ROWS_PER_CALL)
        store.awaited |= {item.id for _, item, _ in items}


def _calls(store: Store, row: Row, item: Item) -> list[Call]:
    """Return the calls of one item: a variant inside a known product has no id to know it by, and goes by itself."""
    products, product = store.of("products"), store.of("products", item.id)
    if row.operation == "remove":
        return [Call("DELETE", product, b"")]
    if item.id not in store.products:
        return [call(products, {"id": item.id, **item.product(), "variants": [item.variant()]})]
    variant = store.of("products", item.id, "variants", item.id)
    return [call(product, item.product(), "PATCH"), call(variant, item.variant(), "PUT")]


def _refusal(store: Store, row: Row, item: Item) -> Outcome | None:
    if row.operation == "remove":
        return None
    if not item.fields.get("title"):
        return NO_TITLE
    if item.price is None:
        return NO_PRICE
    return None if store.takes(item.price[1]) else OTHER_CURRENCY
