"""Tilroy's order service: orders of webshops and of other systems, created here and exported; the abandoned cart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    Json,
    answer,
    bad_request,
    body_of,
    cents,
    exported_since,
    money,
    need,
    not_found,
    number,
    page,
    utc,
    within,
    words,
)
from plugins.sandbox.tilroy.customer_forms import find_shop
from plugins.sandbox.tilroy.customers import Customers
from plugins.sandbox.tilroy.stock import Stock

ROOT = "/orderapi/production"
LANGUAGES = ("NL", "FR", "EN", "DE")
CHANNELS = ("TILL", "ECOM", "B2B")
OPEN = "R"
"""Status of a line whose pieces are reserved."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands."""

    form: Json
    customer_id: int | None
    shop_id: int

    def is_open(self) -> bool:
        """Tell whether something of it is still to be sent."""
        return any(is_open(line) for line in self.form["lines"])

    def is_called(self, name: str) -> bool:
        """Tell whether this is its number, or its number elsewhere."""
        return name in (self.form["orderNumber"], self.form["externalReference"])


class Orders(Customers, Stock):
    """Takes orders and shows them: each one that is sent is one more, whatever its number or reference."""

    def seed(self) -> None:
        """Start without orders."""
        super().seed()
        self.orders: list[Order] = []
        self.order_exports: list[tuple[datetime, Json]] = []
        self.dispatches: list[Json] = []

    @route(f"{ROOT}/orders", "POST")
    def answer_new_order(self, request: Request) -> Response:
        """Create an order and reserve its pieces; the answer is an array."""
        body = body_of(request)
        need(body, ["shop", "language", "products"])
        _check(body)
        owner = within(body, "customer")
        source = str(owner.get("sourceId") or "")
        member = self.by_reference(str(owner.get("tilroyId") or ""), source) if owner else None
        shop = find_shop(within(body, "shop"), self.shops)
        lines = [self._line(product) for product in body["products"]]
        total = sum(round(line["priceSell"] * line["quantity"] * 100) for line in lines)
        form: Json = {
            "orderNumber": str(body.get("orderNumber") or f"SO{len(self.orders) + 1:07d}"),
            "externalReference": str(body.get("externalReference") or ""),
            "timestamp": utc(self.present()),
            "languageCode": body["language"]["code"],
            "isVatInclusive": True,
            "totalAmountInclVAT": money(total),
            "shop": {"tilroyId": str(shop.id), "number": shop.number, "name": shop.name},
            "payments": body.get("payments") or [],
            "lines": lines,
            "tags": body.get("tags") or [],
        }
        if member:
            till = member.till
            names = {"code": till.code, "firstName": till.first_name, "surName": till.surname}
            form["customer"] = {"tilroyId": str(till.id), "sourceId": till.source_id, **names}
        order = Order(form, member.till.id if member else None, shop.id)
        self.orders.append(order)
        self._export(order)
        self.take(order, -1)
        return answer(request, [form], 201)

    def _line(self, product: Json) -> Json:
        need(product, ["qty", "sku", "collectMethod"])
        sku, way = within(product, "sku"), within(product, "collectMethod")
        need(way, ["code", "shopHandling", "shopStock"])
        shops = {name: find_shop(within(way, name), self.shops) for name in ("shopHandling", "shopStock")}
        known = self.skus_of(str(sku.get("tilroyId") or self.sku_ids.get(str(sku.get("sourceId")), "")))
        if not known:
            raise bad_request("sku not found")
        article = self.articles[known[0]]
        price = money(cents(product.get("priceSell", money(article.price_cents)), "priceSell"))
        names = {"code": article.product_code, "description": article.name, "brand": {"code": article.brand}}
        return {
            "product": {**names, "sku": {"tilroyId": str(article.sku_id), "sourceId": article.sku}},
            "quantity": _pieces(product["qty"]),
            "priceSell": price,
            "priceStandard": money(article.price_cents),
            "priceDiscount": 0,
            "vatPercentage": 21,
            "status": OPEN,
            "type": "N",
            "collectMethod": {"code": words(way["code"], "collectMethod.code")},
            **{name: {"tilroyId": str(each.id), "number": each.number} for name, each in shops.items()},
        }

    def _export(self, order: Order) -> None:
        at = self.present()
        self.order_exports.append((at, {**order.form, "dateExported": utc(at)}))

    def take(self, order: Order, sign: int, sku_id: str = "") -> None:
        """Take the pieces of its open lines out of the stock of their shops, or put them back."""
        for line in order.form["lines"]:
            if is_open(line, sku_id):
                place = int(line["product"]["sku"]["tilroyId"]), int(line["shopStock"]["tilroyId"])
                self.move(place, sign * line["quantity"], "order", self.present(), cause=order.form["orderNumber"])

    def close(self, order: Order, status: str, sku_id: str = "", way: Json | None = None, **more: Any) -> None:
        """Give the open lines of an order another status, and how they left; what was exported stays as it was."""
        said = {"status": status, **({"dispatchMethod": way} if way else {})}
        lines = [{**line, **said} if is_open(line, sku_id) else line for line in order.form["lines"]]
        self.write(order, lines, **more)

    def write(self, order: Order, lines: list[Json], **more: Any) -> None:
        """Write an order anew, and export it."""
        changed = replace(order, form={**order.form, **more, "lines": lines})
        self.orders[self.orders.index(order)] = changed
        self._export(changed)

    @route(f"{ROOT}/v2/orders")
    def answer_orders(self, request: Request) -> Response:
        """Find orders of a customer or a shop; the item count is right on the last page only."""
        args, rows = request.args, self.orders
        if not any(args.get(name) for name in ("customerId", "customerSourceId", "shopId", "shopNumber")):
            raise bad_request("customerId or shopId is required")
        if args.get("customerId") or args.get("customerSourceId"):
            owner = self.by_reference(args.get("customerId"), args.get("customerSourceId")).till.id
            rows = [order for order in rows if order.customer_id == owner]
        if args.get("shopId") or args.get("shopNumber"):
            shop = find_shop({"tilroyId": args.get("shopId"), "number": args.get("shopNumber")}, self.shops)
            rows = [order for order in rows if order.shop_id == shop.id]
        if args.get("orderNumber"):
            rows = [order for order in rows if order.form["orderNumber"] == args["orderNumber"]]
        return page(request, rows, lambda order: order.form, knows_total=False)

    @route(f"{ROOT}/export/orders")
    def answer_order_export(self, request: Request) -> Response:
        """Export orders since a moment, as they stood at each."""
        rows = self.order_exports[bisect_left(self.order_exports, exported_since(request), key=lambda each: each[0]) :]
        return page(request, rows, lambda each: each[1])

    @route(f"{ROOT}/dispatches")
    def answer_dispatches(self, request: Request) -> Response:
        """Tell what was sent of an order, by its number."""
        number = request.args.get("orderNumber")
        if not number:
            raise bad_request("orderNumber is required")
        return answer(request, [each for each in self.dispatches if each["order"]["orderNumber"] == number])

    @route("/basketapi2/v1/abandonedcart")
    def answer_abandoned(self, request: Request) -> Response:
        """Name the basket a customer left: this retailer's tills keep none."""
        args = request.args
        if not (args.get("customerId") or args.get("customerSourceId")):
            raise bad_request("customerId or customerSourceId is required")
        if not (args.get("shopId") or args.get("shopNumber")):
            raise bad_request("shopId or shopNumber is required")
        raise not_found("Basket")


def is_open(line: Json, sku_id: str = "") -> bool:
    """Tell whether a line, of a sku where one is named, is still to be sent."""
    return line["status"] == OPEN and sku_id in ("", line["product"]["sku"]["tilroyId"])


def _check(body: Mapping[str, Any]) -> None:
    """Refuse what is not said as the service wants it."""
    if within(body, "language").get("code") not in LANGUAGES:
        raise bad_request(f"language.code should be one of {', '.join(LANGUAGES)}")
    if within(body, "channel").get("code", "ECOM") not in CHANNELS:
        raise bad_request(f"channel.code should be one of {', '.join(CHANNELS)}")
    for name in ("orderNumber", "externalReference"):
        words(body.get(name, ""), name)
    for name, kind in (("products", dict), ("payments", dict), ("tags", str)):
        said = body.get(name, [])
        if not isinstance(said, list) or not all(isinstance(each, kind) for each in said):
            raise bad_request(f"{name} should be an array")
    if not body["products"]:
        raise bad_request("products is required")


def _pieces(value: Any) -> int:
    if number(value, "qty") < 1 or value != int(value):
        raise bad_request("qty should be a whole number of at least 1")
    return int(value)
