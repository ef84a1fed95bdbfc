"""What a code of ours takes off, as the discount that Shopify takes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from targets.shopify.payload import Id, Payload

SHOPS = ZoneInfo("Europe/Amsterdam")
"""Whose day it is: a code is good from the start of its first business day to the end of its last."""
LONG_AGO = "2000-01-01T00:00:00Z"
"""Since when a code without a first day is good: Shopify wants one."""

Minor = Annotated[int, Field(ge=0)]
Day = Annotated[date, Field(strict=False)]


class Code(Payload):
    """A code of ours, and what it takes off."""

    operations = frozenset({"add", "change"})
    code: Annotated[str, Field(min_length=1)]
    email: str | None
    currency: str
    starts_on: Day | None

    def discount(self, customer: str | None, others: list[str]) -> dict[str, Any]:
        """Return the discount, for one customer and not for the others any more, or for everybody."""
        named = {"add": [customer], **({"remove": others} if others else {})}
        return {
            "startsAt": _moment(self.starts_on) if self.starts_on else LONG_AGO,
            "usageLimit": 1,
            "appliesOncePerCustomer": True,
            "combinesWith": {"orderDiscounts": True, "productDiscounts": True, "shippingDiscounts": True},
            "context": {"customers": named} if customer else {"all": "ALL"},
        }


class Voucher(Code):
    """A voucher of ours, and what is left of it."""

    kind: Literal["voucher"]
    type: Literal["giftvoucher", "loyaltyvoucher"]
    full_minor: Minor
    open_minor: Minor
    ends_on: Day | None

    @property
    def is_open(self) -> bool:
        """Tell whether anything is left."""
        return self.open_minor > 0

    def discount(self, customer: str | None, others: list[str]) -> dict[str, Any]:
        """Return the discount; what is spent is not written but ended."""
        kind = "Gift voucher" if self.type == "giftvoucher" else "Loyalty voucher"
        return {
            **super().discount(customer, others),
            "title": f"{kind} of {written(self.full_minor)} {self.currency}",
            "endsAt": _end(self.ends_on),
            "customerGets": _off({"discountAmount": _amount(self.open_minor)}),
        }


class Offer(Code):
    """The code of an offer: what it takes off, from what sum, and whether it can still be used."""

    kind: Literal["offer"]
    percent: Annotated[int, Field(ge=1, le=100)] | None
    minor: Annotated[int, Field(ge=1)] | None
    from_minor: Minor | None
    products: Annotated[list[Id], Field(max_length=0)]
    """Of products by themselves the channel says that it cannot hold them."""
    ends_on: Day
    is_open: bool

    @model_validator(mode="after")
    def _takes_one_off(self) -> Offer:
        if (self.percent is None) == (self.minor is None):
            raise PydanticCustomError("no_benefit", "neither a percentage nor an amount")
        return self

    def discount(self, customer: str | None, others: list[str]) -> dict[str, Any]:
        """Return the discount; one that is used or taken back is not written but ended."""
        worth = {"discountAmount": _amount(self.minor or 0)}
        least = {"greaterThanOrEqualToSubtotal": written(self.from_minor or 0)}
        return {
            **super().discount(customer, others),
            "title": "Offer",
            "endsAt": _end(self.ends_on),
            "minimumRequirement": {"subtotal": least} if self.from_minor else None,
            "customerGets": _off(worth if self.percent is None else {"percentage": self.percent / 100}),
        }


def _off(value: dict[str, Any]) -> dict[str, Any]:
    return {"items": {"all": True}, "value": value}


def _amount(minor: int) -> dict[str, Any]:
    return {"amount": written(minor), "appliesOnEachItem": False}


def written(minor: int) -> str:
    """Return cents as Shopify takes an amount."""
    return f"{minor // 100}.{minor % 100:02}"


def _moment(day: date) -> str:
    return datetime.combine(day, time(), SHOPS).isoformat()


def _end(day: date | None) -> str | None:
    """Return the last second of a day, None for ever."""
    return datetime.combine(day, time(23, 59, 59), SHOPS).isoformat() if day else None
