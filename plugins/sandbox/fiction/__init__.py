"""Wandelwind, the fictional Dutch and Belgian outdoor shop: every person's truth, and what each system makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from random import Random

from plugins.sandbox.fiction.browsing import Browsing
from plugins.sandbox.fiction.catalogue import coupons, stocked
from plugins.sandbox.fiction.left_baskets import left_baskets
from plugins.sandbox.fiction.looked_up import follow, looked_up
from plugins.sandbox.fiction.marketplaces import marketplace_orders
from plugins.sandbox.fiction.newsletter import Newsletter
from plugins.sandbox.fiction.people import Person, Population
from plugins.sandbox.fiction.points import GIFTS_PER_PERSON, Loyalty
from plugins.sandbox.fiction.receipts import Registers
from plugins.sandbox.fiction.second_shop import SecondShop
from plugins.sandbox.fiction.social import Social
from plugins.sandbox.fiction.till import Tills
from plugins.sandbox.fiction.web import Webshop
from plugins.sandbox.retailer import (
    Activity,
    Article,
    BrowseEvent,
    Campaign,
    Contact,
    Lead,
    LeadForm,
    MarketplaceOrder,
    Shop,
    SocialComment,
    SocialMention,
    SocialPost,
    StorefrontCheckout,
    StorefrontCustomer,
    StorefrontOrder,
    TillCustomer,
    TillPoints,
    TillSale,
    TillVoucher,
    Truth,
    WebAccount,
    WebCoupon,
    WebOrder,
)

__all__ = ["Fiction"]


class Fiction:
    """Two years of a retailer's life up to `anchor`, told from a seed: the same seed tells the same life.

    `anchor` must be aware; without one it is today's midnight, UTC.
    """

    name = "fiction"

    def __init__(self, seed: int = 1, people: int = 3000, anchor: datetime | None = None) -> None:
        self.anchor = (anchor or datetime.combine(datetime.now(UTC).date(), time(), UTC)).astimezone(UTC)
        dice = Random(seed)
        catalogue = stocked(dice, self.anchor)
        everyone = Population(seed, people, self.anchor).everyone()
        webshop, newsletter, tills = Webshop(catalogue, self.anchor), Newsletter(self.anchor), Tills(self.anchor)
        registers, loyalty = Registers(catalogue, tills, self.anchor), Loyalty(self.anchor, dice)
        for person in everyone:
            webshop.visit(person)
            newsletter.visit(person)
            registers.visit(person)
        registers.passers_by(everyone, dice)
        webshop.seal()
        tills.seal()
        found_online = looked_up(seed, everyone, webshop.accounts, registers)
        registers.seal()
        loyalty.follow(registers.receipts, tills.records)
        loyalty.gifts(int(people * GIFTS_PER_PERSON))
        social = Social(seed, everyone, self.anchor)
        points: Counter[str] = Counter()
        for record in tills.records:
            points[record.person.id] += 0 if record.deleted_at else record.points

        self.shops: Sequence[Shop] = catalogue.shops
        self.articles: Sequence[Article] = catalogue.articles
        self.till_customers: Sequence[TillCustomer] = tills.customers()
        self.till_sales: Sequence[TillSale] = registers.sales()
        self.till_vouchers: Sequence[TillVoucher] = loyalty.till_vouchers()
        self.till_points: Sequence[TillPoints] = loyalty.till_points()
        self.web_accounts: Sequence[WebAccount] = social.linked(webshop.accounts)
        left = left_baskets(everyone, registers.receipts, webshop.accounts, catalogue, self.anchor, seed)
        self.web_orders: Sequence[WebOrder] = (*webshop.orders, *left)
        self.web_coupons: Sequence[WebCoupon] = coupons(self.anchor, webshop.coupon_uses)
        self.contacts: Sequence[Contact] = newsletter.contacts()
        self.campaigns: Sequence[Campaign] = newsletter.campaigns
        self.activities: Sequence[Activity] = newsletter.activities()
        self.social_posts: Sequence[SocialPost] = social.posts
        self.social_comments: Sequence[SocialComment] = social.comments()
        self.social_mentions: Sequence[SocialMention] = social.mentions()
        self.lead_forms: Sequence[LeadForm] = social.forms
        self.leads: Sequence[Lead] = social.leads()
        self.truths: Sequence[Truth] = tuple(person.truth(points[person.id]) for person in everyone)
        self._open_second_shop(SecondShop(seed, catalogue, self.anchor), everyone, webshop, registers)
        sold = marketplace_orders(seed, everyone, catalogue, self.anchor)
        self.marketplace_orders: Sequence[MarketplaceOrder] = sold
        browsing = Browsing(seed, catalogue, self.anchor)
        browsing.follow(self.web_accounts, self.web_orders)
        browsing.strangers(people)
        follow(found_online, browsing)
        self.browse_events: Sequence[BrowseEvent] = browsing.events()

    def _open_second_shop(
        self, second: SecondShop, everyone: list[Person], webshop: Webshop, registers: Registers
    ) -> None:
        """Let those who live there shop in the second webshop, knowing what they bought elsewhere."""
        at_tills = [(each.person, each.sold_at, [line.article for line in each.lines]) for each in registers.receipts]
        online = [(each.person, each.at, [line[0] for line in each.basket.lines]) for each in webshop.order_drafts]
        second.open(everyone, [*at_tills, *online])
        self.storefront_customers: Sequence[StorefrontCustomer] = second.customers()
        self.storefront_orders: Sequence[StorefrontOrder] = second.orders
        self.storefront_checkouts: Sequence[StorefrontCheckout] = second.checkouts
