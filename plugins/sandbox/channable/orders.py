"""The paths of orders: read in v2 (and v1), shipped, cancelled or left to a person in v1."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.channable.account import Account, numbers, read_object, texts, whole
from plugins.sandbox.channable.order import CONFIGS, FINAL, STATUSES, TRACKS, Item, Order
from plugins.sandbox.channable.queries import Query, listed, stamp
from plugins.sandbox.channable.refusals import RESUBMITTED, Refusal
from plugins.sandbox.stand_in import json_response, route

PROJECT = "/companies/<company>/projects/<project>"
OLD, NEW = f"/v1{PROJECT}/orders", f"/v2{PROJECT}/orders"


class OrderPaths(Account):
    """Answers `/orders`."""

    def seed(self) -> None:
        """Start without orders."""
        super().seed()
        self.orders: dict[int, Order] = {}

    def order_of(self, key: str) -> Order:
        """Return an order, or refuse with 404."""
        found = self.orders.get(whole(key, "order_id"))
        if found is None:
            raise Refusal(404, "Order not found")
        return found

    @route(NEW)
    def list_orders(self, request: Request, company: str, project: str) -> Response:
        """List orders, newest first."""
        self.enter(company, project)
        return json_response(self._page(Query(request)))

    @route(OLD)
    def list_orders_in_v1(self, request: Request, company: str, project: str) -> Response:
        """List orders as v1 does: of one channel, if asked, and with the channels there are."""
        self.enter(company, project)
        query = Query(request)
        query.flag("download")
        config = query.number("channel", 0, 0)
        channels = [{"id": number, "name": name} for name, number in CONFIGS.items()]
        return json_response({**self._page(query, config), "channels": channels})

    @route(f"{NEW}/<order_id>")
    @route(f"{OLD}/<order_id>")
    def get_order(self, request: Request, company: str, project: str, order_id: str) -> Response:
        """Show one order and its diary."""
        self.enter(company, project)
        order = self.order_of(order_id)
        events = [
            {
                "id": each.id,
                "project_id": order.project_id,
                "order_id": order.id,
                "created": stamp(each.at),
                "modified": stamp(each.at),
                "status": each.status,
                "message": each.message,
            }
            for each in order.events
        ]
        return json_response({"order": order.shown(), "events": events})

    @route(f"{OLD}/<order_id>/shipment", "POST")
    def ship_order(self, request: Request, company: str, project: str, order_id: str) -> Response:
        """Send the order, or some of its lines; what is sent is not sent again."""
        self.enter(company, project)
        body, order = read_object(request), self.order_of(order_id)
        tracks = texts(body, *TRACKS)
        items = self._items(order, body)
        if any(each.status == "shipped" for each in items):
            raise Refusal(409, RESUBMITTED)
        if order.status == "manual" or any(each.status == "cancelled" for each in items):
            raise Refusal(409, f"Can not ship an order with status {order.status}")
        for item in items:
            item.tracks = tracks
        self._move(order, items, "shipped")
        return json_response({**_done("Shipment accepted", order), "channable_order_id": order.id})

    @route(f"{OLD}/<order_id>/cancel", "POST")
    def cancel_order(self, request: Request, company: str, project: str, order_id: str) -> Response:
        """Cancel the order, or some of its lines."""
        self.enter(company, project)
        body, order = read_object(request, is_needed=False), self.order_of(order_id)
        items = self._items(order, body)
        if order.status == "manual" or any(each.status in FINAL for each in items):
            raise Refusal(409, f"Can not cancel an order with status {order.status}")
        self._move(order, items, "cancelled")
        return json_response(_done("Cancellation accepted", order))

    @route(f"{OLD}/<order_id>/manual", "POST")
    def leave_order(self, request: Request, company: str, project: str, order_id: str) -> Response:
        """Leave the order to a person: Channable stops acting on it."""
        self.enter(company, project)
        order = self.order_of(order_id)
        order.state = "manual"
        order.note(self.clock(), "Order is handled manually")
        return json_response(_done("Order set to manual", order))

    def _page(self, query: Query, config: int = 0) -> dict[str, Any]:
        statuses, search = query.choices("status", STATUSES), query.text("search").lower()
        errors_only = query.flag("errors")
        found = [
            order
            for order in sorted(self.orders.values(), key=lambda each: (each.created_at, each.id), reverse=True)
            if (not statuses or order.status in statuses)
            and (not errors_only or order.error_reason)
            and search in order.words()
            and (not config or config == CONFIGS.get(order.marketplace))
            and query.is_between(order.created_at, "start_date", "end_date")
            and query.is_between(order.created_at, "retrieved_at_start", "retrieved_at_end")
            and query.has_changed_between(order.modified_at)
        ]
        query.is_between(self.clock(), "start_date", "end_date")  # a wrong date is refused, however few orders
        query.is_between(self.clock(), "retrieved_at_start", "retrieved_at_end")
        query.has_changed_between(self.clock())
        shown = [order.shown() for order in query.page(found)]
        return listed("orders", shown, error_count=sum(each["error"] for each in shown))

    def _items(self, order: Order, body: dict[str, Any]) -> list[Item]:
        wanted = numbers(body, "order_item_ids")
        if wanted is None:
            open_items = [each for each in order.items if each.status not in FINAL]
            return open_items or order.items
        found = [each for each in order.items if each.id in wanted]
        if not wanted or len(found) != len(set(wanted)):
            raise Refusal(400, "order_item_ids: no such item in this order")
        return found

    def _move(self, order: Order, items: list[Item], status: str) -> None:
        now = self.clock()
        for item in items:
            item.status, item.modified_at = status, now
        order.state = ""
        order.note(now, f"{len(items)} of {len(order.items)} items {status}")


def _done(message: str, order: Order) -> dict[str, Any]:
    return {"status": "success", "message": message, "response": "", "id": str(order.id), "data": None}
