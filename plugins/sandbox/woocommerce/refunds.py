"""Refunds: per order and in one flat list; a refund touches its order."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import act, route
from plugins.sandbox.woocommerce.answers import WooError, trash_not_supported
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.listing import DATED, ORDERBY, by_date, order_key, ordering, page, select
from plugins.sandbox.woocommerce.money import cents, text
from plugins.sandbox.woocommerce.order_lines import refund_line
from plugins.sandbox.woocommerce.orders import Orders, order_view
from plugins.sandbox.woocommerce.params import Param, Row, check_body, read_body, read_query
from plugins.sandbox.woocommerce.shop import V3, links

QUERY = {**DATED, **ordering("desc", "date", *ORDERBY), "parent": Param("integers", default=())}
BODY = {
    "amount": Param(),
    "reason": Param(),
    "refunded_by": Param("integer"),
    "line_items": Param("array"),
    "meta_data": Param("array"),
    "api_refund": Param("boolean"),
    "api_restock": Param("boolean"),
}
LINE = {"id": Param("integer"), "quantity": Param("integer")}
OF_ORDER = f"{V3}/orders/<int:order_id>/refunds"
ORDER_ID_PATTERN = r"orders/(?P<order_id>[\d]+)/refunds"  # the shop prints its own pattern in Location


class Refunds(Orders):
    """`/refunds` and `/orders/{id}/refunds`."""

    @route(f"{V3}/refunds")
    def list_refunds(self, request: Request) -> Response:
        query = read_query(request, QUERY)
        rows = self._refunds(query)
        if query["parent"]:
            rows = [row for row in rows if row["parent_id"] in query["parent"]]
        return page(request, rows, query, lambda row: flat_view(row, shop_url(request)))

    @route(OF_ORDER)
    def list_order_refunds(self, request: Request, order_id: int) -> Response:
        self.order(order_id)
        query = read_query(request, QUERY)
        rows = [row for row in self._refunds(query) if row["parent_id"] == order_id]
        return page(request, rows, query, lambda row: refund_view(row, shop_url(request)))

    @route(f"{OF_ORDER}/<int:number>")
    def show_refund(self, request: Request, order_id: int, number: int) -> Response:
        return self.shown(request, refund_view(self.refund(order_id, number), shop_url(request)))

    @route(OF_ORDER, "POST")
    def create_refund(self, request: Request, order_id: int) -> Response:
        row = self.add_refund(self.order(order_id), read_body(request))
        return self.made(request, refund_view(row, shop_url(request)), ORDER_ID_PATTERN)

    @route(f"{OF_ORDER}/<int:number>", "DELETE")
    def delete_refund(self, request: Request, order_id: int, number: int) -> Response:
        row = self.refund(order_id, number)
        if not check_body(read_body(request), {"force": Param("boolean")}).get("force"):
            raise trash_not_supported("Refunds")
        order = self.orders.rows[order_id]
        order["refunds"] = [each for each in order["refunds"] if each["id"] != number]
        self.touch(order)
        self.orders.changed()
        self.refunds.drop(number)
        return self.shown(request, refund_view(row, shop_url(request)))

    def refund(self, order_id: int, number: int) -> Row:
        """Return a refund of an order, or refuse."""
        row = self.refunds.rows.get(number)
        if row is None or row["parent_id"] != order_id:
            raise WooError("woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.", 404)
        return row

    def add_refund(self, order: Row, body: Row) -> Row:
        """Pay back a part or all; more than is left fails with a number where the error's data should be."""
        sent = check_body(body, BODY)
        asked = [(each, self._line(order, each)) for each in sent.get("line_items", [])]
        amount = cents(sent["amount"]) if "amount" in sent else sum(_net(each) + _tax(each) for each, _ in asked)
        left = cents(order["total"]) + sum(cents(each["total"]) for each in order["refunds"])
        if not 0 < amount <= left:
            raise WooError("woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", 500, data=500)
        row = blank_refund(self.new_id("posts"), order["id"], amount, sent.get("reason", ""))
        self.stamp(row, "date_created", self.clock())
        row["meta_data"].append(self.meta("_refund_type", "full" if amount == left else "partial"))
        for each, line in asked:
            self._give_back(row, line, each, sent.get("api_restock", True))
        self.book(order, row)
        if amount == left:
            order["status"] = "refunded"
        self.touch(order)
        self.happened("order.updated", lambda base: order_view(order, base))
        return row

    def book(self, order: Row, refund: Row) -> None:
        """Keep a refund, and name it on its order."""
        self.refunds.put(refund)
        paid_back = text(-cents(refund["amount"]))
        order["refunds"].append({"id": refund["id"], "reason": refund["reason"], "total": paid_back})
        self.orders.changed()

    def _give_back(self, refund: Row, line: Row, asked: Row, restock: bool) -> None:
        quantity = check_body(asked, LINE).get("quantity", 0)
        numbers = self.new_id("items"), self.new_id("meta")
        refund["line_items"].append(refund_line(*numbers, line, quantity, _net(asked), _tax(asked)))
        if restock and quantity:
            self.put_back(line, quantity)

    @staticmethod
    def _line(order: Row, asked: Row) -> Row:
        for line in order["line_items"]:
            if line["id"] == asked.get("id"):
                found: Row = line
                return found
        raise WooError("woocommerce_rest_invalid_line_item", "Invalid line item ID.")

    def _refunds(self, query: Row) -> list[Row]:
        rows = self.refunds.sorted(query["orderby"], query["order"], order_key(query["orderby"]))
        return by_date(select(rows, query), query, self.zone)

    @act
    def refund_order(self, order_id: str, amount: str, reason: str = "") -> None:
        """Let a clerk pay back a part of an order."""
        self.add_refund(self.order(int(order_id)), {"amount": amount, "reason": reason})


def blank_refund(number: int, order_id: int, amount: int, reason: str) -> Row:
    """Return a refund without lines."""
    lists = ("meta_data", "line_items", "shipping_lines", "tax_lines", "fee_lines")
    row: Row = {"id": number, "parent_id": order_id, "date_created": None, "date_created_gmt": None}
    row |= {"amount": text(amount), "reason": reason, "refunded_by": 1, "refunded_payment": False}
    return {**row, **{name: [] for name in lists}}


def flat_view(row: Row, base: str) -> Row:
    """Return a refund as the flat list shows it, with the number of its order."""
    path = f"orders/{row['parent_id']}"
    up = [{"href": f"{base}{V3}/{path}"}]
    return {**row, "_links": links(base, f"{path}/refunds", row["id"], up=up)}


def refund_view(row: Row, base: str) -> Row:
    """Return a refund as its order shows it."""
    return {name: value for name, value in flat_view(row, base).items() if name != "parent_id"}


def _net(asked: Row) -> int:
    return cents(asked.get("refund_total", 0))


def _tax(asked: Row) -> int:
    return sum(cents(each.get("refund_total", 0)) for each in asked.get("refund_tax", []))
