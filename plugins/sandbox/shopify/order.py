"""One order: who placed it, what was paid, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.shopify.addresses import MailingAddress
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.lines import LineItem, Refund, tax_in
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import bag, gid

if TYPE_CHECKING:
    from plugins.sandbox.shopify.customer import Customer

SHIPPING_TAX_PERCENT = 21


@dataclass(eq=False)
class Order(Record):
    """What somebody bought."""

    typename: ClassVar[str] = "Order"
    number: int
    lines: list[LineItem]
    shipping_cents: int = 0
    customer: Customer | None = None
    email: str | None = None
    phone: str | None = None
    address: MailingAddress | None = None
    is_paid: bool = True
    is_sent: bool = False
    cancelled_at: datetime | None = None
    customer_locale: str = "nl"
    customer_accepts_marketing: bool = False
    discount_codes: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    note: str | None = None
    retail_location: Any = None
    returned: list[Refund] = field(default_factory=list)
    test: bool = False
    source_identifier: str | None = None
    currency_code: str = CURRENCY
    presentment_currency_code: str = CURRENCY
    taxes_included: bool = True

    @property
    def name(self) -> str:
        """The number as the customer sees it."""
        return f"#{self.number}"

    @property
    def processed_at(self) -> datetime:
        """When it was placed."""
        return self.created_at

    @property
    def cancel_reason(self) -> str | None:
        """Why it was cancelled."""
        return "CUSTOMER" if self.cancelled_at else None

    @property
    def closed_at(self) -> datetime | None:
        """When there was nothing left to do."""
        return self.updated_at if self.is_sent and self.is_paid else self.cancelled_at

    @property
    def source_name(self) -> str:
        """`pos` for what was ordered in a shop."""
        return "pos" if self.retail_location else "web"

    @property
    def subtotal_cents(self) -> int:
        """The lines after discounts."""
        return sum(line.total_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        """What was asked when it was placed."""
        return self.subtotal_cents + self.shipping_cents

    @property
    def refunded_cents(self) -> int:
        """What was paid back."""
        return sum(refund.cents for refund in self.returned)

    @property
    def current_cents(self) -> int:
        """What is left after refunds; nothing of what was cancelled."""
        return 0 if self.cancelled_at else self.total_cents - self.refunded_cents

    @property
    def financial_status(self) -> str:
        """How it stands with the money."""
        if self.cancelled_at:
            return "VOIDED"
        if not self.is_paid:
            return "PENDING"
        if not self.returned:
            return "PAID"
        return "REFUNDED" if self.current_cents <= 0 else "PARTIALLY_REFUNDED"

    @property
    def display_financial_status(self) -> str:
        """How it stands with the money, as staff see it."""
        return self.financial_status

    @property
    def display_fulfillment_status(self) -> str:
        """Whether it was sent."""
        return "FULFILLED" if self.is_sent else "UNFULFILLED"

    @property
    def subtotal_price_set(self) -> Any:
        """The lines after discounts, as money."""
        return bag(self.subtotal_cents)

    @property
    def total_discounts_set(self) -> Any:
        """What was taken off."""
        return bag(sum(line.discount_cents for line in self.lines))

    @property
    def total_shipping_price_set(self) -> Any:
        """What was asked for sending."""
        return bag(self.shipping_cents)

    @property
    def total_tax_set(self) -> Any:
        """The tax inside the total."""
        return bag(sum(line.tax_cents for line in self.lines) + tax_in(self.shipping_cents, SHIPPING_TAX_PERCENT))

    @property
    def total_price_set(self) -> Any:
        """What was asked when it was placed, as money."""
        return bag(self.total_cents)

    @property
    def current_subtotal_price_set(self) -> Any:
        """The lines that are left."""
        back = sum(each.lines_cents for each in self.returned)
        return bag(0 if self.cancelled_at else self.subtotal_cents - back)

    @property
    def current_total_price_set(self) -> Any:
        """What is left, as money."""
        return bag(self.current_cents)

    @property
    def total_refunded_set(self) -> Any:
        """What was paid back, as money."""
        return bag(self.refunded_cents)

    @property
    def billing_address(self) -> MailingAddress | None:
        """Who paid."""
        return self.address

    @property
    def shipping_address(self) -> MailingAddress | None:
        """Where it went."""
        return self.address

    def line_items(self, **page: Any) -> Connection:
        """Return the lines."""
        return connect(self.lines, **page)

    def refunds(self, first: int | None = None) -> list[Refund]:
        """Return what went back."""
        return self.returned[:first]

    def transactions(self, first: int | None = None) -> list[dict[str, Any]]:
        """Return the payment, and the repayments."""
        paid = [self._transaction(0, "SALE", self.total_cents, self.created_at)] if self.is_paid else []
        back = [
            self._transaction(at, "REFUND", each.cents, each.created_at) for at, each in enumerate(self.returned, 1)
        ]
        return [*paid, *back][:first]

    def _transaction(self, at: int, kind: str, cents: int, moment: datetime) -> dict[str, Any]:
        told = {"kind": kind, "status": "SUCCESS", "gateway": "bancontact", "amountSet": bag(cents), "test": False}
        when = {"createdAt": moment, "processedAt": moment}
        return {"id": gid("OrderTransaction", self.serial * 10 + at), **told, **when}
