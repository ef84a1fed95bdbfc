"""What the till believes: customers, receipts, vouchers and points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from plugins.sandbox.retailer.things import Address


@dataclass(frozen=True, slots=True)
class TillCustomer:
    id: int
    code: str
    created_at: datetime
    exported_at: datetime
    source_id: str = ""
    first_name: str = ""
    surname: str = ""
    gender: str = ""
    birth_date: date | None = None
    email: str = ""
    mobile: str = ""
    phone_home: str = ""
    address: Address | None = None
    language: str = "NL"
    card: str = ""
    newsletter: bool = False
    """What the clerk ticked: the till keeps no time and no proof of it."""
    sms: bool = False
    post: bool = False
    group: str = ""
    shop_id: int = 0
    is_active: bool = True
    merged_into: int | None = None
    deleted_at: datetime | None = None
    points: int = 0
    person: str = ""


@dataclass(frozen=True, slots=True)
class TillLine:
    id: int
    number: int
    sku_id: int
    quantity: int
    """Negative on a return."""
    unit_cents: int
    """What was asked for one, VAT included, after price promotions."""
    standard_cents: int
    total_cents: int
    """What was paid for the line, VAT included, after every discount; negative on a return."""
    vat_percent: int = 21
    returns_line: int | None = None
    discount_cents: int = 0
    coupon: str = ""
    code: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class TillSale:
    id: int
    shop_id: int
    sold_at: datetime
    """Local time of the shop, aware."""
    exported_at: datetime
    lines: tuple[TillLine, ...]
    customer_id: int | None = None
    card: str = ""
    email: str = ""
    channel: str = "TILL"
    order_number: str = ""
    vouchers: tuple[str, ...] = ()
    """Barcodes of what was redeemed."""
    external_reference: str = ""
    """Of an order that another system placed in the till: its name there."""


@dataclass(frozen=True, slots=True)
class TillVoucher:
    id: int
    barcode: str
    kind: str
    """advance, creditvoucher, giftvoucher, loyaltyvoucher, nextsalediscount or voucher."""
    full_cents: int
    open_cents: int
    starts_on: date
    ends_on: date | None
    customer_id: int | None
    shop_id: int
    status: str = "sold"
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TillPoints:
    id: int
    customer_id: int
    points: int
    at: datetime
    shop_id: int
    sale_id: int | None = None
    amount_cents: int = 0
