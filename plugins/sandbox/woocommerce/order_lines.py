"""The parts of an order: lines, shipping, taxes, coupons, and the totals that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugins.sandbox.woocommerce.money import cents, each, split, text
from plugins.sandbox.woocommerce.params import Row

TAX_CLASSES = {0: "zero-rate", 6: "reduced-rate", 9: "reduced-rate"}
ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")


def item_meta(number: int, key: str, value: str, shown_key: str = "") -> Row:
    """Return a field of an order line, which the API shows twice over."""
    return {"id": number, "key": key, "value": value, "display_key": shown_key or key, "display_value": value}


def taxes(net_tax: int, percent: int, before: int | None = None) -> list[Row]:
    """Return the tax of a line per rate; the rate's id is its percentage."""
    if not percent:
        return []
    row = {"id": percent, "total": text(net_tax)}
    return [row if before is None else {**row, "subtotal": text(before)}]


def order_line(number: int, article: Row, quantity: int, before: int, paid: int, percent: int) -> Row:
    """Return a line; `before` and `paid` are cents with tax, before and after discounts.

    `article` gives name, product_id, variation_id, sku, global_unique_id, parent_name, meta_data.
    """
    subtotal, subtotal_tax = split(before, percent)
    total, total_tax = split(paid, percent)
    return {
        "id": number,
        "name": article["name"],
        "product_id": article["product_id"],
        "variation_id": article["variation_id"],
        "quantity": quantity,
        "tax_class": TAX_CLASSES.get(percent, "") if percent else "",
        "subtotal": text(subtotal),
        "subtotal_tax": text(subtotal_tax),
        "total": text(total),
        "total_tax": text(total_tax),
        "taxes": taxes(total_tax, percent, subtotal_tax),
        "meta_data": list(article["meta_data"]),
        "sku": article["sku"],
        "global_unique_id": article["global_unique_id"],
        "price": each(total, quantity),
        "image": {"id": 0 if article["variation_id"] else "", "src": ""},
        "parent_name": article["parent_name"],
    }


def shipping_line(number: int, method_id: str, title: str, net: int, tax: int, percent: int) -> Row:
    """Return a line of shipping."""
    return {
        "id": number,
        "method_title": title,
        "method_id": method_id,
        "instance_id": "",
        "total": text(net),
        "total_tax": text(tax),
        "taxes": taxes(tax, percent),
        "tax_status": "taxable",
        "meta_data": [],
    }


def coupon_line(number: int, meta_id: int, coupon: Row, discount: int, discount_tax: int) -> Row:
    """Return the use of a coupon."""
    nominal = each(cents(coupon["amount"]), 1)
    known = f'[{coupon["id"]},"{coupon["code"]}","{coupon["discount_type"]}",{nominal}]'
    return {
        "id": number,
        "code": coupon["code"],
        "discount": text(discount),
        "discount_tax": text(discount_tax) if discount_tax else "0",
        "meta_data": [item_meta(meta_id, "coupon_info", known)],
        "discount_type": coupon["discount_type"],
        "nominal_amount": nominal,
        "free_shipping": coupon["free_shipping"],
    }


def refund_line(number: int, meta_id: int, line: Row, quantity: int, net: int, tax: int) -> Row:
    """Return a line of a refund: what a line of the order was, negative, and which line it was."""
    percent = line["taxes"][0]["id"] if line["taxes"] else 0
    return {
        **line,
        "id": number,
        "quantity": -quantity,
        "subtotal": text(-net),
        "subtotal_tax": text(-tax),
        "total": text(-net),
        "total_tax": text(-tax),
        "taxes": taxes(-tax, percent, -tax),
        "meta_data": [item_meta(meta_id, "_refunded_item_id", str(line["id"]))],
        "price": each(net, quantity),
    }


def add_up(order: Row) -> None:
    """Write the totals of an order from its lines; the total has the tax in it."""
    lines, shipping = order["line_items"], order["shipping_lines"]
    net, tax = _sum(lines, "total"), _sum(lines, "total_tax")
    shipped, shipping_tax = _sum(shipping, "total"), _sum(shipping, "total_tax")
    order |= {
        "discount_total": text(_sum(lines, "subtotal") - net),
        "discount_tax": text(_sum(lines, "subtotal_tax") - tax),
        "shipping_total": text(shipped),
        "shipping_tax": text(shipping_tax),
        "cart_tax": text(tax),
        "total": text(net + tax + shipped + shipping_tax),
        "total_tax": text(tax + shipping_tax),
        "tax_lines": _tax_lines(order),
    }


def _tax_lines(order: Row) -> list[Row]:
    rates: dict[int, list[int]] = {}
    for place, kind in enumerate(("line_items", "shipping_lines")):
        for line in order[kind]:
            for tax in line["taxes"]:
                rates.setdefault(tax["id"], [0, 0])[place] += cents(tax["total"])
    return [_tax_line(order["id"], percent, *sums) for percent, sums in sorted(rates.items())]


def _tax_line(order_id: int, percent: int, on_lines: int, on_shipping: int) -> Row:
    return {
        "id": order_id * 100 + percent,
        "rate_code": f"NL-BTW-{percent}",
        "rate_id": percent,
        "label": f"BTW {percent}%",
        "compound": False,
        "tax_total": text(on_lines),
        "shipping_tax_total": text(on_shipping),
        "rate_percent": percent,
        "meta_data": [],
    }


def _sum(lines: Iterable[Row], name: str) -> int:
    return sum(cents(line[name]) for line in lines)


def blank_order(number: int, customer_id: int, key: str) -> Row:
    """Return an order with every field and nothing in it, in the order the API shows them."""
    sums = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax")
    blank: dict[str, Any] = {
        "id": number,
        "parent_id": 0,
        "status": "pending",
        "currency": "EUR",
        "version": "10.3.6",
        "prices_include_tax": True,
        **dict.fromkeys(("date_created", "date_modified")),
        **dict.fromkeys(sums, "0.00"),
        "customer_id": customer_id,
        "order_key": f"wc_order_{key}",
        "billing": dict.fromkeys((*ADDRESS, "email", "phone"), ""),
        "shipping": dict.fromkeys((*ADDRESS, "phone"), ""),
        **dict.fromkeys(("payment_method", "payment_method_title", "transaction_id"), ""),
        **dict.fromkeys(("customer_ip_address", "customer_user_agent"), ""),
        "created_via": "rest-api",
        "customer_note": "",
        **dict.fromkeys(("date_completed", "date_paid")),
        "cart_hash": "",
        "number": str(number),
    }
    lists = ("meta_data", "line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "refunds")
    gmt_dates = ("date_created_gmt", "date_modified_gmt", "date_completed_gmt", "date_paid_gmt")
    return {**blank, **{name: [] for name in lists}, **dict.fromkeys(gmt_dates)}
