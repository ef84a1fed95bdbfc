"""What every system of the retailer speaks of: places, shops and articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    house_number: str
    postcode: str
    city: str
    country: str
    box: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop; 900 and up are the webshops as the till system numbers them."""

    id: int
    number: int
    name: str
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One sellable sku. Its product groups several (sizes); the webshop may sell it too."""

    sku_id: int
    sku: str
    product_id: int
    product_code: str
    name: str
    brand: str
    category: str
    price_cents: int
    gtin: str = ""
    size: str = ""
    colour: str = ""
    promo_cents: int | None = None
    department: str = ""
    is_online: bool = True
    changed_at: datetime | None = None
    stock: tuple[tuple[int, int], ...] = ()
    """(shop id, quantity available) pairs."""
    description: str = ""
    """What the webshop says of it, as HTML."""
    picture: str = ""
    """Address of its picture."""
