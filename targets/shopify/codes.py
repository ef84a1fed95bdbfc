"""Codes of ours, vouchers and offers: each is a discount that is made, changed or ended."""

from __future__ import annotations

from plugins.wire.outbox import Outcome, Row
from plugins.wire.recording import Recorded
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.answers import DONE, not_found_out
from targets.shopify.api import Api
from targets.shopify.customers import with_address
from targets.shopify.discounts import TAKEN, create, end, find, update
from targets.shopify.worth import Offer, Voucher

OTHER_CURRENCY = Outcome("rejected", "not the currency of the shop")
NOBODY = Outcome("rejected", "no customer with that address")


class Keeping(Recorded[Api]):
    """Keeps codes, one by one."""

    def keep_code(self, row: Row, code: Voucher | Offer) -> None:
        """Make, change or end the discount of a code."""
        try:
            if code.currency != self.api.currency:
                self.settle(row, OTHER_CURRENCY)
                return
            found = find(self.api, code.code)
            if not code.is_open:
                self._end(row, found and found.id)
                return
            whom = with_address(self.api, code.email) if code.email else None
            if code.email and whom is None:
                self.settle(row, NOBODY)
                return
            if found is None:
                made = self.call(create(code.code, code.discount(whom, [])), [row]).get(row.key)
                if made is None or made.is_final:
                    return
                found = find(self.api, code.code)
        except (LostError, RefusedError) as error:
            self.settle(row, not_found_out(error))
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
