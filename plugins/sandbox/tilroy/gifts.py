"""Gift vouchers over the counter: sold to a customer, and paid with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from plugins.sandbox.retailer import TillVoucher
from plugins.sandbox.stand_in import act
from plugins.sandbox.tilroy.answers import LOCAL
from plugins.sandbox.tilroy.clerk import Clerk
from plugins.sandbox.tilroy.loyalty import Extras
from plugins.sandbox.tilroy.vouchers import Vouchers

LASTS = timedelta(days=1095)


class Gifts(Clerk, Vouchers):
    """What a person at a till does with gift vouchers."""

    @act
    def issue_voucher(self, customer_id: str, shop_id: str, cents: str, barcode: str, ends_on: str = "") -> None:
        """Sell a gift voucher to a customer; it lasts three years unless another last day is given."""
        owner, shop, today = self._somebody(customer_id).till, self.shops.get(int(shop_id)), self.present()
        if shop is None or self._voucher(barcode):
            raise LookupError(f"tilroy: no shop '{shop_id}', or the barcode is on another voucher")
        starts = today.astimezone(LOCAL).date()
        ends = date.fromisoformat(ends_on) if ends_on else starts + LASTS
        number, worth = self._next_voucher(), int(cents)
        facts = TillVoucher(
            number, barcode, "giftvoucher", worth, worth, starts, ends, owner.id, shop.id, changed_at=today
        )
        self.changed_vouchers[number] = facts, Extras(str(number % 1000))

    @act
    def use_voucher(self, barcode: str, shop_id: str, sku_id: str, unit_cents: str, customer_id: str = "") -> None:
        """Sell one piece of a sku and let a voucher pay for it, as far as it goes."""
        known = self._voucher(barcode)
        if known is None:
            raise LookupError("tilroy: no voucher has this barcode")
        self.sell(customer_id, shop_id, sku_id, "1", unit_cents)
        self.sales.made[-1] = replace(self.sales.made[-1], vouchers=(barcode,))
        voucher, extras = known
        left = max(0, voucher.open_cents - int(unit_cents))
        self.changed_vouchers[voucher.id] = replace(voucher, open_cents=left, changed_at=self.present()), extras
