"""What happens at the marketplaces and in Channable's own screens."""

from __future__ import annotations

from plugins.sandbox.channable.account import MOST_TOKENS, TOKEN_LIFE
from plugins.sandbox.channable.opening import Opening, titled
from plugins.sandbox.channable.order import CONFIGS, FINAL, Buyer, Item, Order
from plugins.sandbox.channable.returns import DECISIONS, Return
from plugins.sandbox.retailer import Address, Article
from plugins.sandbox.stand_in import act

ALIASES = {"bol": "verkopen.bol.com", "amazon": "marketplace.amazon.nl"}
REASONS = (
    "address_parsing", "expired", "orphan", "shipment_failure", "platform_failure", "missing_reference", "pricing",
)  # fmt: skip


class Happenings(Opening):
    """The acts of the sandbox; an order goes by its id or by the marketplace's number, an article by sku."""

    @act
    def order(
        self,
        sku: str,
        quantity: str = "1",
        marketplace: str = "bol",
        first_name: str = "Els",
        last_name: str = "Peeters",
        street: str = "Kerkstraat",
        house_number: str = "12",
        postcode: str = "2000",
        city: str = "Antwerpen",
        country: str = "BE",
        is_test: str = "",
    ) -> None:
        """Somebody buys at a marketplace (`bol` or `amazon`), whose alias hides them; `is_test` says it is a trial."""
        if marketplace not in CONFIGS:
            raise LookupError(f"channable: no marketplace '{marketplace}'; try {', '.join(CONFIGS)}")
        article, now = self._article(sku), self.clock()
        number = max(self.orders, default=830_004) + 7
        alias = f"{number * 7919:012x}@{ALIASES[marketplace]}"
        buyer = Buyer(first_name, last_name, alias, Address(street, house_number, postcode, city, country))
        line = max((item.id for each in self.orders.values() for item in each.items), default=9_910_000) + 1
        unit = article.promo_cents or article.price_cents
        item = Item(line, sku, article.gtin, titled(article), int(quantity), unit, now)
        made = Order(
            number, self.project_id, marketplace, f"A{number}X", now, now, buyer, country, [item], is_test=bool(is_test)
        )
        made.note(now, "Order received")
        self.orders[number] = made

    @act
    def send_back(self, order: str, sku: str, quantity: str = "1", reason: str = "Te klein") -> None:
        """The buyer of an order that was sent registers a return."""
        placed, now = self._order_named(order), self.clock()
        item = next((each for each in placed.items if each.sku == sku), None)
        if item is None or item.status != "shipped" or not 0 < int(quantity) <= item.quantity:
            raise LookupError(f"channable: order '{order}' has no {quantity} of '{sku}' that were sent")
        number = max(self.returns, default=710_000) + 3
        self.returns[number] = Return(number, placed, item, int(quantity), now, now, reason)

    @act
    def settle_return(self, number: str, status: str) -> None:
        """The marketplace, or somebody in Channable's own screen, decides about a return."""
        found = self.returns.get(int(number))
        if found is None or status not in (*DECISIONS, "manual", "processing"):
            raise LookupError(f"channable: no return '{number}', or no such status")
        found.status, found.modified_at = status, self.clock()

    @act
    def ask_cancellation(self, order: str) -> None:
        """The buyer of an order that was not sent wants to cancel it."""
        placed = self._order_named(order)
        if placed.status in (*FINAL, "manual"):
            raise LookupError(f"channable: order '{order}' is {placed.status}")
        placed.state = "cancellation_request"
        for item in placed.items:
            item.status = "cancellation_request" if item.status not in FINAL else item.status
        placed.note(self.clock(), "Cancellation requested by the buyer")

    @act
    def ship(self, order: str) -> None:
        """Somebody sends an order in Channable's own screen."""
        placed, now = self._order_named(order), self.clock()
        for item in placed.items:
            item.status, item.modified_at = "shipped", now
        placed.state = ""
        placed.note(now, "Order shipped")

    @act
    def fail(self, order: str, reason: str) -> None:
        """An order gets an error, such as `address_parsing`."""
        if reason not in REASONS:
            raise LookupError(f"channable: no reason '{reason}'; try {', '.join(REASONS)}")
        placed = self._order_named(order)
        placed.error_reason = reason
        placed.note(self.clock(), f"Error: {reason}", "error")

    @act
    def obfuscate(self, order: str) -> None:
        """The personal data of an old order is wiped; its returns have none either."""
        placed, now = self._order_named(order), self.clock()
        placed.buyer = None
        placed.note(now, "Order obfuscated")
        for each in self.returns.values():
            if each.order is placed:
                each.modified_at = now

    @act
    def forget_item(self, sku: str) -> None:
        """An item leaves the project: updates of its stock are refused from now on."""
        self.unknown_items.add(sku)

    @act
    def hold_updates(self) -> None:
        """Channable is busy: updates of stock are answered with 202 and not carried out."""
        self.is_slow = True

    @act
    def release_updates(self) -> None:
        """Channable carries updates of stock out at once again."""
        self.is_slow = False

    @act
    def make_token(self, token: str) -> None:
        """An owner makes a token; two are valid at once, a third has to wait until one is gone."""
        now = self.clock()
        self.tokens = {each: ends_at for each, ends_at in self.tokens.items() if ends_at > now}
        if len(self.tokens) >= MOST_TOKENS:
            raise LookupError("channable: two tokens are valid already; let one expire first")
        self.tokens[token] = now + TOKEN_LIFE

    @act
    def expire_token(self, token: str) -> None:
        """A token ends, as each does after a year."""
        if token not in self.tokens:
            raise LookupError("channable: no such token")
        self.tokens[token] = self.clock()

    def _order_named(self, name: str) -> Order:
        for each in self.orders.values():
            if name in (str(each.id), each.number):
                return each
        raise LookupError(f"channable: no order '{name}'")

    def _article(self, sku: str) -> Article:
        for each in self.articles.values():
            if each.sku == sku:
                return each
        raise LookupError(f"channable: no article '{sku}'")
