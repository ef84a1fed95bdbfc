"""Orders: guests and customers, drafts that a refused coupon leaves behind, and a trash that stays in the list."""

from __future__ import annotations

import string

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import act, route
from plugins.sandbox.woocommerce.answers import WooError
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.baskets import Baskets
from plugins.sandbox.woocommerce.listing import DATED, ORDERBY, by_date, order_key, ordering, page, select
from plugins.sandbox.woocommerce.order_lines import blank_order
from plugins.sandbox.woocommerce.params import Param, Row, check_body, read_body, read_query
from plugins.sandbox.woocommerce.shop import EDITING, V3, links

EDITABLE = ("pending", "on-hold", "auto-draft")
SETTABLE = (
    *("auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"),
    "checkout-draft",
)
PAID = ("processing", "completed")
QUERY = {
    **DATED,
    **ordering("desc", "date", *ORDERBY),
    "status": Param("array", enum=("any", "trash", *SETTABLE), default=("any",)),
    "customer": Param("integer"),
    "product": Param("integer"),
    "parent": Param("integers", default=()),
}
TEXTS = ("customer_note", "payment_method", "payment_method_title", "transaction_id", "created_via")
BODY = {
    "status": Param(enum=SETTABLE),
    **{name: Param() for name in TEXTS},
    "customer_id": Param("integer"),
    **{name: Param("address or nobody") for name in ("billing", "shipping")},
    **{name: Param("array") for name in ("meta_data", "line_items", "shipping_lines", "fee_lines", "coupon_lines")},
    "set_paid": Param("boolean"),
}
NOTE = {"note": Param(), "customer_note": Param("boolean")}


