"""Delivering a batch: consent first, fields, stock and prices together, codes and erasures one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from plugins.wire.outbox import Outcome, Row
from targets.shopify.codes import Keeping
from targets.shopify.consents import Consenting
from targets.shopify.erasures import Erasing
from targets.shopify.payloads import Consent, Erasure, Meant, Points, Price, Stock, meant
from targets.shopify.points import Holding
from targets.shopify.prices import Pricing
from targets.shopify.stock import Counting
from targets.shopify.worth import Offer, Voucher

Kind = TypeVar("Kind", bound=Meant)

MALFORMED = Outcome("rejected", "malformed payload")


class Delivery(Consenting, Holding, Counting, Pricing, Keeping, Erasing):
    """Carries rows to one shop."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows: what was withdrawn first, so that nothing holds it up."""
        payloads = {row.key: meant(row) for row in rows}
        self._together(self.consent, Consent, rows, payloads)
        self._together(self.hold_points, Points, rows, payloads)
        self._together(self.count_in, Stock, rows, payloads)
        for row in rows:
            payload = payloads[row.key]
            if isinstance(payload, Voucher | Offer):
                self.keep_code(row, payload)
            elif isinstance(payload, Erasure):
                self.erase(row, payload)
            elif payload is None:
                self.settle(row, MALFORMED)
        self._together(self.price, Price, rows, payloads)
        self.between()

    def _together(
        self,
        carry: Callable[[Sequence[Row], Mapping[str, Kind]], None],
        kind: type[Kind],
        rows: Sequence[Row],
        payloads: Mapping[str, Meant | None],
    ) -> None:
        """Let rows of one kind be carried together."""
        own = {key: each for key, each in payloads.items() if isinstance(each, kind)}
        if own:
            carry([row for row in rows if row.key in own], own)
