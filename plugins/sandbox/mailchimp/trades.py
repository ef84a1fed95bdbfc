"""The paths of a store's orders and carts with their lines, and which automations they set off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import answer, empty, read_body
from plugins.sandbox.mailchimp.buyers import BuyerPaths
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.mailchimp.shapes import need, read
from plugins.sandbox.mailchimp.store import LINES, NOUNS, SHAPES, Store, found, free, refuse
from plugins.sandbox.mailchimp.stores import STORES
from plugins.sandbox.stand_in import json_response, route

TRADES = f"{STORES}/<store_id>/<any(carts,orders):kind>"
TRADE = f"{TRADES}/<key>"
REQUIRED = ("id", "customer", "currency_code", "order_total", "lines")
LINE_REQUIRED = ("id", "product_id", "product_variant_id", "quantity")
TRIGGERS = ("financial_status", "fulfillment_status")


class TradePaths(BuyerPaths):
    """Answers what is asked of orders and carts, which are much alike."""

    def seed(self) -> None:
        """Start without automations that ran."""
        super().seed()
        self.triggered: list[tuple[str, str]] = []
        """Which automation was set off, and by which order or cart."""

    @route("/3.0/ecommerce/orders")
    def list_account_orders(self, request: Request) -> Response:
        """List the orders of all stores."""
        query = Query(request)
        rows = [(store, each) for store in self.stores.values() for each in _asked_for(store, "orders", query)]
        shown = [store.show_trade("orders", each) for store, each in query.page(rows)]
        return answer(request, {"orders": shown, "total_items": len(rows), "_links": []})

    @route(TRADES)
    def list_trades(self, request: Request, store_id: str, kind: str) -> Response:
        """List the orders of a store, of one customer or campaign if asked; of carts, all."""
        store, query = self.store(store_id), Query(request)
        rows = _asked_for(store, kind, query)
        shown = [store.show_trade(kind, each) for each in query.page(rows)]
        return answer(request, {"store_id": store_id, kind: shown, "total_items": len(rows), "_links": []})

    @route(TRADES, "POST")
    def add_trade(self, request: Request, store_id: str, kind: str) -> Response:
        """Make an order or a cart; its products must be there."""
        store, sent = self.store(store_id), read_body(request)
        stated = {**sent, "order_total": str(sent.get("order_total", ""))}
        body = read(sent, SHAPES[kind])
        need(stated, REQUIRED, NOUNS[kind])
        free(store.trades(kind), body["id"], NOUNS[kind])
        lines: dict[str, Any] = {}
        self._write_lines(store, kind, lines, body["lines"])
        customer, now = self.buyer(store, body["customer"]), self.clock()
        made = {**body, "lines": lines, "customer": customer, "created_at": now, "updated_at": now}
        store.trades(kind)[body["id"]] = made
        self._trigger(store, kind, made, body)
        return json_response(store.show_trade(kind, made))

    @route(TRADE)
    def get_trade(self, request: Request, store_id: str, kind: str, key: str) -> Response:
        """Show one order or cart."""
        store = self.store(store_id)
        return answer(request, store.show_trade(kind, found(store.trades(kind), key)))

    @route(TRADE, "PATCH")
    def update_trade(self, request: Request, store_id: str, kind: str, key: str) -> Response:
        """Change an order or a cart; lines that are not named stay."""
        store, body = self.store(store_id), read(read_body(request), SHAPES[kind])
        trade = found(store.trades(kind), key)
        lines = dict(trade["lines"])
        self._write_lines(store, kind, lines, body.pop("lines", []))
        if customer := body.pop("customer", None):
            customer.pop("email_address", None)
            body["customer"] = self.buyer(store, {**customer, "id": customer.get("id") or trade["customer"]["id"]})
        trade.update({**body, "id": key, "lines": lines, "updated_at": self.clock()})
        self._trigger(store, kind, trade, body)
        return json_response(store.show_trade(kind, trade))

    @route(TRADE, "DELETE")
    def delete_trade(self, request: Request, store_id: str, kind: str, key: str) -> Response:
        """Delete an order or a cart."""
        trades = self.store(store_id).trades(kind)
        found(trades, key)
        del trades[key]
        return empty()

    @route(f"{TRADE}/lines")
    def list_lines(self, request: Request, store_id: str, kind: str, key: str) -> Response:
        """List the lines of an order or a cart."""
        store = self.store(store_id)
        rows = list(found(store.trades(kind), key)["lines"].values())
        names = {"store_id": store_id, f"{NOUNS[kind]}_id": key}
        shown = [store.show_line(kind, each) for each in Query(request).page(rows)]
        return answer(request, {**names, "lines": shown, "total_items": len(rows), "_links": []})

    @route(f"{TRADE}/lines", "POST")
    def add_line(self, request: Request, store_id: str, kind: str, key: str) -> Response:
        """Add a line."""
        store, body = self.store(store_id), read(read_body(request), LINES[kind], LINE_REQUIRED)
        lines = found(store.trades(kind), key)["lines"]
        free(lines, body["id"], "line item")
        self._write_lines(store, kind, lines, [body])
        return json_response(store.show_line(kind, lines[body["id"]]))

    @route(f"{TRADE}/lines/<line_id>")
    def get_line(self, request: Request, store_id: str, kind: str, key: str, line_id: str) -> Response:
        """Show one line."""
        store = self.store(store_id)
        line = found(found(store.trades(kind), key)["lines"], line_id)
        return answer(request, store.show_line(kind, line))

    @route(f"{TRADE}/lines/<line_id>", "PATCH")
    def update_line(self, request: Request, store_id: str, kind: str, key: str, line_id: str) -> Response:
        """Change a line."""
        store, lines = self.store(store_id), found(self.store(store_id).trades(kind), key)["lines"]
        found(lines, line_id)
        self._write_lines(store, kind, lines, [{**read(read_body(request), LINES[kind]), "id": line_id}])
        return json_response(store.show_line(kind, lines[line_id]))

    @route(f"{TRADE}/lines/<line_id>", "DELETE")
    def delete_line(self, request: Request, store_id: str, kind: str, key: str, line_id: str) -> Response:
        """Delete a line; the last one stays."""
        lines = found(self.store(store_id).trades(kind), key)["lines"]
        found(lines, line_id)
        if len(lines) == 1:
            refuse(f"At least one line item is required for each {NOUNS[kind]}.")
        del lines[line_id]
        return empty()

    def _write_lines(self, store: Store, kind: str, lines: dict[str, Any], sent: list[dict[str, Any]]) -> None:
        """Write lines by their id; one that is new must be whole."""
        for place, each in enumerate(sent):
            need(each, ("id",), f"lines.item:{place}")
            line = {**lines.get(each["id"], {}), **each}
            stated = {**line, "quantity": str(line.get("quantity", "")), "price": str(line.get("price", ""))}
            need(stated, (*LINE_REQUIRED, "price"), f"lines.item:{place}")
            lines[each["id"]] = store.line(kind, line)

    def _trigger(self, store: Store, kind: str, trade: dict[str, Any], sent: dict[str, Any]) -> None:
        """Set automations off, unless the store is syncing."""
        if store.is_syncing:
            return
        if kind == "carts" and trade.get("checkout_url"):
            self.triggered.append(("abandoned cart", trade["id"]))
        if kind == "orders" and any(sent.get(name) for name in TRIGGERS):
            self.triggered.append(("order notification", trade["id"]))


def _asked_for(store: Store, kind: str, query: Query) -> list[dict[str, Any]]:
    rows = list(store.trades(kind).values())
    if kind == "carts":
        return rows
    tests: dict[str, Callable[[dict[str, Any]], Any]] = {
        "customer_id": lambda each: each["customer"]["id"],
        "campaign_id": lambda each: each.get("campaign_id"),
        "outreach_id": lambda each: each.get("outreach", {}).get("id"),
    }
    for name, value in tests.items():
        if wanted := query.text(name):
            rows = [each for each in rows if value(each) == wanted]
    return [each for each in rows if "outreach" in each] if query.flag("has_outreach") else rows
