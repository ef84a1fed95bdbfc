"""One basket that was left at the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from plugins.sandbox.shopify.addresses import MailingAddress
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.lines import LineItem
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import bag

if TYPE_CHECKING:
    from plugins.sandbox.shopify.customer import Customer


@dataclass(eq=False)
class AbandonedCheckout(Record):
    """A basket somebody left, and perhaps came back to."""

    typename: ClassVar[str] = "AbandonedCheckout"
    customer: Customer | None
    lines: list[LineItem]
    completed_at: datetime | None = None
    discount_codes: tuple[str, ...] = ()
    note: str = ""
    taxes_included: bool = True

    @property
    def name(self) -> str:
        """The number as staff see it."""
        return f"#{self.serial}"

    @property
    def abandoned_checkout_url(self) -> str:
        """Where the basket waits."""
        return f"https://wandelwind-be.example/checkouts/{self.serial}/recover"

    @property
    def billing_address(self) -> MailingAddress | None:
        """Who would have paid."""
        return self.customer.default_address if self.customer else None

    @property
    def shipping_address(self) -> MailingAddress | None:
        """Where it would have gone."""
        return self.billing_address

    @property
    def total_cents(self) -> int:
        """What would have been paid."""
        return sum(line.total_cents for line in self.lines)

    @property
    def total_price_set(self) -> Any:
        """What would have been paid, as money."""
        return bag(self.total_cents)

    subtotal_price_set = total_price_set

    @property
    def total_line_items_price_set(self) -> Any:
        """The lines without discounts."""
        return bag(sum(line.unit_cents * line.quantity for line in self.lines))

    @property
    def total_discount_set(self) -> Any:
        """What was taken off."""
        return bag(sum(line.discount_cents for line in self.lines))

    @property
    def total_tax_set(self) -> Any:
        """The tax inside."""
        return bag(sum(line.tax_cents for line in self.lines))

    def line_items(self, **page: Any) -> Connection:
        """Return the lines."""
        return connect(self.lines, **page)
