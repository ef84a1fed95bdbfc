"""The shop on the day the sandbox opens: accounts, articles, coupons and orders of the retailer behind it."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from datetime import datetime, time

from plugins.sandbox.retailer import Address, Article, WebAccount, WebCoupon, WebOrder, WebRefund
from plugins.sandbox.woocommerce.catalogue import attribute, blank_product
from plugins.sandbox.woocommerce.coupons import blank_coupon
from plugins.sandbox.woocommerce.customers import Customers, blank_customer
from plugins.sandbox.woocommerce.listing import Table
from plugins.sandbox.woocommerce.money import cents, split, text
from plugins.sandbox.woocommerce.order_lines import (
    add_up,
    blank_order,
    coupon_line,
    order_line,
    refund_line,
    shipping_line,
)
from plugins.sandbox.woocommerce.params import Row
from plugins.sandbox.woocommerce.refunds import Refunds, blank_refund
from plugins.sandbox.woocommerce.settings import Settings, blank_term
from plugins.sandbox.woocommerce.shop import slug

FIRST_WEB_SHOP = 900
SHIPPING_PERCENT = 21
UNCATEGORIZED = 15
ADMIN_ID = 1
PAID = ("processing", "completed", "refunded")
PICTURE_DATES = ("date_created", "date_created_gmt", "date_modified", "date_modified_gmt")
TRAITS = {"Maat": "size", "Kleur": "colour"}


class Opening(Customers, Refunds, Settings):
    """Turns what the retailer holds into what WooCommerce would hold."""

    def seed(self) -> None:
        super().seed()
        self._admin()
        self.categories.put(blank_term(self.taken("terms", UNCATEGORIZED), "Uncategorized"))
        self._take_numbers()
        self._articles = {article.sku_id: article for article in self.retailer.articles}
        self._web_ids = web_ids([article for article in self.retailer.articles if article.is_online])
        for product_id, group in grouped(self._articles.values()):
            self._open_product(product_id, group)
        for account in self.retailer.web_accounts:
            self._open_account(account)
        for coupon in self.retailer.web_coupons:
            self._open_coupon(coupon)
        self._codes = {row["code"]: row for row in self.coupons.rows.values()}
        for order in self.retailer.web_orders:
            self._open_order(order)

    def _admin(self) -> None:
        row = blank_customer(self.taken("users", ADMIN_ID), "admin@example.nl", "admin", "administrator")
        self.stamp(row, "date_created", self.retailer.anchor)
        self.users.put(row)

    def _take_numbers(self) -> None:
        for order in self.retailer.web_orders:
            self.taken("posts", max((order.id, *(refund.id for refund in order.refunds))))
            self.taken("items", max((line.id for line in order.lines), default=0))
        for kind, rows in (("posts", self.retailer.web_coupons), ("users", self.retailer.web_accounts)):
            self.taken(kind, max((row.id for row in rows), default=0))

    def _open_account(self, account: WebAccount) -> None:
        username = account.username or account.email.partition("@")[0]
        row = blank_customer(self.taken("users", account.id), account.email, username)
        row |= {"first_name": account.first_name, "last_name": account.last_name}
        row["display_name"] = f"{account.first_name} {account.last_name}".strip() or username
        names = {"first_name": account.first_name, "last_name": account.last_name}
        if account.address:
            row["billing"] |= names | postal(account.address)
        row["billing"] |= {"email": account.email, "phone": account.phone}
        row["meta_data"] = [self.meta(key, value) for key, value in account.meta]
        self.stamp(row, "date_created", account.registered_at)
        self.stamp(row, "date_modified", account.modified_at)
        self.users.put(row)

    def _open_coupon(self, coupon: WebCoupon) -> None:
        row = blank_coupon(coupon.id, coupon.code.lower())
        row |= {"discount_type": coupon.kind, "amount": text(cents(coupon.amount)), "usage_count": coupon.usage_count}
        row |= {"usage_limit": coupon.usage_limit, "email_restrictions": list(coupon.emails)}
        self.stamp(row, "date_created", coupon.created_at)
        self.stamp(row, "date_modified", coupon.modified_at)
        if coupon.expires_on:
            self.stamp(row, "date_expires", datetime.combine(coupon.expires_on, time(), self.zone))
        self.coupons.put(row)

    def _open_product(self, product_id: int, group: Sequence[Article]) -> None:
        first = group[0]
        row = self._sellable(blank_product(product_id), first) if len(group) == 1 else self._variable(product_id, group)
        row |= {"name": first.name, "slug": f"{slug(first.name)}-{product_id}"}
        row["categories"] = [self._named(self.categories, first.category or "Uncategorized")]
        row["brands"] = [self._named(self.brands, first.brand)] if first.brand else []
        row |= {"description": first.description, "images": self._pictures(first)}
        self._dated(row, group)
        self.products.put(row)

    def _variable(self, product_id: int, group: Sequence[Article]) -> Row:
        row = blank_product(product_id, "variable") | {"sku": group[0].product_code}
        traits = {name: list(dict.fromkeys(getattr(each, field) for each in group)) for name, field in TRAITS.items()}
        varied = {name: options for name, options in traits.items() if any(options)}
        row["attributes"] = [attribute(name, options, place) for place, (name, options) in enumerate(varied.items())]
        for article in group:
            child = self._sellable(blank_product(self._web_ids[article.sku_id], "variation", product_id), article)
            child["attributes"] = [
                {"id": 0, "name": name, "slug": slug(name), "option": getattr(article, TRAITS[name])} for name in varied
            ]
            child["name"] = ", ".join(each["option"] for each in child["attributes"])
            self._dated(child, [article])
            row["variations"].append(self.products.put(child)["id"])
        return row

    def _sellable(self, row: Row, article: Article) -> Row:
        row |= {"sku": article.sku, "global_unique_id": article.gtin, "regular_price": text(article.price_cents)}
        row["sale_price"] = text(article.promo_cents) if article.promo_cents is not None else ""
        if article.stock:
            online = [(shop, pieces) for shop, pieces in article.stock if shop >= FIRST_WEB_SHOP] or article.stock
            row |= {"manage_stock": True, "stock_quantity": sum(pieces for _, pieces in online)}
        self.taken("posts", row["id"])
        return row

    def _pictures(self, article: Article) -> list[Row]:
        if not article.picture:
            return []
        shown = {"src": article.picture, "name": article.picture.rpartition("/")[2], "alt": article.name}
        return [{"id": article.product_id, **dict.fromkeys(PICTURE_DATES, "2024-03-01T09:00:00"), **shown}]

    def _dated(self, row: Row, group: Sequence[Article]) -> None:
        changes = [article.changed_at for article in group if article.changed_at]
        self.stamp(row, "date_created", min(changes, default=self.retailer.anchor))
        self.stamp(row, "date_modified", max(changes, default=self.retailer.anchor))

    def _named(self, table: Table, name: str) -> Row:
        found = next((row for row in table.rows.values() if row["name"] == name), None)
        term = found or table.put(blank_term(self.new_id("terms"), name))
        return {key: term[key] for key in ("id", "name", "slug")}

    def _open_order(self, order: WebOrder) -> None:
        row = blank_order(order.id, order.account_id, "".join(self.random.choices(string.ascii_letters, k=13)))
        names = {"first_name": order.first_name, "last_name": order.last_name}
        row["billing"] |= names | postal(order.address) | {"email": order.email, "phone": order.phone}
        row["shipping"] |= names | postal(order.address)
        row |= {"status": order.status, "created_via": "checkout", "payment_method": "ideal"}
        row["payment_method_title"] = "iDEAL"
        row["meta_data"] = [self.meta(key, value) for key, value in order.meta]
        self._open_lines(row, order)
        add_up(row)
        self._coupons_used(row, order)
        self._order_dates(row, order)
        self.orders.put(row)
        for refund in order.refunds:
            self._open_refund(row, refund)

    def _open_lines(self, row: Row, order: WebOrder) -> None:
        for line in order.lines:
            before = max(line.unit_cents * line.quantity, line.total_cents)
            article = self._sold(line.sku_id)
            parts = (line.id, article, line.quantity, before, line.total_cents, line.vat_percent)
            row["line_items"].append(order_line(*parts))
        if order.shipping_cents:
            net, tax = split(order.shipping_cents, SHIPPING_PERCENT)
            parcel = shipping_line(self.new_id("items"), "flat_rate", "PostNL", net, tax, SHIPPING_PERCENT)
            row["shipping_lines"].append(parcel)

    def _sold(self, sku_id: int) -> Row:
        product = self.products.rows.get(self._web_ids.get(sku_id, 0))
        if product is not None:
            return self.as_sold(product)
        article = self._articles.get(sku_id)
        gone: Row = {"product_id": 0, "variation_id": 0, "parent_name": None, "meta_data": []}
        if article is None:
            return {**gone, "name": "", "sku": "", "global_unique_id": ""}
        return {**gone, "name": article.name, "sku": article.sku, "global_unique_id": article.gtin}

    def _coupons_used(self, row: Row, order: WebOrder) -> None:
        left = cents(row["discount_total"]), cents(row["discount_tax"])
        for code in order.coupon_codes:
            coupon = self._codes.get(code.lower()) or blank_coupon(0, code.lower())
            numbers = self.new_id("items"), self.new_id("meta")
            row["coupon_lines"].append(coupon_line(*numbers, coupon, *left))
            left = 0, 0

    def _order_dates(self, row: Row, order: WebOrder) -> None:
        self.stamp(row, "date_created", order.created_at)
        self.stamp(row, "date_modified", order.modified_at)
        is_done = order.status in ("completed", "refunded")
        self.stamp(row, "date_paid", order.created_at if order.status in PAID else None)
        self.stamp(row, "date_completed", order.modified_at if is_done and not order.refunds else None)
        if is_done and order.refunds:
            self.stamp(row, "date_completed", min(order.modified_at, *(refund.at for refund in order.refunds)))
        if is_done and (customer := self.users.rows.get(order.account_id)):
            customer["is_paying_customer"] = True

    def _open_refund(self, order: Row, refund: WebRefund) -> None:
        row = blank_refund(refund.id, order["id"], refund.amount_cents, refund.reason)
        self.stamp(row, "date_created", refund.at)
        kind = "full" if refund.amount_cents >= cents(order["total"]) else "partial"
        row["meta_data"].append(self.meta("_refund_type", kind))
        lines = {line["id"]: line for line in order["line_items"]}
        for line_id, quantity, gross in refund.lines:
            line = lines[line_id]
            net, tax = split(gross, line["taxes"][0]["id"] if line["taxes"] else 0)
            numbers = self.new_id("items"), self.new_id("meta")
            row["line_items"].append(refund_line(*numbers, line, quantity, net, tax))
        self.book(order, row)


def web_ids(articles: Sequence[Article]) -> dict[int, int]:
    """Return the number a sku has in the shop: its product's when that has no other sku, else one of its own."""
    products = {article.product_id for article in articles}
    skus: dict[int, list[int]] = {}
    for article in articles:
        skus.setdefault(article.product_id, []).append(article.sku_id)
    many = {sku for group in skus.values() if len(group) > 1 for sku in group}
    # products and variations share one row of numbers in WordPress
    shift = 0 if many.isdisjoint(products) else 10 ** len(str(max(products)))
    return {
        article.sku_id: article.sku_id + shift if article.sku_id in many else article.product_id for article in articles
    }


def grouped(articles: Iterable[Article]) -> list[tuple[int, list[Article]]]:
    """Return the articles sold online by product."""
    groups: dict[int, list[Article]] = {}
    for article in articles:
        if article.is_online:
            groups.setdefault(article.product_id, []).append(article)
    return list(groups.items())


def postal(address: Address) -> Row:
    """Return an address in the fields of the shop."""
    door = f"{address.street} {address.house_number}{f' bus {address.box}' if address.box else ''}"
    return {
        "address_1": door.strip(),
        "city": address.city,
        "postcode": address.postcode,
        "country": address.country,
    }
