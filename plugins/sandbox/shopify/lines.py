"""Lines of orders and of baskets, and what of them went back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.names import bag, gid

if TYPE_CHECKING:
    from plugins.sandbox.shopify.product import Product, ProductVariant


def tax_in(cents: int, percent: int) -> int:
    """Return the tax inside a price."""
    return round(cents * percent / (100 + percent))


@dataclass(eq=False)
class LineItem:
    """One line, of an order or of a basket that was left."""

    serial: int
    quantity: int
    unit_cents: int
    total_cents: int
    """What is asked for the line after discounts."""
    tax_percent: int
    variant: ProductVariant | None = None
    current_quantity: int = 0
    code: str | None = None
    """The code that took something off."""
    kind: str = "LineItem"

    def __post_init__(self) -> None:
        self.current_quantity = self.quantity
        self.typename = self.kind

    @property
    def id(self) -> str:
        """The global id."""
        return gid(self.kind, self.serial)

    @property
    def product(self) -> Product | None:
        """The article in all sizes."""
        return self.variant.product if self.variant else None

    @property
    def sku(self) -> str | None:
        """The number of the article."""
        return self.variant.sku if self.variant else None

    @property
    def title(self) -> str:
        """What the article is called."""
        return self.variant.product.title if self.variant else "Article that is no longer sold"

    @property
    def variant_title(self) -> str | None:
        """The size."""
        return self.variant.title if self.variant and self.variant.title != "Default Title" else None

    @property
    def name(self) -> str:
        """Title and size."""
        return " - ".join(filter(None, (self.title, self.variant_title)))

    @property
    def original_unit_price_set(self) -> Any:
        """What one costs without discount."""
        return bag(self.unit_cents)

    @property
    def original_total_price_set(self) -> Any:
        """What all cost without discount."""
        return bag(self.unit_cents * self.quantity)

    @property
    def discounted_total_set(self) -> Any:
        """What is asked for all."""
        return bag(self.total_cents)

    discounted_total_price_set = discounted_total_set

    @property
    def discount_cents(self) -> int:
        """What was taken off."""
        return self.unit_cents * self.quantity - self.total_cents

    @property
    def total_discount_set(self) -> Any:
        """What was taken off, as money."""
        return bag(self.discount_cents)

    @property
    def discount_allocations(self) -> list[dict[str, Any]]:
        """Return which discount took how much off; one that needs no code came by itself."""
        if not self.discount_cents:
            return []
        given = {"__typename": "DiscountCodeApplication", "index": 0, "code": self.code}
        applied = given if self.code else {"__typename": "AutomaticDiscountApplication", "index": 0, "title": "Actie"}
        return [{"allocatedAmountSet": bag(self.discount_cents), "discountApplication": applied}]

    @property
    def tax_cents(self) -> int:
        """The tax inside the line."""
        return tax_in(self.total_cents, self.tax_percent)

    @property
    def tax_lines(self) -> list[dict[str, Any]]:
        """The taxes."""
        rate = self.tax_percent / 100
        told = {"title": "BTW", "rate": rate, "ratePercentage": float(self.tax_percent)}
        return [{**told, "priceSet": bag(self.tax_cents)}]


@dataclass(eq=False)
class Refund:
    """What went back at one time."""

    typename: ClassVar[str] = "Refund"
    serial: int
    created_at: datetime
    cents: int
    note: str
    items: list[dict[str, Any]] = field(default_factory=list)
    lines_cents: int = 0
    """What was paid back for lines; the rest is sending."""

    @property
    def id(self) -> str:
        """The global id."""
        return gid(self.typename, self.serial)

    @property
    def legacy_resource_id(self) -> int:
        """The number of old."""
        return self.serial

    @property
    def updated_at(self) -> datetime:
        """Refunds do not change."""
        return self.created_at

    @property
    def total_refunded_set(self) -> Any:
        """What was paid back."""
        return bag(self.cents)

    def refund_line_items(self, **page: Any) -> Connection:
        """Return the lines that went back."""
        return connect([_Row(each) for each in self.items], **page)

    def add(self, line: LineItem, quantity: int, cents: int) -> None:
        """Take a line back, in part or whole."""
        line.current_quantity -= quantity
        self.lines_cents += cents
        self.items.append(
            {
                "id": gid("RefundLineItem", self.serial * 10 + len(self.items)),
                "lineItem": line,
                "quantity": quantity,
                "restockType": "RETURN",
                "restocked": True,
                "priceSet": bag(cents // quantity),
                "subtotalSet": bag(cents),
                "totalTaxSet": bag(tax_in(cents, line.tax_percent)),
            }
        )


class _Row(dict[str, Any]):
    """An entry with a place in a list."""

    @property
    def serial(self) -> int:
        return int(self["id"].rpartition("/")[2])
