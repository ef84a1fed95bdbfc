"""Tilroy's order service: web orders and click & collect, created here and exported; and the abandoned cart."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime

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
)
from plugins.sandbox.tilroy.customer_forms import find_shop
from plugins.sandbox.tilroy.customers import Customers
from plugins.sandbox.tilroy.products import Products

ROOT = "/orderapi/production"
LANGUAGES = ("NL", "FR", "EN", "DE")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands."""

    form: Json
    customer_id: int | None
    shop_id: int
    at: datetime


class Orders(Customers, Products):
    """Takes orders and shows them; the till of a retailer without a Tilroy webshop has none."""

    def seed(self) -> None:
        """Start without orders."""
        super().seed()
        self.orders: list[Order] = []

    @route(f"{ROOT}/orders", "POST")
    def answer_new_order(self, request: Request) -> Response:
        """Create an order; the answer is an array."""
        body = body_of(request)
        need(body, ["shop", "language", "products"])
        if within(body, "language").get("code") not in LANGUAGES:
            raise bad_request(f"language.code should be one of {', '.join(LANGUAGES)}")
        if not isinstance(body["products"], list) or not all(isinstance(each, dict) for each in body["products"]):
            raise bad_request("products should be an array")
        owner = within(body, "customer")
        source = str(owner.get("sourceId") or "")
        member = self.by_reference(str(owner.get("tilroyId") or ""), source) if owner else None
        shop = find_shop(within(body, "shop"), self.shops)
        lines = [self._line(product) for product in body["products"]]
        total = sum(round(line["priceSell"] * line["quantity"] * 100) for line in lines)
        present = self.present()
        form: Json = {
            "orderNumber": str(body.get("orderNumber") or f"SO{len(self.orders) + 1:07d}"),
            "externalReference": str(body.get("externalReference") or ""),
            "timestamp": utc(present),
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
        self.orders.append(Order(form, member.till.id if member else None, shop.id, present))
        return answer(request, [form], 201)

    def _line(self, product: Json) -> Json:
        need(product, ["qty", "sku", "collectMethod"])
        sku = within(product, "sku")
        known = self.skus_of(str(sku.get("tilroyId") or self.sku_ids.get(str(sku.get("sourceId")), "")))
        if not known:
            raise not_found("Sku")
        article = self.articles[known[0]]
        price = money(cents(product.get("priceSell", money(article.price_cents)), "priceSell"))
        names = {"code": article.product_code, "description": article.name, "brand": {"code": article.brand}}
        return {
            "product": {**names, "sku": {"tilroyId": str(article.sku_id), "sourceId": article.sku}},
            "quantity": int(number(product["qty"], "qty")),
            "priceSell": price,
            "priceStandard": money(article.price_cents),
            "priceDiscount": 0,
            "vatPercentage": 21,
            "status": "R",
            "type": "N",
            "collectMethod": {"code": str(within(product, "collectMethod").get("code", ""))},
        }

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
        return page(request, rows, lambda order: order.form, knows_total=False)

    @route(f"{ROOT}/export/orders")
    def answer_order_export(self, request: Request) -> Response:
        """Export orders since a moment."""
        rows = self.orders[bisect_left(self.orders, exported_since(request), key=lambda order: order.at) :]
        return page(request, rows, lambda order: {**order.form, "dateExported": utc(order.at)})

    @route("/basketapi2/v1/abandonedcart")
    def answer_abandoned(self, request: Request) -> Response:
        """Name the basket a customer left: this retailer's tills keep none."""
        args = request.args
        if not (args.get("customerId") or args.get("customerSourceId")):
            raise bad_request("customerId or customerSourceId is required")
        if not (args.get("shopId") or args.get("shopNumber")):
            raise bad_request("shopId or shopNumber is required")
        raise not_found("Basket")
