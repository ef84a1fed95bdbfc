"""What the second webshop believes: customers, orders, checkouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugins.sandbox.retailer.things import Address
from plugins.sandbox.retailer.webshop import WebLine, WebRefund


@dataclass(frozen=True, slots=True)
class StorefrontCustomer:
    """A customer of the second webshop, which runs on rented software."""

    id: int
    created_at: datetime
    updated_at: datetime
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    """As it was typed."""
    address: Address | None = None
    language: str = "nl"
    has_account: bool = False
    """Whether they made an account, or only ever ordered."""
    email_state: str = "NOT_SUBSCRIBED"
    """What the shop says about mail: SUBSCRIBED, UNSUBSCRIBED, PENDING, NOT_SUBSCRIBED or INVALID."""
    email_level: str = ""
    """SINGLE_OPT_IN, CONFIRMED_OPT_IN, UNKNOWN, or nothing."""
    email_at: datetime | None = None
    """When it was said; none where a list was taken over."""
    sms_state: str = "NOT_SUBSCRIBED"
    sms_at: datetime | None = None
    tags: tuple[str, ...] = ()
    person: str = ""


@dataclass(frozen=True, slots=True)
class StorefrontOrder:
    """An order of the second webshop; `shop_id` names the shop on whose tablet it was placed."""

    id: int
    number: int
    customer_id: int
    """0 for somebody who gave no name."""
    created_at: datetime
    updated_at: datetime
    status: str
    """paid, pending or cancelled."""
    lines: tuple[WebLine, ...]
    is_sent: bool = False
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    address: Address | None = None
    language: str = "nl"
    accepts_marketing: bool = False
    shop_id: int = 0
    coupon_codes: tuple[str, ...] = ()
    shipping_cents: int = 0
    refunds: tuple[WebRefund, ...] = ()
    person: str = ""


@dataclass(frozen=True, slots=True)
class StorefrontCheckout:
    """A basket left at the checkout of the second webshop."""

    id: int
    customer_id: int
    created_at: datetime
    updated_at: datetime
    lines: tuple[WebLine, ...]
    completed_at: datetime | None = None
    """When they came back and bought it here."""
    person: str = ""
