"""What was looked at on the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BrowsedItem:
    """An article that a browser event is about."""

    sku: str
    name: str
    brand: str
    category: str
    variant: str
    cents: int
    """Price of one, VAT included."""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class BrowseEvent:
    """What a browser told of a visit to the webshop."""

    at: datetime
    name: str
    """first_visit, session_start, page_view, view_item, add_to_cart, begin_checkout or purchase."""
    browser: str
    """The cookie; empty where the visitor allowed none."""
    session: int
    """When the visit began, in seconds: unique only together with the browser."""
    visit: int
    """The how-manieth visit of this browser."""
    page: str
    source: str
    medium: str
    device: str
    first_seen_at: datetime
    account: str = ""
    """Number of the account, where somebody was signed in."""
    items: tuple[BrowsedItem, ...] = ()
    order: str = ""
    """Number of the order that was placed."""
    value_cents: int = 0
    campaign: str = ""
    city: str = ""
    country: str = "NL"
    may_measure: bool = True
    """What was said in the cookie banner about statistics."""
    may_advertise: bool = False
    days_late: int = 0
    """How many days after it happened it was told: a phone was offline."""
    person: str = ""
