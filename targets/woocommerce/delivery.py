"""Delivering a batch: customers and stock together, halved where one row spoils it; codes and erasures one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from plugins.wire.outbox import Outcome, Row
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError, not_found_out
from targets.woocommerce.calls import TAKEN, blank, create, delete, hold, update
from targets.woocommerce.payloads import Consent, Erasure, Offer, Points, Stock, Voucher, meant
from targets.woocommerce.stock import Counting

SHOPS = ZoneInfo("Europe/Amsterdam")
"""Whose day it is: a voucher is good from its first business day on."""
MALFORMED = Outcome("rejected", "malformed payload")
OTHER_CURRENCY = Outcome("rejected", "not the currency of the shop")


@dataclass
class Delivery(Counting):
    """Carries rows to one shop."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows: fields of customers first, so that no voucher or erasure holds up a withdrawal."""
        payloads = {row.key: meant(row) for row in rows}
        held = {key: each for key, each in payloads.items() if isinstance(each, Consent | Points)}
        self._hold([row for row in rows if row.key in held], held)
        stock = {key: each for key, each in payloads.items() if isinstance(each, Stock)}
        self.count_in([row for row in rows if row.key in stock], stock)
        for row in rows:
            payload = payloads[row.key]
            if isinstance(payload, Voucher | Offer):
                self._keep(row, payload)
            elif isinstance(payload, Erasure):
                self._erase(row, payload)
            elif payload is None:
                self.settle(row, MALFORMED)
        self.between()

    def _hold(self, rows: Sequence[Row], payloads: Mapping[str, Consent | Points]) -> None:
        self.carry(lambda _: hold(payloads), rows)

    def _keep(self, row: Row, voucher: Voucher | Offer) -> None:
        """Make or change the coupon of a code; one that starts later waits, as the shop knows no first day."""
        if voucher.starts_on and voucher.starts_on > self.clock().astimezone(SHOPS).date():
            self.drop([row], "starts later")
            return
        try:
            if voucher.currency != self.api.currency:
                self.settle(row, OTHER_CURRENCY)
                return
            coupon = self.api.coupon(voucher.code)
            if coupon is None:
                made = self.call(create(voucher), [row]).get(row.key)
                if made is None or made.is_final:
                    return
                coupon = self.api.coupon(voucher.code)
        except (LostError, RefusedError) as error:
            self.settle(row, not_found_out(error))
            return
        if coupon is None:
            self.settle(row, Outcome("rejected", TAKEN))
        else:
            self.call(update(voucher, coupon), [row])

    def _erase(self, row: Row, erasure: Erasure) -> None:
        """Blank the orders, then delete the account: without it nobody would find them again."""
        try:
            orders = self.api.orders(erasure.customer)
        except (LostError, RefusedError) as error:
            self.settle(row, not_found_out(error))
            return
        refusal = ""
        for order in orders:
            outcome = self.call(blank(order), [row]).get(row.key)
            if outcome is None or outcome.is_final:
                return
            if outcome.state == "rejected":  # one order must not keep the others
                refusal = outcome.reason
        if refusal:
            self.settle(row, Outcome("rejected", f"an order keeps its address: {refusal}"))
        else:
            self.call(delete(erasure.customer), [row])
