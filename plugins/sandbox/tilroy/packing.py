"""What becomes of an order in the shop: a clerk sends it, with a receipt, or cancels it."""

from __future__ import annotations

from plugins.sandbox.retailer import TillLine, TillSale
from plugins.sandbox.stand_in import act
from plugins.sandbox.tilroy.answers import LOCAL, Json, cents, utc
from plugins.sandbox.tilroy.clerk import LINES_PER_SALE, Clerk
from plugins.sandbox.tilroy.orders import OPEN, Order, Orders

DISPATCHED, CANCELLED = "D", "C"


class Packing(Clerk, Orders):
    """What a person at a till does with orders; each is exported anew."""

    def _open(self, number: str) -> Order:
        found = next((order for order in self.orders if order.is_called(number) and order.is_open()), None)
        if found is None:
            raise LookupError("tilroy: no open order has this number or external reference")
        return found

    @act
    def dispatch_order(self, number: str) -> None:
        """Send what is open of an order, by its number or external reference; the till makes a receipt of it."""
        order = self._open(number)
        sale = self._receipt(order)
        self.sales.made.append(sale)
        self.close(order, DISPATCHED, dateCompleted=utc(self.present()), sale={"tilroyId": str(sale.id)})

    @act
    def cancel_order(self, number: str) -> None:
        """Cancel what is open of an order, by its number or external reference; its pieces are back in stock."""
        order = self._open(number)
        self.take(order, 1)
        self.close(order, CANCELLED)

    def _receipt(self, order: Order) -> TillSale:
        number, present = self.sales.next_id(), self.present()
        sent = [line for line in order.form["lines"] if line["status"] == OPEN]
        lines = (_sold(line, number * LINES_PER_SALE, place) for place, line in enumerate(sent, start=1))
        buyer = self.customers.get(order.customer_id) if order.customer_id else None
        return TillSale(
            number, order.shop_id, present.astimezone(LOCAL), present, tuple(lines), order.customer_id,
            card=buyer.till.card if buyer else "", email=buyer.till.email if buyer else "", channel="ECOM",
            order_number=order.form["orderNumber"], external_reference=order.form["externalReference"],
        )  # fmt: skip


def _sold(line: Json, first: int, place: int) -> TillLine:
    unit, quantity = cents(line["priceSell"], "priceSell"), line["quantity"]
    standard = cents(line["priceStandard"], "priceStandard")
    sku = int(line["product"]["sku"]["tilroyId"])
    return TillLine(first + place, place, sku, quantity, unit, standard, unit * quantity)
