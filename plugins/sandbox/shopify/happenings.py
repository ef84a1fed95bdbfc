"""What happens at Shopify without the API: people buy, leave baskets, change their minds, and are forgotten."""

from __future__ import annotations

from typing import Any

from plugins.sandbox.shopify.addresses import is_email
from plugins.sandbox.shopify.checkout import AbandonedCheckout
from plugins.sandbox.shopify.customer import Consent, Customer
from plugins.sandbox.shopify.lines import LineItem, Refund
from plugins.sandbox.shopify.opening import Opening
from plugins.sandbox.shopify.order import Order
from plugins.sandbox.shopify.product import ProductVariant
from plugins.sandbox.shopify.webhooks import WebhookPaths
from plugins.sandbox.stand_in import act

TAX_PERCENT = 21


class Happenings(WebhookPaths, Opening):
    """The acts of the sandbox; persons go by address or number, articles by sku."""

    @act
    def subscribe(self, email: str) -> None:
        """Somebody ticks the box for mail."""
        customer = self._met(email)
        customer.by_email = Consent("SUBSCRIBED", "SINGLE_OPT_IN", self.clock())
        self._spoke(customer)

    @act
    def unsubscribe(self, email: str) -> None:
        """Somebody uses the link in a mail."""
        customer = self._known(email)
        customer.by_email = Consent("UNSUBSCRIBED", customer.by_email.level, self.clock())
        self._spoke(customer)

    @act
    def subscribe_sms(self, email: str) -> None:
        """Somebody ticks the box for messages."""
        customer = self._known(email)
        customer.by_sms = Consent("SUBSCRIBED", "SINGLE_OPT_IN", self.clock(), collected_from="SHOPIFY")
        self._spoke(customer, "CUSTOMERS_MARKETING_CONSENT_UPDATE")

    @act
    def unsubscribe_sms(self, email: str) -> None:
        """Somebody answers STOP."""
        customer = self._known(email)
        customer.by_sms = Consent("UNSUBSCRIBED", customer.by_sms.level, self.clock(), collected_from="SHOPIFY")
        self._spoke(customer, "CUSTOMERS_MARKETING_CONSENT_UPDATE")

    @act
    def edit(self, email: str, first_name: str = "", last_name: str = "", note: str = "") -> None:
        """A clerk changes a customer."""
        customer = self._known(email)
        customer.first_name, customer.last_name = first_name or customer.first_name, last_name or customer.last_name
        customer.note = note or customer.note
        self._changed(customer)

    @act
    def order(self, email: str, sku: str, quantity: str = "1", shop: str = "", code: str = "") -> None:
        """Somebody buys, online or at the till of the `shop` with that number, perhaps with a discount code."""
        self._place(self._met(email), self._article(sku), int(quantity), shop, code)

    @act
    def refund(self, order: str) -> None:
        """The whole of an order, by its name, goes back."""
        placed = next((each for each in self.of_kind("Order") if each.name == order), None)
        if placed is None or placed.returned:
            raise LookupError(f"shopify: no order '{order}' that could go back")
        refund = Refund(self.new_number("Refund"), self.clock(), placed.total_cents, "")
        for line in placed.lines:
            refund.add(line, line.quantity, line.total_cents)
        placed.returned.append(self.keep(refund))
        placed.updated_at = self.clock()
        self.happened("REFUNDS_CREATE", refund)
        self.happened("ORDERS_UPDATED", placed)
        if placed.customer:
            self._changed(placed.customer)

    @act
    def leave_basket(self, email: str, sku: str, quantity: str = "1") -> None:
        """Somebody gives an address at the checkout, and goes."""
        lines = [self._line_of(self._article(sku), int(quantity), "AbandonedCheckoutLineItem")]
        number, now = self.new_number("AbandonedCheckout"), self.clock()
        self.happened("CHECKOUTS_CREATE", self.keep(AbandonedCheckout(number, now, now, self._met(email), lines)))

    @act
    def come_back(self, email: str) -> None:
        """Somebody buys what is in the basket they left last."""
        customer = self._known(email)
        left = [
            each for each in self.of_kind("AbandonedCheckout") if each.customer is customer and not each.completed_at
        ]
        if not left:
            raise LookupError("shopify: this customer left no basket")
        left[-1].completed_at = left[-1].updated_at = self.clock()
        self.happened("CHECKOUTS_UPDATE", left[-1])
        for line in left[-1].lines:
            self._place(customer, line.variant, line.quantity, "")

    @act
    def request_data(self, email: str) -> None:
        """Somebody asks what is known of them."""
        self.comply("customers/data_request", {"customer": self._person(self._known(email)), "orders_requested": []})

    @act
    def redact(self, email: str) -> None:
        """The erasure of a customer is carried out, and apps are told to do the same."""
        customer = self._known(email)
        person, orders = self._person(customer), [order.serial for order in customer.placed]
        customer.first_name = customer.last_name = customer.email = customer.phone = customer.note = None
        customer.addresses, customer.tags, customer.is_redacted = [], [], True
        customer.by_email, customer.by_sms = Consent("REDACTED"), Consent("REDACTED")
        for order in customer.placed:
            order.email = order.phone = order.address = None
        self._changed(customer)
        self.comply("customers/redact", {"customer": person, "orders_to_redact": orders})

    @act
    def listen(self, url: str) -> None:
        """The app's settings name the address for what the law demands."""
        self.compliance_url = url

    @act
    def repeat(self) -> None:
        """The last message is sent once more, under the same number."""
        self.deliver()

    def _known(self, email: str) -> Customer:
        if customer := self.person_of(email):
            return customer
        raise LookupError("shopify: no such customer")

    def _met(self, email: str) -> Customer:
        """Return the customer, known or new."""
        if known := self.person_of(email):
            return known
        if not is_email(email):
            raise LookupError("shopify: a new customer needs an address")
        number, now = self.new_number("Customer"), self.clock()
        customer: Customer = self.keep(Customer(number, now, now, email=email.lower()))
        self.happened("CUSTOMERS_CREATE", customer)
        return customer

    def _article(self, sku: str) -> ProductVariant:
        for variant in self.of_kind("ProductVariant"):
            if variant.sku == sku:
                return variant  # type: ignore[no-any-return]
        raise LookupError(f"shopify: no article '{sku}'")

    def _line_of(self, variant: ProductVariant, quantity: int, kind: str) -> LineItem:
        number, cents = self.new_number(kind), variant.price_cents
        line: LineItem = self.keep(LineItem(number, quantity, cents, cents * quantity, TAX_PERCENT, variant, kind=kind))
        return line

    def _place(self, customer: Customer, variant: ProductVariant, quantity: int, shop: str, code: str = "") -> None:
        off = self.redeem(code, customer, variant.price_cents * quantity) if code else 0
        lines, now = [self._line_of(variant, quantity, "LineItem")], self.clock()
        number = max((each.number for each in self.of_kind("Order")), default=1000) + 1
        order: Order = self.keep(Order(self.new_number("Order"), now, now, number, lines, 0, customer, customer.email))
        lines[0].total_cents -= off
        lines[0].code, order.discount_codes = code or None, [code] if code else []
        order.address, order.customer_locale = customer.default_address, customer.locale
        order.retail_location = self.records.get(("Location", int(shop))) if shop else None
        order.is_sent, order.customer_accepts_marketing = bool(shop), customer.by_email.state == "SUBSCRIBED"
        customer.placed.append(order)
        self._sell(variant, quantity, shop)
        self.happened("ORDERS_CREATE", order)
        self._changed(customer)  # an order moves `updatedAt` of its customer too

    def _sell(self, variant: ProductVariant, quantity: int, shop: str) -> None:
        levels = variant.item.levels if variant.item else {}
        level = levels.get(int(shop)) if shop else max(levels.values(), key=lambda each: each.available, default=None)
        if level and variant.item:
            level.available -= quantity
            level.updated_at = variant.item.updated_at = self.clock()
            self.happened("INVENTORY_LEVELS_UPDATE", level)

    def _changed(self, customer: Customer) -> None:
        customer.updated_at = self.clock()
        self.happened("CUSTOMERS_UPDATE", customer)

    def _spoke(self, customer: Customer, topic: str = "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE") -> None:
        self._changed(customer)
        self.happened(topic, customer)

    @staticmethod
    def _person(customer: Customer) -> dict[str, Any]:
        return {"id": customer.serial, "email": customer.email, "phone": customer.phone}
