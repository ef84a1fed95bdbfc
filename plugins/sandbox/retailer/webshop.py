"""What the first webshop believes: accounts, orders, coupons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plugins.sandbox.retailer.things import Address


@dataclass(frozen=True, slots=True)
class WebAccount:
    id: int
    email: str
    registered_at: datetime
    modified_at: datetime
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    phone: str = ""
    address: Address | None = None
    meta: tuple[tuple[str, Any], ...] = ()
    """Plugin fields (`meta_data`), consent among them."""
    person: str = ""


@dataclass(frozen=True, slots=True)
class WebLine:
    id: int
    sku_id: int
    quantity: int
    unit_cents: int
    """VAT included."""
    total_cents: int
    vat_percent: int = 21


@dataclass(frozen=True, slots=True)
class WebRefund:
    id: int
    at: datetime
    amount_cents: int
    reason: str
    lines: tuple[tuple[int, int, int], ...] = ()
    """(line id, quantity, cents), all positive here."""


@dataclass(frozen=True, slots=True)
class WebOrder:
    id: int
    account_id: int
    """0 for a guest."""
    created_at: datetime
    modified_at: datetime
    status: str
    email: str
    first_name: str
    last_name: str
    address: Address
    lines: tuple[WebLine, ...]
    phone: str = ""
    coupon_codes: tuple[str, ...] = ()
    shipping_cents: int = 0
    refunds: tuple[WebRefund, ...] = ()
    meta: tuple[tuple[str, Any], ...] = ()
    person: str = ""


@dataclass(frozen=True, slots=True)
class WebCoupon:
    id: int
    code: str
    kind: str
    """percent, fixed_cart or fixed_product."""
    amount: str
    created_at: datetime
    modified_at: datetime
    usage_count: int = 0
    usage_limit: int | None = None
    emails: tuple[str, ...] = ()
    expires_on: date | None = None
