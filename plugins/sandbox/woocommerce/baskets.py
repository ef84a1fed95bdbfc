"""What is in an order: articles looked up, coupons applied, stock taken."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.sandbox.woocommerce.answers import WooError
from plugins.sandbox.woocommerce.catalogue import price
from plugins.sandbox.woocommerce.coupons import Coupons, is_meant
from plugins.sandbox.woocommerce.money import cents, each, split, spread, text
from plugins.sandbox.woocommerce.order_lines import add_up, coupon_line, item_meta, order_line, shipping_line, taxes
from plugins.sandbox.woocommerce.params import Param, Row, check_body
from plugins.sandbox.woocommerce.products import Products

LINE = {name: Param("integer") for name in ("product_id", "variation_id", "quantity")} | {"sku": Param()}
RESERVED = "_reduced_stock"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One article and how many of it."""

    article: Row
    quantity: int


class Baskets(Products, Coupons):
    """Turns what someone wants into lines, and lines into less stock."""

    def wanted(self, line: Row) -> Wanted:
        """Return what a line of a request asks for, or refuse."""
        sent = check_body(line, LINE)
        number = sent.get("variation_id") or sent.get("product_id")
        if not number and "sku" in sent:
            number = next((row["id"] for row in self.products.rows.values() if row["sku"] == sent["sku"]), None)
        if not number:
            raise WooError("woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
        return Wanted(self.product(number, 400), sent.get("quantity", 1))

    def fill(self, order: Row, lines: list[Wanted], shipping: list[Row]) -> None:
        """Write the lines and what is sent along, and add them up."""
        for line in lines:
            paid = cents(price(line.article)) * line.quantity
            article = self.as_sold(line.article)
            row = order_line(self.new_id("items"), article, line.quantity, paid, paid, self.tax_percent)
            order["line_items"].append(row)
        for each_way in shipping:
            # what is sent along is given without tax
            net = cents(each_way.get("total", "0"))
            tax = round(net * self.tax_percent / 100)
            names = (str(each_way.get("method_id", "")), str(each_way.get("method_title", "")))
            order["shipping_lines"].append(shipping_line(self.new_id("items"), *names, net, tax, self.tax_percent))
        add_up(order)

    def as_sold(self, row: Row) -> Row:
        """Return what an order line keeps of a product or variation."""
        parent = self.products.rows.get(row["parent_id"])
        chosen = [
            item_meta(self.new_id("meta"), each_of["slug"], each_of["option"], each_of["name"])
            for each_of in (row["attributes"] if parent else ())
        ]
        return {
            "name": f"{parent['name']} - {row['name']}" if parent else row["name"],
            "product_id": parent["id"] if parent else row["id"],
            "variation_id": row["id"] if parent else 0,
            "sku": row["sku"],
            "global_unique_id": row["global_unique_id"],
            "parent_name": parent["name"] if parent else None,
            "meta_data": chosen,
        }

    def discount(self, order: Row, codes: list[str]) -> None:
        """Apply coupons to an order, or refuse the first that may not be used."""
        emails = {order["billing"]["email"].lower()}
        if customer := self.users.rows.get(order["customer_id"]):
            emails.add(customer["email"].lower())
        coupons = [self.applicable(code, emails) for code in codes]
        for coupon in coupons:
            self.fitting(coupon, order["line_items"])
            net, tax = self._reduced(order, coupon)
            line = coupon_line(self.new_id("items"), self.new_id("meta"), coupon, net, tax)
            order["coupon_lines"].append(line)
            coupon["usage_count"] += 1
            coupon["used_by"] = [*coupon["used_by"], str(order["customer_id"] or order["billing"]["email"])]
            self.coupons.changed()
        add_up(order)

    def _reduced(self, order: Row, coupon: Row) -> tuple[int, int]:
        lines = order["line_items"]
        paid = [cents(line["total"]) + cents(line["total_tax"]) for line in lines]
        off_net = off_tax = 0
        for line, gross, off in zip(lines, paid, _shares(coupon, lines, paid), strict=True):
            was = cents(line["total"]), cents(line["total_tax"])
            net, tax = split(gross - off, self.tax_percent)
            line |= {"total": text(net), "total_tax": text(tax), "price": each(net, line["quantity"])}
            line["taxes"] = taxes(tax, self.tax_percent, cents(line["subtotal_tax"]))
            off_net, off_tax = off_net + was[0] - net, off_tax + was[1] - tax
        return off_net, off_tax

    def take_from_stock(self, order: Row) -> None:
        """Take the lines of an order from stock, once."""
        for line in order["line_items"]:
            row = self.products.rows.get(line["variation_id"] or line["product_id"])
            if row is None or any(entry["key"] == RESERVED for entry in line["meta_data"]):
                continue
            self.products.rows[line["product_id"]]["total_sales"] += line["quantity"]
            if row["manage_stock"]:
                self.sell(row, line["quantity"])
                line["meta_data"].append(item_meta(self.new_id("meta"), RESERVED, str(line["quantity"])))

    def put_back(self, line: Row, quantity: int) -> None:
        """Put pieces of a refunded line back on the shelf, and note it on the line."""
        taken = next((entry for entry in line["meta_data"] if entry["key"] == RESERVED), None)
        row = self.products.rows.get(line["variation_id"] or line["product_id"])
        if taken is None or row is None:
            return
        self.sell(row, -quantity)
        left = str(int(taken["value"]) - quantity)
        taken |= {"value": left, "display_value": left}
        line["meta_data"].append(item_meta(self.new_id("meta"), "_restock_refunded_items", str(quantity)))


def _shares(coupon: Row, lines: list[Row], paid: list[int]) -> list[int]:
    amount = cents(coupon["amount"])
    paid = [gross if is_meant(coupon, line) else 0 for gross, line in zip(paid, lines, strict=True)]
    if coupon["discount_type"] == "percent":
        return [min(gross, (gross * amount + 5000) // 10000) for gross in paid]
    if coupon["discount_type"] == "fixed_product":
        return [min(gross, amount * line["quantity"]) for gross, line in zip(paid, lines, strict=True)]
    return spread(min(amount, sum(paid)), paid)
