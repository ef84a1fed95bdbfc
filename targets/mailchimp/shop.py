"""Writing to the store, row by row: what products, orders and carts have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from plugins.wire.outbox import Outcome, Row
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError, not_found_out
from targets.mailchimp.api import Api
from targets.mailchimp.batches import KIND
from targets.mailchimp.calls import writing
from targets.mailchimp.payloads import Line, Trade
from targets.mailchimp.store import OTHER_CURRENCY, Store

NO_STORE = "no store; set store_id"
NO_PRODUCT = Outcome("rejected", "no product of it is in the store")
LEFT_OUT = Outcome("accepted", "without lines whose product is not in the store")


@dataclass
class ShopRows(Recorded[Api]):
    """Carries the rows of one kind to the store, where there is one."""

    store: Store | None = field(default=None, kw_only=True)
    is_back_fill = True
    """Whether many rows of this kind set automations off that are meant for what happens now."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows one by one, as the store takes them."""
        if self.store is None:
            self.drop(rows, NO_STORE)
            return
        try:
            amiss = self._amiss(self.store, len(rows)) if rows else ""
        except LostError as lost:
            for row in rows:
                self.settle(row, not_found_out(lost))
            return
        if amiss:
            self.drop(rows, amiss)
            return
        self._await(self.store)
        for row in rows:
            try:
                self.write(self.store, row)
            except (LostError, RefusedError) as error:
                self.settle(row, not_found_out(error))
        self.between()

    @abstractmethod
    def write(self, store: Store, row: Row) -> None:
        """Make the calls of one row; an error of a look-up may go up."""

    def _amiss(self, store: Store, rows: int) -> str:
        """Return why nothing can be written to the store, which is no fault of a row."""
        self.between()
        try:
            return store.open(rows if self.is_back_fill else 0)
        except RefusedError as refusal:
            return not_found_out(refusal).reason

    def _await(self, store: Store) -> None:
        """Learn which items went together, in this run or before, and are not there yet."""
        names = {name for each in self.outbox.staged() for name in each.rows.values()}
        store.awaited |= {name.removeprefix(KIND) for name in names}

    def goes(self, row: Row, step: Step) -> bool:
        """Make one call of a row that needs another one; tell whether that may follow."""
        outcome = self.call(step, [row]).get(row.key)
        return outcome is not None and not outcome.is_final

    def lines(self, store: Store, row: Row, trade: Trade) -> list[Line]:
        """Return the lines whose product the store has, as it refuses the others; with none the row is through."""
        if not store.takes(trade.currency):
            self.settle(row, OTHER_CURRENCY)
            return []
        lines = [each for each in trade.items if each.id in store.products]
        if any(each.id in store.awaited for each in trade.items if each not in lines):
            self.drop([row], "waits for its products")
            return []
        if not lines:
            self.settle(row, NO_PRODUCT)
        return lines

    def knows(self, store: Store, row: Row, customer: dict[str, Any]) -> bool:
        """Write the customer once in a run; tell whether the order or cart may follow."""
        key = customer["id"]
        if key in store.buyers:
            return True
        if self.goes(row, writing("PUT", store.of("customers", key), customer, is_last=False)):
            store.buyers.add(key)
            return True
        return False