class Orders(Baskets):
    """`/orders`, their trash and their notes."""

    @route(f"{V3}/orders")
    def list_orders(self, request: Request) -> Response:
        query = read_query(request, QUERY)
        ordered = self.orders.sorted(query["orderby"], query["order"], order_key(query["orderby"]))
        rows = by_date(select(ordered, query), query, self.zone)
        if "any" not in query["status"]:
            rows = [row for row in rows if row["status"] in query["status"]]
        if query["customer"] is not None:
            rows = [row for row in rows if row["customer_id"] == query["customer"]]
        if query["product"] is not None:
            sold = {"product_id", "variation_id"}
            rows = [
                row for row in rows if any(query["product"] == line[key] for line in row["line_items"] for key in sold)
            ]
        if query["parent"]:
            rows = [row for row in rows if row["parent_id"] in query["parent"]]
        if word := query["search"].lower():
            rows = [row for row in rows if word in _searched(row)]
        return page(request, rows, query, lambda row: order_view(row, shop_url(request)))

    @route(f"{V3}/orders", "POST")
    def create_order(self, request: Request) -> Response:
        row = self.add_order(read_body(request))
        return self.made(request, order_view(row, shop_url(request)), "orders")

    @route(f"{V3}/orders/<int:number>")
    def show_order(self, request: Request, number: int) -> Response:
        return self.shown(request, order_view(self.order(number), shop_url(request)))

    @route(f"{V3}/orders/<int:number>", *EDITING)
    def update_order(self, request: Request, number: int) -> Response:
        row = self.change_order(self.order(number, 400), read_body(request))
        return self.shown(request, order_view(row, shop_url(request)))

    @route(f"{V3}/orders/<int:number>", "DELETE")
    def delete_order(self, request: Request, number: int) -> Response:
        force = check_body(read_body(request), {"force": Param("boolean")}).get("force", False)
        return self.shown(request, self._remove_order(self.order(number), force, shop_url(request)))

    @route(f"{V3}/orders/batch", *EDITING)
    def batch_orders(self, request: Request) -> Response:
        base = shop_url(request)
        return self.batch(
            request,
            lambda body: order_view(self.add_order(body), base),
            lambda number, body: order_view(self.change_order(self.order(number, 400), body), base),
            lambda number: self._remove_order(self.order(number), True, base),
        )

    @route(f"{V3}/orders/<int:order_id>/notes", "POST")
    def create_note(self, request: Request, order_id: int) -> Response:
        self.order(order_id)
        sent = check_body(read_body(request), NOTE, ("note",))
        row: Row = {"id": self.new_id("comments"), "author": "WooCommerce"}
        self.stamp(row, "date_created", self.clock())
        row |= {"note": sent["note"], "customer_note": sent.get("customer_note", False)}
        self.notes.put({**row, "order_id": order_id})
        return self.made(request, _note_view(row, order_id, shop_url(request)), f"orders/{order_id}/notes")

    @route(f"{V3}/orders/<int:order_id>/notes")
    def list_notes(self, request: Request, order_id: int) -> Response:
        self.order(order_id)
        rows = [row for row in self.notes.rows.values() if row["order_id"] == order_id]
        query: Row = {"page": 1, "per_page": max(len(rows), 1), "offset": None}
        return page(request, rows[::-1], query, lambda row: _note_view(row, order_id, shop_url(request)))

    def order(self, number: int, status: int = 404) -> Row:
        """Return the order of that number, or refuse."""
        if number not in self.orders.rows:
            raise WooError("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", status)
        return self.orders.rows[number]

    def add_order(self, body: Row) -> Row:
        """Make an order; a coupon that may not be used leaves it behind as a draft."""
        sent = check_body(body, BODY)
        if (customer_id := sent.get("customer_id", 0)) and customer_id not in self.users.rows:
            raise WooError("woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
        lines = [self.wanted(each) for each in sent.get("line_items", [])]
        key = "".join(self.random.choices(string.ascii_letters + string.digits, k=13))
        row = blank_order(self.new_id("posts"), customer_id, key)
        self.stamp(row, "date_created", self.clock())
        self.fill(row, lines, sent.get("shipping_lines", []))
        self._write(row, {name: value for name, value in sent.items() if name != "status"})
        self.touch(row)
        self.orders.put(row)
        try:
            self.discount(row, [str(each.get("code", "")) for each in sent.get("coupon_lines", [])])
        except WooError as refused:
            row["status"] = "checkout-draft"
            raise WooError(refused.code, refused.message, new_draft_order_id=row["id"]) from None
        self._become(row, str(sent.get("status", "pending")), sent.get("set_paid", False))
        self.orders.put(row)
        self.happened("order.created", lambda base: order_view(row, base))
        return row

    def change_order(self, row: Row, body: Row) -> Row:
        """Change the fields that were sent and leave the others."""
        sent = check_body(body, BODY)
        self._write(row, sent)
        self._become(row, str(sent.get("status", row["status"])), sent.get("set_paid", False))
        self.touch(row)
        self.orders.put(row)
        self.happened("order.updated", lambda base: order_view(row, base))
        return row

    def _write(self, row: Row, sent: Row) -> None:
        row.update({name: sent[name] for name in (*TEXTS, "customer_id") if name in sent})
        for kind in ("billing", "shipping"):
            row[kind].update({name: value for name, value in sent.get(kind, {}).items() if name in row[kind]})
        self.merge_meta(row, sent.get("meta_data", []))

    def _become(self, row: Row, status: str, set_paid: bool) -> None:
        if set_paid and status in ("pending", "on-hold"):
            status = "processing"
        now = self.clock()
        if (set_paid or status in PAID) and not row["date_paid"]:
            self.stamp(row, "date_paid", now)
        if status == "completed" and row["status"] != "completed":
            self.stamp(row, "date_completed", now)
            if customer := self.users.rows.get(row["customer_id"]):
                customer["is_paying_customer"] = True
        was, row["status"] = row["status"], status
        if status != was and status in (*PAID, "on-hold"):
            self.take_from_stock(row)

    def _remove_order(self, row: Row, force: bool, base: str) -> Row:
        shown = order_view(row, base)
        if force:
            self.orders.drop(row["id"])
            for refund in [each for each in self.refunds.rows.values() if each["parent_id"] == row["id"]]:
                self.refunds.drop(refund["id"])
        elif row["status"] != "trash":
            moment = str(int(self.clock().timestamp()))
            was = {"_wp_trash_meta_status": f"wc-{row['status']}", "_wp_trash_meta_time": moment}
            row["meta_data"] = [*row["meta_data"], *(self.meta(key, value) for key, value in was.items())]
            row["status"] = "trash"
            self.touch(row)
            self.orders.put(row)
        self.happened("order.deleted", lambda _: {"id": row["id"]})
        return shown

    @act
    def place_order(
        self, sku: str, email: str, quantity: str = "1", customer_id: str = "0", coupon: str = "", **address: str
    ) -> None:
        """Let someone buy one article and pay; further words (first_name, city, phone) go to billing."""
        article = self.with_sku(sku)
        line = {"product_id": article["parent_id"] or article["id"], "quantity": int(quantity)}
        if article["parent_id"]:
            line["variation_id"] = article["id"]
        body: Row = {"line_items": [line], "billing": {"email": email, **address}, "customer_id": int(customer_id)}
        body |= {"coupon_lines": [{"code": coupon}]} if coupon else {}
        row = self.add_order({**body, "status": "processing", "set_paid": True})
        row["created_via"] = "checkout"

    @act
    def set_order_status(self, order_id: str, status: str) -> None:
        """Let a clerk move an order on."""
        self.change_order(self.order(int(order_id)), {"status": status})

    @act
    def set_order_meta(self, order_id: str, key: str, value: str) -> None:
        """Let a plugin write a field of an order."""
        self.change_order(self.order(int(order_id)), {"meta_data": [{"key": key, "value": value}]})

    @act
    def trash_order(self, order_id: str) -> None:
        """Let a clerk throw an order away; it stays in the list."""
        self._remove_order(self.order(int(order_id)), False, "")


def order_view(row: Row, base: str) -> Row:
    """Return an order as the API shows it."""
    here = links(base, "orders", row["id"])
    templates = f"{here['self'][0]['href']}/actions/email_templates"
    here["email_templates"] = [{"embeddable": True, "href": templates}]
    if row["customer_id"]:
        here["customer"] = links(base, "customers", row["customer_id"])["self"]
    pay = f"{base}/checkout/order-pay/{row['id']}/?pay_for_order=true&key={row['order_key']}"
    return {
        **row,
        "payment_url": pay,
        "is_editable": row["status"] in EDITABLE,
        "needs_payment": row["status"] in ("pending", "failed", "checkout-draft") and row["total"] != "0.00",
        "needs_processing": True,
        "currency_symbol": "€",
        "_links": here,
    }


def _searched(row: Row) -> str:
    people = (value for kind in ("billing", "shipping") for value in row[kind].values())
    return " ".join((row["number"], *people, *(line["name"] for line in row["line_items"]))).lower()


def _note_view(row: Row, order_id: int, base: str) -> Row:
    up = links(base, "orders", order_id)["self"]
    shown = {name: value for name, value in row.items() if name != "order_id"}
    return {**shown, "_links": links(base, f"orders/{order_id}/notes", row["id"], up=up)}
