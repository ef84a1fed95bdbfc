"""Delivering a batch: consent, fields and stock together, codes and erasures one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from plugins.wire.outbox import Outcome, Row
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.api import Said
from targets.shopify.mutations import DONE, TAKEN, create, delete, end, forget, hold, say, update
from targets.shopify.payloads import Consent, Erasure, Meant, Offer, Points, Stock, Voucher, meant
from targets.shopify.stock import Counting

Kind = TypeVar("Kind", bound=Meant)

CUSTOMERS_PER_CALL = 12
"""They have as many metafields as Shopify takes in one call."""
MALFORMED = Outcome("rejected", "malformed payload")
OTHER_CURRENCY = Outcome("rejected", "not the currency of the shop")
NOBODY = Outcome("rejected", "no customer with that address")
SAID_NO = Outcome("rejected", "withdrawn there since")
NO_CUSTOMER = Outcome("rejected", "no such customer")


class Delivery(Counting):
    """Carries rows to one shop."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows: what was withdrawn first, so that nothing holds it up."""
        payloads = {row.key: meant(row) for row in rows}
        said = _of(Consent, payloads)
        self._say([row for row in rows if row.key in said and not said[row.key].grants], said)
        self._grant([row for row in rows if row.key in said and said[row.key].grants], said)
        points = _of(Points, payloads)
        self._hold([row for row in rows if row.key in points], points)
        stock = _of(Stock, payloads)
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

    def _say(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        named = [row for row in rows if any(each is not None for each in payloads[row.key].consent.values())]
        for row in rows:
            if row not in named:
                self.settle(row, DONE)
        self.carry(lambda some: say({row.key: payloads[row.key] for row in some}), named, CUSTOMERS_PER_CALL)

    def _grant(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        """Write a yes where the shop does not have it, and never over a no that is newer than it."""
        for first in range(0, len(rows), CUSTOMERS_PER_CALL):
            self._grant_together(rows[first : first + CUSTOMERS_PER_CALL], payloads)

    def _grant_together(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        try:
            held = self.api.said([payloads[row.key].customer for row in rows])
        except (LostError, RefusedError) as error:
            for row in rows:
                self.settle(row, _not_found_out(error))
            return
        wanted: dict[str, Consent] = {}
        for row, there in zip(rows, held, strict=True):
            payload = payloads[row.key]
            outcome = _met(payload, there)
            if outcome is None and there is not None:
                wanted[row.key] = payload.model_copy(update={"consent": _missing(payload, there)})
            else:
                self.settle(row, outcome or NO_CUSTOMER)
        self._say([row for row in rows if row.key in wanted], wanted)

    def _hold(self, rows: Sequence[Row], payloads: Mapping[str, Points]) -> None:
        self.carry(lambda some: hold(payloads, is_alone=len(some) == 1), rows, CUSTOMERS_PER_CALL)

    def _keep(self, row: Row, code: Voucher | Offer) -> None:
        """Make, change or end the discount of a code."""
        try:
            if code.currency != self.api.currency:
                self.settle(row, OTHER_CURRENCY)
                return
            found = self.api.discount(code.code)
            if not code.is_open:
                self._end(row, found and found.id)
                return
            whom = self.api.customer(code.email) if code.email else None
            if code.email and whom is None:
                self.settle(row, NOBODY)
                return
            if found is None:
                made = self.call(create(code.code, code.discount(whom, [])), [row]).get(row.key)
                if made is None or made.is_final:
                    return
                found = self.api.discount(code.code)
        except (LostError, RefusedError) as error:
            self.settle(row, _not_found_out(error))
            return
        if found is None:
            self.settle(row, Outcome("rejected", TAKEN))
        else:
            others = [each for each in found.customers if each != whom]
            self.call(update(found.id, code.discount(whom, others)), [row])

    def _end(self, row: Row, key: str | None) -> None:
        if key is None:  # a code that is over and was never there
            self.settle(row, DONE)
        else:
            self.call(end(key), [row])

    def _erase(self, row: Row, erasure: Erasure) -> None:
        """Delete who never ordered; of others Shopify keeps the orders, and erases the person when it may."""
        try:
            orders = self.api.orders(erasure.customer)
        except (LostError, RefusedError) as error:
            self.settle(row, _not_found_out(error))
            return
        if orders is None:
            self.settle(row, DONE)
            return
        if orders == 0:
            outcome = self.call(delete(erasure.customer), [row]).get(row.key)
            if outcome is None or outcome.is_final:
                return
        self.call(forget(erasure.customer), [row])


def _of(kind: type[Kind], payloads: Mapping[str, Any]) -> dict[str, Kind]:
    return {key: each for key, each in payloads.items() if isinstance(each, kind)}


def _met(payload: Consent, there: Mapping[str, Said] | None) -> Outcome | None:
    """Return what is known of a row without a call: who said no since, and who has it all already."""
    if there is None:
        return NO_CUSTOMER
    yes = [channel for channel, said in payload.consent.items() if said]
    if any(_is_newer(there[channel], payload.at) for channel in yes):
        return SAID_NO
    return None if any(said is not None for said in _missing(payload, there).values()) else DONE


def _missing(payload: Consent, there: Mapping[str, Said]) -> dict[Any, bool | None]:
    """Return what the shop does not have; writing a yes again would wipe out how the person gave theirs."""
    return {
        channel: None if said and there[channel].state == "SUBSCRIBED" else said
        for channel, said in payload.consent.items()
    }


def _is_newer(held: Said, at: str | None) -> bool:
    if held.state == "REDACTED":
        return True
    if held.state != "UNSUBSCRIBED" or not held.at or not at:
        return False
    return datetime.fromisoformat(held.at) > datetime.fromisoformat(at)


def _not_found_out(error: Exception) -> Outcome:
    return Outcome("rejected" if isinstance(error, RefusedError) else "unknown", f"look-up: {error}")
