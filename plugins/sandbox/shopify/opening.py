"""The shop on the day the sandbox opens: articles, customers, orders and baskets of the retailer behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from plugins.sandbox.retailer import (
    Article,
    Shop,
    StorefrontCheckout,
    StorefrontCustomer,
    StorefrontOrder,
    WebCoupon,
    WebLine,
)
from plugins.sandbox.shopify.addresses import e164, lived
from plugins.sandbox.shopify.checkout import AbandonedCheckout
from plugins.sandbox.shopify.customer import Consent, Customer
from plugins.sandbox.shopify.customers import CustomerPaths
from plugins.sandbox.shopify.discount import Discount
from plugins.sandbox.shopify.discounts import DiscountPaths
from plugins.sandbox.shopify.lines import LineItem, Refund
from plugins.sandbox.shopify.names import numbered
from plugins.sandbox.shopify.order import Order
from plugins.sandbox.shopify.prices import PriceList
from plugins.sandbox.shopify.product import InventoryItem, InventoryLevel, Location, Product, ProductVariant

COUNTRY = "BE"
OPENED_DAYS = 300
ITEMS_FROM, LEVELS_PER_ITEM = 1_000_000, 1000


class Opening(CustomerPaths, DiscountPaths):
    """Turns what the retailer holds into what Shopify would hold."""

    def seed(self) -> None:
        """Fill the shop."""
        super().seed()
        self.opened = self.retailer.anchor - timedelta(days=OPENED_DAYS)
        for shop in self.retailer.shops:
            if shop.address is None or shop.address.country == COUNTRY:
                self._open_location(shop)
        groups: dict[int, list[Article]] = {}
        for article in self.retailer.articles:
            if article.is_online:
                groups.setdefault(article.product_id, []).append(article)
        for group in groups.values():
            self._open_product(group)
        self.keep(PriceList(1, self.opened, self.opened, "Vaste klanten"))
        for coupon in self.retailer.web_coupons:
            self._open_discount(coupon)
        self.phones: set[str] = set()
        for customer in self.retailer.storefront_customers:
            self._open_customer(customer)
        for order in self.retailer.storefront_orders:
            self._open_order(order)
        for checkout in self.retailer.storefront_checkouts:
            self._open_checkout(checkout)

    def _open_location(self, shop: Shop) -> None:
        self.keep(Location(shop.id, self.opened, self.opened, shop.name, shop.address))

    def _open_product(self, group: Sequence[Article]) -> None:
        first = group[0]
        changed = max(first.changed_at or self.opened, self.opened)
        tags = sorted({first.department, first.category} - {""})
        about = (first.name, first.brand, first.category, first.description, first.product_code.lower(), tags)
        product: Product = self.keep(Product(first.product_id, self.opened, changed, *about))
        for position, article in enumerate(group, 1):
            product.sizes.append(self._open_variant(product, article, position, changed))

    def _open_variant(self, product: Product, article: Article, position: int, changed: datetime) -> ProductVariant:
        price, before = article.price_cents, None
        if article.promo_cents:
            price, before = article.promo_cents, article.price_cents
        numbers = (article.sku, article.gtin or None, article.size, price, before, position)
        variant: ProductVariant = self.keep(ProductVariant(article.sku_id, self.opened, changed, product, *numbers))
        item: InventoryItem = self.keep(InventoryItem(ITEMS_FROM + article.sku_id, self.opened, changed, variant))
        variant.item = item
        for shop, quantity in article.stock:
            if location := self.records.get(("Location", shop)):
                number = item.serial * LEVELS_PER_ITEM + shop
                level = InventoryLevel(number, self.opened, changed, item, location, quantity)
                item.levels[shop] = self.keep(level)
        return variant

    def _open_discount(self, coupon: WebCoupon) -> None:
        begun = max(coupon.created_at, self.opened)
        ends = datetime.combine(coupon.expires_on, time(), begun.tzinfo) if coupon.expires_on else None
        made: Discount = self.keep(Discount(coupon.id, begun, coupon.modified_at, coupon.code, begun, ends))
        made.usage_limit = coupon.usage_limit
        if coupon.kind == "percent":
            made.percentage = float(coupon.amount) / 100
        else:
            made.cents = round(float(coupon.amount) * 100)
        used = sum(1 for order in self.retailer.storefront_orders if coupon.code in order.coupon_codes)
        self.add_code(made, coupon.code.upper()).async_usage_count = used

    def _open_customer(self, told: StorefrontCustomer) -> None:
        phone = e164(told.phone, COUNTRY)
        if phone in self.phones:  # the shop keeps a number once: a family's second customer goes without
            phone = ""
        self.phones.add(phone)
        address = lived(self.new_number("MailingAddress"), told.address, told.first_name, told.last_name, told.phone)
        self.keep(
            Customer(
                told.id,
                told.created_at,
                told.updated_at,
                told.first_name or None,
                told.last_name or None,
                told.email.lower() or None,
                phone or None,
                told.language,
                "ENABLED" if told.has_account else "DISABLED",
                tags=list(told.tags),
                addresses=[address] if address else [],
                by_email=Consent(told.email_state, told.email_level or None, told.email_at),
                by_sms=_by_sms(told) if phone else Consent(),
            )
        )

    def _open_order(self, told: StorefrontOrder) -> None:
        customer: Customer | None = self.records.get(("Customer", told.customer_id))
        lines = [self._line(each, "LineItem") for each in told.lines]
        for item in lines:
            item.code = next((code.upper() for code in told.coupon_codes), None)
        address = lived(self.new_number("MailingAddress"), told.address, told.first_name, told.last_name, told.phone)
        order: Order = self.keep(
            Order(
                told.id,
                told.created_at,
                told.updated_at,
                told.number,
                lines,
                told.shipping_cents,
                customer,
                told.email or None,
                e164(told.phone, COUNTRY) or None,
                address,
                is_paid=told.status == "paid",
                is_sent=told.is_sent,
                cancelled_at=told.updated_at if told.status == "cancelled" else None,
                customer_locale=told.language,
                customer_accepts_marketing=told.accepts_marketing,
                discount_codes=[code.upper() for code in told.coupon_codes],
                retail_location=self.records.get(("Location", told.shop_id)),
            )
        )
        if customer:
            customer.placed.append(order)
        by_id = {line.serial: line for line in lines}
        for each in told.refunds:
            refund = Refund(each.id, each.at, each.amount_cents, each.reason)
            for line, quantity, cents in each.lines:
                refund.add(by_id[line], quantity, cents)
            order.returned.append(self.keep(refund))

    def _open_checkout(self, told: StorefrontCheckout) -> None:
        customer = self.records.get(("Customer", told.customer_id))
        lines = [self._line(each, "AbandonedCheckoutLineItem") for each in told.lines]
        when = (told.created_at, told.updated_at)
        self.keep(AbandonedCheckout(told.id, *when, customer, lines, told.completed_at))

    def _line(self, told: WebLine, kind: str) -> LineItem:
        variant: Any = self.records.get(("ProductVariant", told.sku_id))
        cents = (told.unit_cents, told.total_cents, told.vat_percent)
        line: LineItem = self.keep(LineItem(told.id, told.quantity, *cents, variant, kind=kind))
        return line

    def person_of(self, key: str) -> Customer | None:
        """Return the customer with a number, a global id or an address."""
        number = int(key) if key.isdecimal() else numbered(key, "Customer") if key.startswith("gid:") else 0
        found: Customer | None = self.records.get(("Customer", number))
        return found or self.with_email(key)


def _by_sms(told: StorefrontCustomer) -> Consent:
    if told.sms_at is None:
        return Consent()
    return Consent(told.sms_state, "SINGLE_OPT_IN", told.sms_at, collected_from="SHOPIFY")
