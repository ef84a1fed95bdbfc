"""One order of a marketplace: what was bought, how each line stands, and what Channable shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from plugins.sandbox.channable.queries import stamp
from plugins.sandbox.retailer import CURRENCY, Address

STATUSES = (
    "shipped", "not_shipped", "waiting", "cancelled", "processing", "pending_shipment", "pending_cancellation",
    "cancellation_request", "awaiting_confirmation", "partial", "manual",
)  # fmt: skip
FINAL = ("shipped", "cancelled")
COMMISSION = 0.12
CONFIGS = {"bol": 98001, "amazon": 98002}
TRACKS = ("tracking_code", "transporter", "return_tracking_code", "return_transporter")


@dataclass
class Buyer:
    """Who bought, as far as the marketplace tells."""

    first_name: str
    last_name: str
    email: str
    address: Address

    def named(self) -> dict[str, Any]:
        """Return the name and the alias."""
        return {"first_name": self.first_name, "last_name": self.last_name, "email": self.email}


@dataclass
class Item:
    """One line."""

    id: int
    sku: str
    gtin: str
    title: str
    quantity: int
    unit_cents: int
    modified_at: datetime
    status: str = "waiting"
    tracks: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(TRACKS))

    @property
    def total_cents(self) -> int:
        """Return what the line costs."""
        return self.unit_cents * self.quantity


@dataclass
class Event:
    """A line of the order's diary."""

    id: int
    at: datetime
    status: str
    message: str


@dataclass
class Order:
    """One order."""

    id: int
    project_id: int
    marketplace: str
    number: str
    created_at: datetime
    modified_at: datetime
    buyer: Buyer | None
    """None when the personal data was wiped."""
    country: str
    items: list[Item]
    shipping_cents: int = 0
    state: str = ""
    """What stands above the lines: manual or cancellation_request."""
    error_reason: str | None = None
    is_test: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Return how the whole order stands."""
        if self.state:
            return self.state
        found = {each.status for each in self.items}
        if found <= set(FINAL):
            return "shipped" if "shipped" in found else "cancelled"
        return "partial" if found & set(FINAL) else "not_shipped"

    @property
    def paid(self) -> str:
        """Return what is said of the payment."""
        return "cancelled" if self.status == "cancelled" else "paid"

    def note(self, at: datetime, message: str, status: str = "info") -> None:
        """Change: move `modified` and write into the diary."""
        self.modified_at = at
        self.events.append(Event(self.id * 100 + len(self.events), at, status, message))

    def words(self) -> str:
        """Return what a search looks through."""
        person = [self.buyer.first_name, self.buyer.last_name, self.buyer.email] if self.buyer else []
        return " ".join([str(self.id), self.number, *person, *(each.title for each in self.items)]).lower()

    def shown(self) -> dict[str, Any]:
        """Return the order as the API shows it."""
        return {
            "id": self.id,
            "project_id": self.project_id,
            "order_config_id": CONFIGS.get(self.marketplace, 98009),
            "channel_name": self.marketplace,
            "channel_id": self.number,
            "channel_id_internal": "",
            "platform_name": "channable",
            "platform_id": str(self.id),
            "status_paid": self.paid,
            "status_shipped": self.status,
            "error": self.error_reason is not None,
            "error_reason": self.error_reason,
            "obfuscated": self.buyer is None,
            "created": stamp(self.created_at),
            "modified": stamp(self.modified_at),
            "retrieved_at": stamp(self.created_at),
            "data": self._data(),
            "fulfillments": [_fulfilment(each, self.created_at) for each in self.items],
            "attachments": [],
        }

    def _data(self) -> dict[str, Any]:
        named = self.buyer.named() if self.buyer else dict.fromkeys(("first_name", "last_name", "email"))
        customer = {"middle_name": "", "phone": "", "mobile": "", "company": "", "gender": "unknown"}
        has_parts = self.marketplace == "bol"
        at_home = placed(self.buyer, self.country, has_parts=has_parts)
        return {
            "customer": {**named, **customer, "business_order": False, "customer_channel_id": ""},
            "billing": {**named, **at_home, "vat_number": "", "tax_id_number": ""},
            "shipping": {**named, **at_home, "pickup_point_name": "", "shipping_center_id": ""},
            "price": self._price(),
            "products": [self._product(each) for each in self.items],
            "delivery_request": {
                "method": "Standard",
                "carrier": "",
                "promise": "1 day",
                "shipment_promise": (self.created_at + timedelta(days=1)).date().isoformat(),
            },
            "extra": {
                "memo": f"Order from Channable\n{self.marketplace} order id: {self.number}",
                "comment": "",
                "label": "",
                "external_status": "",
                "is_test_order": self.is_test,
                "is_demo_order": False,
                "channel_order_number": self.number,
            },
        }

    def _price(self) -> dict[str, Any]:
        subtotal = sum(each.total_cents for each in self.items)
        return {
            "payment_method": self.marketplace,
            "currency": CURRENCY,
            "subtotal": subtotal / 100,
            "shipping": self.shipping_cents / 100,
            "discount": 0.0,
            "transaction_fee": 0.0,
            "commission": round(subtotal * COMMISSION) / 100,
            "total": (subtotal + self.shipping_cents) / 100,
            "transaction_id": "",
            "payment_details_iban": "",
        }

    def _product(self, item: Item) -> dict[str, Any]:
        due = self.created_at + timedelta(days=2)
        return {
            "id": item.sku,
            "channable_order_item_id": item.id,
            "ean": item.gtin,
            "article_number": "",
            "reference_code": item.sku,
            "title": item.title,
            "quantity": item.quantity,
            "price": item.unit_cents / 100,  # of one piece
            "discount": 0.0,
            "shipping": self.shipping_cents / 100 if item is self.items[0] else 0.0,
            "commission": round(item.total_cents * COMMISSION) / 100,
            "price_tax": None,
            "shipping_tax": None,
            "delivery_period": f"{due.date().isoformat()}+01:00",
            "gift_message": "",
        }


def placed(buyer: Buyer | None, country: str, *, has_parts: bool) -> dict[str, Any]:
    """Return an address: in parts, or as lines, as the marketplace tells it; of a wiped one the country."""
    names = ("street", "house_number", "house_number_ext", "address1", "zip_code", "city")
    empty = {"middle_name": "", "company": "", "phone": "", "address2": "", "address_supplement": ""}
    told: dict[str, Any] = {**empty, **dict.fromkeys(names), "country_code": country}
    told |= {"region": "", "region_code": ""}
    if buyer is None:
        return told
    home = buyer.address
    line = " ".join(filter(None, (home.street, home.house_number, home.box)))
    told |= {"address1": line, "zip_code": home.postcode, "city": home.city}
    if has_parts:
        told |= {"street": home.street, "house_number_ext": home.box, "house_number": _as_number(home.house_number)}
    return told


def _as_number(house_number: str) -> int | None:
    return int(house_number) if house_number.isdecimal() else None


def _fulfilment(item: Item, created_at: datetime) -> dict[str, Any]:
    return {
        "item_id": item.sku,
        "title": item.title,
        "quantity": item.quantity,
        "status": item.status,
        "created_at": stamp(created_at),
        "modified_at": stamp(item.modified_at),
        **item.tracks,
    }
