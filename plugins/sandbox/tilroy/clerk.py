"""What happens in the shops: clerks tick, edit, merge, delete, hand out cards, and sell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from plugins.sandbox.retailer import Address, TillLine, TillSale
from plugins.sandbox.stand_in import act
from plugins.sandbox.tilroy.answers import LOCAL
from plugins.sandbox.tilroy.customer_book import Member
from plugins.sandbox.tilroy.loyalty import Extras, Loyalty
from plugins.sandbox.tilroy.sales import Sales
from plugins.sandbox.tilroy.stock import Stock

FLAGS = {"newsletter", "sms", "post", "is_active"}
TEXTS = {
    "card", "code", "email", "first_name", "gender", "group", "language", "mobile", "phone_home", "source_id",
    "surname",
}  # fmt: skip
ADDRESS = {"street", "house_number", "postcode", "city", "country", "box"}
LINES_PER_SALE = 1000
CENTS_PER_POINT = 100
"""What earns a point over the counter, where the retailer has points at all."""


class Clerk(Loyalty, Sales, Stock):
    """Everything that a person at a till can do; each is exported anew."""

    def _somebody(self, customer_id: str) -> Member:
        member = self.customers.get(int(customer_id)) if customer_id.isdecimal() else None
        if member is None:
            raise LookupError(f"tilroy: no customer '{customer_id}'")
        return member

    @act
    def set_newsletter(self, customer_id: str, value: str) -> None:
        """Let a clerk tick or untick the newsletter (`true` or `false`)."""
        self.change(self._somebody(customer_id), newsletter=_yes(value))

    @act
    def edit_customer(self, customer_id: str, field: str, value: str) -> None:
        """Let a clerk change one fact: a field of `TillCustomer` (`birth_date` as yyyy-mm-dd)."""
        member = self._somebody(customer_id)
        if field == "birth_date":
            self.change(member, birth_date=date.fromisoformat(value) if value else None)
        elif field in FLAGS:
            self.change(member, **{field: _yes(value)})
        elif field in TEXTS:
            self.change(member, **{field: value})
        elif field in ADDRESS:
            address = member.till.address or Address("", "", "", "", "")
            self.change(member, address=replace(address, **{field: value}))
        else:
            raise LookupError(
                f"tilroy: no field '{field}'; it knows {', '.join(sorted(FLAGS | TEXTS | ADDRESS | {'birth_date'}))}"
            )

    @act
    def write_comments(self, customer_id: str, text: str) -> None:
        """Let a clerk write something about a customer, in place of what stood there."""
        self.customers.put(replace(self._somebody(customer_id), comments=text), self.present())

    @act
    def delete_customer(self, customer_id: str) -> None:
        """Let a clerk delete somebody."""
        self.customers.delete(self._somebody(customer_id).till.id, self.present())

    @act
    def merge_customers(self, keep: str, lose: str) -> None:
        """Let a clerk merge two customers."""
        self.merge(self._somebody(keep).till.id, self._somebody(lose))

    @act
    def add_card(self, customer_id: str, card: str) -> None:
        """Let a clerk hand out one more card."""
        if self.customers.find("card", card):
            raise LookupError("tilroy: this card is somebody's already")
        self.give_card(self._somebody(customer_id), card, is_default=False)

    @act
    def sell(self, customer_id: str, shop_id: str, sku_id: str, quantity: str, unit_cents: str) -> None:
        """Sell so many of a sku; a negative quantity is a return, an empty customer nobody known; it earns points."""
        article, shop = self.articles.get(int(sku_id)), self.shops.get(int(shop_id))
        if article is None or shop is None:
            raise LookupError(f"tilroy: no sku '{sku_id}' or no shop '{shop_id}'")
        buyer = self._somebody(customer_id).till if customer_id else None
        number, present, amount = self.sales.next_id(), self.present(), int(quantity)
        unit = int(unit_cents)
        line = TillLine(
            number * LINES_PER_SALE + 1, 1, article.sku_id, amount, unit, article.price_cents, unit * amount
        )
        sale = TillSale(
            number, shop.id, present.astimezone(LOCAL), present, (line,), buyer.id if buyer else None,
            card=buyer.card if buyer else "", email=buyer.email if buyer else "",
        )  # fmt: skip
        self.sales.made.append(sale)
        self.move((article.sku_id, shop.id), -amount, "sale", present, cause=str(number))
        points = int(unit * amount / CENTS_PER_POINT)
        if buyer and points and self.retailer.till_points:
            self.add_points(self._somebody(customer_id), points, shop.id, present, Extras(), sale=sale)


def _yes(value: str) -> bool:
    return str(value).strip().lower() in {"true", "1", "yes"}
