"""One discount with its codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.customer import Customer
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import gid, money


@dataclass(eq=False)
class RedeemCode(Record):
    """One code of a discount."""

    typename: ClassVar[str] = "DiscountRedeemCode"
    code: str
    async_usage_count: int = 0


@dataclass(eq=False)
class Discount(Record):
    """A percentage or an amount off; `DiscountNode` and `DiscountCodeNode` are two names of its node."""

    typename: ClassVar[str] = "DiscountCodeNode"
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    percentage: float | None = None
    """From 0.0 to 1.0."""
    cents: int | None = None
    applies_on_each_item: bool = False
    usage_limit: int | None = None
    once_per_customer: bool = False
    customers: list[Customer] | None = None
    """Who may use it; None is everybody."""
    combines: dict[str, bool] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    redeemable: list[RedeemCode] = field(default_factory=list)

    def status(self, now: datetime) -> str:
        """Tell whether it may be used now."""
        if self.ends_at and self.ends_at <= now:
            return "EXPIRED"
        return "SCHEDULED" if self.starts_at > now else "ACTIVE"

    @property
    def uses(self) -> int:
        """How often it was used."""
        return sum(code.async_usage_count for code in self.redeemable)

    def body(self, now: datetime) -> dict[str, Any]:
        """Return the discount itself, without its node."""
        combines = {name: self.combines.get(name, False) for name in COMBINES}
        return {
            "__typename": "DiscountCodeBasic",
            "title": self.title,
            "status": self.status(now),
            "startsAt": self.starts_at,
            "endsAt": self.ends_at,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "usageLimit": self.usage_limit,
            "appliesOncePerCustomer": self.once_per_customer,
            "asyncUsageCount": self.uses,
            "codesCount": {"count": len(self.redeemable), "precision": "EXACT"},
            "codes": self.codes,
            "combinesWith": combines,
            "context": self.context,
            "customerGets": {**ON_EVERYTHING, "value": self.value},
            "tags": self.tags,
        }

    def codes(self, **page: Any) -> Connection:
        """Return the codes."""
        return connect(self.redeemable, **page)

    @property
    def context(self) -> dict[str, Any]:
        """Return who may use it."""
        if self.customers is None:
            return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
        return {"__typename": "DiscountCustomers", "customers": self.customers}

    @property
    def value(self) -> dict[str, Any]:
        """Return what is taken off."""
        if self.cents is None:
            return {"__typename": "DiscountPercentage", "percentage": self.percentage}
        off = {"amount": money(self.cents), "appliesOnEachItem": self.applies_on_each_item}
        return {"__typename": "DiscountAmount", **off}


@dataclass(eq=False)
class Node:
    """A discount as the root fields show it."""

    discount_of: Discount
    now: datetime
    typename: str

    @property
    def serial(self) -> int:
        """The number of the discount."""
        return self.discount_of.serial

    @property
    def id(self) -> str:
        """The global id, which bears the name of the field it was read from."""
        return gid(self.typename, self.serial)

    @property
    def discount(self) -> dict[str, Any]:
        """The discount of any kind."""
        return self.discount_of.body(self.now)

    code_discount = discount

    def metafield(self, **asked: Any) -> Any:
        """Return one metafield."""
        return self.discount_of.metafield(**asked)

    def metafields(self, **asked: Any) -> Connection:
        """Return the metafields."""
        return self.discount_of.metafields(**asked)


@dataclass(eq=False)
class BulkCreation(Record):
    """Codes that are added in the background."""

    typename: ClassVar[str] = "DiscountRedeemCodeBulkCreation"
    discount: Discount
    asked: list[Any]
    """One row for each code: `code`, `discountRedeemCode`, `errors`."""
    done: bool = False

    @property
    def codes_count(self) -> int:
        """How many were asked for."""
        return len(self.asked)

    @property
    def imported_count(self) -> int:
        """How many there are now."""
        return sum(1 for row in self.asked if row["discountRedeemCode"])

    @property
    def failed_count(self) -> int:
        """How many were refused."""
        return sum(1 for row in self.asked if row["errors"])

    @property
    def discount_code(self) -> Node:
        """Whose codes they are."""
        return Node(self.discount, self.updated_at, "DiscountCodeNode")

    def codes(self, **page: Any) -> Connection:
        """Return how each one fared."""
        return connect(self.asked, **page)


class CodeRow(dict[str, Any]):
    """How one code of many fared, with its place."""

    @property
    def serial(self) -> int:
        """The place."""
        return int(self["place"])


COMBINES = ("orderDiscounts", "productDiscounts", "shippingDiscounts")
ON_EVERYTHING: dict[str, Any] = {
    "items": {"__typename": "AllDiscountItems", "allItems": True},
    "appliesOnOneTimePurchase": True,
    "appliesOnSubscription": False,
}
