"""What marketplaces tell of their orders and returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugins.sandbox.retailer.things import Address
from plugins.sandbox.retailer.webshop import WebLine


@dataclass(frozen=True, slots=True)
class MarketplaceReturn:
    """One piece or several of a line that a buyer of a marketplace sends back."""

    id: int
    line_id: int
    quantity: int
    created_at: datetime
    modified_at: datetime
    reason: str = ""
    comment: str = ""
    status: str = "new"
    """new, accepted, rejected, keeps and the other words of who passes them on."""


@dataclass(frozen=True, slots=True)
class MarketplaceOrder:
    """A purchase at a marketplace that no webshop of the retailer holds: it comes through a middleman only."""

    id: int
    marketplace: str
    """bol or amazon."""
    number: str
    """As the marketplace numbers it."""
    created_at: datetime
    modified_at: datetime
    status: str
    """not_shipped, shipped, cancelled or cancellation_request."""
    email: str
    """The alias behind which the marketplace keeps the buyer."""
    first_name: str
    last_name: str
    address: Address
    lines: tuple[WebLine, ...]
    shipping_cents: int = 0
    returns: tuple[MarketplaceReturn, ...] = ()
    is_obfuscated: bool = False
    """Whether the middleman has wiped who bought."""
    person: str = ""
