"""What becomes of an order in the shop: a clerk sends it, with a receipt, or cancels it."""

from __future__ import annotations

from plugins.sandbox.retailer import TillLine, TillSale
from plugins.sandbox.stand_in import act
from plugins.sandbox.tilroy.answers import LOCAL, Json, cents, utc
from plugins.sandbox.tilroy.clerk import LINES_PER_SALE, Clerk
from plugins.sandbox.tilroy.orders import Order, Orders, is_open

DISPATCHED, CANCELLED = "D", "C"


class Packing(Clerk, Orders):
    """What a person at a till does with orders; each is exported anew."""

    def _open(self, number: str) -> Order:
        found = next((order for order in self.orders if order.is_called(number) and order.is_open()), None)
        if found is None:
            raise LookupError("tilroy: no open order has this number or external reference")
        return found

    @act
    def dispatch_order(self, number: str, carrier: str = "", tracking_code: str = "", sku_id: str = "") -> None:
        """Send what is open of an order, or one sku of it, under a number of a carrier; the till makes a receipt."""
        order = self._open(number)
        sale = self._receipt(order, sku_id)
        self.sales.made.append(sale)
        self.dispatches.append(_dispatch(order, sale, utc(self.present()), carrier, tracking_code))
        self.close(
            order, DISPATCHED, sku_id, way={"code": carrier} if carrier else {}, dateCompleted=utc(self.present()),
            sale={"tilroyId": str(sale.id)},
        )  # fmt: skip

    @act
    def cancel_order(self, number: str, sku_id: str = "") -> None:
        """Cancel what is open of an order, or one sku of it; its pieces are back in stock."""
        order = self._open(number)
        self.take(order, 1, sku_id)
        self.close(order, CANCELLED, sku_id)

    @act
    def finish_order(self, number: str, status: str = "L") -> None:
        """Give every line of an order another letter, such as `L` (finished) or `S` (sold)."""
        found = next((order for order in self.orders if order.is_called(number)), None)
        if found is None:
            raise LookupError("tilroy: no order has this number or external reference")
        self.write(found, [{**line, "status": status} for line in found.form["lines"]])

    def _receipt(self, order: Order, sku_id: str) -> TillSale:
        number, present = self.sales.next_id(), self.present()
        sent = [line for line in order.form["lines"] if is_open(line, sku_id)]
        if not sent:
            raise LookupError("tilroy: nothing of this sku is open in the order")
        lines = (_sold(line, number * LINES_PER_SALE, place) for place, line in enumerate(sent, start=1))
        buyer = self.customers.get(order.customer_id) if order.customer_id else None
        return TillSale(
            number, order.shop_id, present.astimezone(LOCAL), present, tuple(lines), order.customer_id,
            card=buyer.till.card if buyer else "", email=buyer.till.email if buyer else "", channel="ECOM",
            order_number=order.form["orderNumber"], external_reference=order.form["externalReference"],
        )  # fmt: skip


def _dispatch(order: Order, sale: TillSale, at: str, carrier: str, tracking_code: str) -> Json:
    """Return what the service tells of something that was sent: one parcel, or none where there is no number."""
    url = f"https://track.example/{tracking_code}"
    parcel = {"tracking": {"code": tracking_code, "url": url}, "label": {"url": f"{url}.pdf"}}
    return {
        "sale": {"tilroyId": str(sale.id)},
        "order": {"orderNumber": order.form["orderNumber"]},
        "date": at,
        "method": {"id": "1", "code": carrier} if carrier else {},
        "parcels": [parcel] if tracking_code else [],
    }


def _sold(line: Json, first: int, place: int) -> TillLine:
    unit, quantity = cents(line["priceSell"], "priceSell"), line["quantity"]
    standard = cents(line["priceStandard"], "priceStandard")
    sku = int(line["product"]["sku"]["tilroyId"])
    return TillLine(first + place, place, sku, quantity, unit, standard, unit * quantity)
