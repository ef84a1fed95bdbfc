"""The shape of a retailer behind the sandbox: what each of its systems holds, and the truth behind them.

The views (`Till…`, `Web…`, `Storefront…`, `Marketplace…`, `Contact`) are what a system believes; `person` says who it
really is and never leaves through a stand-in. Money is cents in `CURRENCY`; times are UTC unless a field says local.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

CURRENCY = "EUR"


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


@dataclass(frozen=True, slots=True)
class Contact:
    """A member of the newsletter audience."""

    email: str
    status: str
    """subscribed, unsubscribed, cleaned, pending, transactional or archived."""
    last_changed: datetime
    first_name: str = ""
    last_name: str = ""
    opted_in_at: datetime | None = None
    ip_opt: str = ""
    source: str = "Embed Form"
    tags: tuple[str, ...] = ()
    """Tags of others: agencies, plugins, hand-made ones."""
    merge_fields: tuple[tuple[str, Any], ...] = ()
    permissions: tuple[tuple[str, bool], ...] = ()
    language: str = "nl"
    unsubscribe_reason: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    title: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """What a member did with a campaign: open, click, bounce or unsubscribe."""

    campaign_id: str
    email: str
    action: str
    at: datetime
    url: str = ""
    bounce: str = ""
    """hard or soft."""


@dataclass(frozen=True, slots=True)
class SocialPost:
    """What the retailer itself put on a network."""

    id: str
    network: str
    """facebook or instagram."""
    at: datetime
    text: str
    picture: str = ""
    likes: int = 0
    shares: int = 0


@dataclass(frozen=True, slots=True)
class SocialComment:
    """What somebody, or the retailer itself, wrote below a post."""

    id: str
    network: str
    post_id: str
    at: datetime
    text: str
    author_id: str = ""
    """As the network tells it to the retailer; empty for the retailer itself."""
    author: str = ""
    """The name on Facebook, the user name on Instagram."""
    parent_id: str = ""
    """The comment that is answered."""
    likes: int = 0
    is_hidden: bool = False
    person: str = ""


@dataclass(frozen=True, slots=True)
class SocialMention:
    """A picture of somebody else on Instagram that names the retailer."""

    id: str
    at: datetime
    text: str
    author_id: str
    author: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class LeadForm:
    """A form in an advert."""

    id: str
    name: str
    created_at: datetime
    boxes: tuple[tuple[str, str], ...] = ()
    """(key, wording) of the boxes for consent."""
    locale: str = "NL_NL"


@dataclass(frozen=True, slots=True)
class Lead:
    """A form that somebody filled in."""

    id: str
    form_id: str
    at: datetime
    answers: tuple[tuple[str, str], ...]
    """(question, answer): full_name, email, phone_number."""
    boxes: tuple[tuple[str, bool], ...] = ()
    network: str = "facebook"
    ad_id: str = ""
    person: str = ""
    """Empty for somebody whom no system knew before."""


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
