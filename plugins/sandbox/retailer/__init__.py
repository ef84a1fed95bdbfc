"""The shape of a retailer behind the sandbox: what each of its systems holds, and the truth behind them.

The views (`Till…`, `Web…`, `Storefront…`, `Marketplace…`, `Contact`) are what a system believes; `person` says who it
really is and never leaves through a stand-in. Money is cents in `CURRENCY`; times are UTC unless a field says local.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from plugins.sandbox.retailer.browsing import BrowsedItem, BrowseEvent
from plugins.sandbox.retailer.marketplaces import MarketplaceOrder, MarketplaceReturn
from plugins.sandbox.retailer.newsletter import Activity, Campaign, Contact
from plugins.sandbox.retailer.social import Lead, LeadForm, SocialComment, SocialMention, SocialPost
from plugins.sandbox.retailer.storefront import StorefrontCheckout, StorefrontCustomer, StorefrontOrder
from plugins.sandbox.retailer.things import Address, Article, Shop
from plugins.sandbox.retailer.till import TillCustomer, TillLine, TillPoints, TillSale, TillVoucher
from plugins.sandbox.retailer.webshop import WebAccount, WebCoupon, WebLine, WebOrder, WebRefund

__all__ = [
    "CURRENCY",
    "Activity",
    "Address",
    "Article",
    "BrowseEvent",
    "BrowsedItem",
    "Campaign",
    "Contact",
    "EmptyRetailer",
    "Lead",
    "LeadForm",
    "MarketplaceOrder",
    "MarketplaceReturn",
    "Retailer",
    "Shop",
    "SocialComment",
    "SocialMention",
    "SocialPost",
    "StorefrontCheckout",
    "StorefrontCustomer",
    "StorefrontOrder",
    "TillCustomer",
    "TillLine",
    "TillPoints",
    "TillSale",
    "TillVoucher",
    "Truth",
    "WebAccount",
    "WebCoupon",
    "WebLine",
    "WebOrder",
    "WebRefund",
]

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Truth:
    """Who someone really is, and what they really agreed to."""

    id: str
    first_name: str
    last_name: str
    birth_date: date | None
    wants_email: bool
    """The last thing this person really said about advertising by e-mail."""
    points: int = 0


class Retailer(Protocol):
    """What the stand-ins ask of the retailer behind them. Big tables come in slices."""

    name: str
    anchor: datetime
    """The moment up to which the retailer's life has been told (UTC)."""

    @property
    def shops(self) -> Sequence[Shop]: ...
    @property
    def articles(self) -> Sequence[Article]: ...
    @property
    def till_customers(self) -> Sequence[TillCustomer]: ...
    @property
    def till_sales(self) -> Sequence[TillSale]:
        """In order of `exported_at`, then `id`; may be lazy, and then only slicing and `len` are cheap."""
        ...

    @property
    def till_vouchers(self) -> Sequence[TillVoucher]: ...
    @property
    def till_points(self) -> Sequence[TillPoints]: ...
    @property
    def web_accounts(self) -> Sequence[WebAccount]: ...
    @property
    def web_orders(self) -> Sequence[WebOrder]: ...
    @property
    def web_coupons(self) -> Sequence[WebCoupon]: ...
    @property
    def storefront_customers(self) -> Sequence[StorefrontCustomer]: ...
    @property
    def storefront_orders(self) -> Sequence[StorefrontOrder]: ...
    @property
    def storefront_checkouts(self) -> Sequence[StorefrontCheckout]: ...
    @property
    def marketplace_orders(self) -> Sequence[MarketplaceOrder]: ...
    @property
    def contacts(self) -> Sequence[Contact]: ...
    @property
    def campaigns(self) -> Sequence[Campaign]: ...
    @property
    def activities(self) -> Sequence[Activity]: ...
    @property
    def social_posts(self) -> Sequence[SocialPost]: ...
    @property
    def social_comments(self) -> Sequence[SocialComment]: ...
    @property
    def social_mentions(self) -> Sequence[SocialMention]: ...
    @property
    def lead_forms(self) -> Sequence[LeadForm]: ...
    @property
    def leads(self) -> Sequence[Lead]: ...
    @property
    def browse_events(self) -> Sequence[BrowseEvent]:
        """In order of `at`."""
        ...

    @property
    def truths(self) -> Sequence[Truth]: ...


@dataclass
class EmptyRetailer:
    """A retailer on the day before opening; tests fill in what they need."""

    anchor: datetime
    name: str = "empty"
    shops: Sequence[Shop] = ()
    articles: Sequence[Article] = ()
    till_customers: Sequence[TillCustomer] = ()
    till_sales: Sequence[TillSale] = ()
    till_vouchers: Sequence[TillVoucher] = ()
    till_points: Sequence[TillPoints] = ()
    web_accounts: Sequence[WebAccount] = ()
    web_orders: Sequence[WebOrder] = ()
    web_coupons: Sequence[WebCoupon] = ()
    storefront_customers: Sequence[StorefrontCustomer] = ()
    storefront_orders: Sequence[StorefrontOrder] = ()
    storefront_checkouts: Sequence[StorefrontCheckout] = ()
    marketplace_orders: Sequence[MarketplaceOrder] = ()
    contacts: Sequence[Contact] = ()
    campaigns: Sequence[Campaign] = ()
    activities: Sequence[Activity] = ()
    social_posts: Sequence[SocialPost] = ()
    social_comments: Sequence[SocialComment] = ()
    social_mentions: Sequence[SocialMention] = ()
    lead_forms: Sequence[LeadForm] = ()
    leads: Sequence[Lead] = ()
    browse_events: Sequence[BrowseEvent] = ()
    truths: Sequence[Truth] = field(default=())
