"""How people walk through the webshop before they buy, or go again; told from dice of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from plugins.sandbox.fiction.catalogue import Catalogue
from plugins.sandbox.retailer import Article, BrowsedItem, BrowseEvent, WebAccount, WebOrder

DAYS = 28
"""Since when visits are kept: nothing is told of what was before."""
BROWSES, VISITS = 0.45, (1, 4)
STRANGERS = 0.25
"""How many browsers without an account there are for each person."""
SIGNED_IN, FROM_THE_START = 0.7, 0.6
REFUSES, REFUSES_ADVERTS = 0.22, 0.5
LATE = 0.02
FORGETS_BROWSER = 0.1
SHOP = "https://www.wandelwind.example"
DRAFT, WITHOUT_THANKS = "checkout-draft", ("failed", "cancelled", "trash")
DEVICES = (("mobile", 62), ("desktop", 31), ("tablet", 7))
CHANNELS = (
    (("(direct)", "(none)", ""), 30),
    (("google", "organic", ""), 34),
    (("google", "cpc", "merk"), 14),
    (("mailchimp", "email", "nieuwsbrief"), 12),
    (("instagram.com", "referral", ""), 10),
)
ADDS, GOES_TO_CHECKOUT = 0.15, 0.35


@dataclass
class Visitor:
    """One browser, and whose account it signs in to."""

    dice: Random
    browser: str
    first_seen_at: datetime
    device: str
    may_measure: bool
    may_advertise: bool
    account: WebAccount | None = None
    visits: int = 0
    city: str = ""
    country: str = "NL"

    @property
    def person(self) -> str:
        """Return whose browser it is, if anybody's we know."""
        return self.account.person if self.account else ""


class Browsing:
    """The visits of the last weeks: those of accounts, those that ended in an order, and those of strangers."""

    def __init__(self, seed: int, catalogue: Catalogue, anchor: datetime) -> None:
        self.seed, self.anchor = seed, anchor
        self.online = [article for article in catalogue.articles if article.is_online]
        self.by_sku = {article.sku_id: article for article in catalogue.articles}
        self.since = anchor - timedelta(days=DAYS)
        self.told: list[BrowseEvent] = []

    def follow(self, accounts: Sequence[WebAccount], orders: Iterable[WebOrder]) -> None:
        """Tell the visits of accounts, and those in which an order was placed."""
        placed: dict[int, list[WebOrder]] = defaultdict(list)
        for order in orders:
            if order.created_at >= self.since and order.status != DRAFT:
                placed[order.account_id].append(order)
        for account in accounts:
            visitor = self._visitor(Random(f"browsing {self.seed} account {account.id}"), account)
            browses = visitor.dice.random() < BROWSES
            moments = self._moments(visitor, visitor.dice.randint(*VISITS)) if browses else []
            looks = [(at, None) for at in moments if at > account.registered_at]
            self._come(visitor, [*looks, *((order.created_at, order) for order in placed[account.id])])
        for order in placed[0]:
            guest = self._visitor(Random(f"browsing {self.seed} order {order.id}"))
            self._come(guest, [(order.created_at, order)])

    def look_up(self, account: WebAccount, article: Article, at: datetime) -> None:
        """Tell the visit of an account that is signed in from the start and looks at one article."""
        dice = Random(f"browsing {self.seed} looked up {account.id}")
        visitor = replace(self._visitor(dice, account), may_measure=True)
        first = len(self.told)
        self._visit(visitor, at, [(self._item(article), article)])
        self.told[first:] = [replace(each, account=str(account.id)) for each in self.told[first:]]

    def strangers(self, people: int) -> None:
        """Tell the visits of browsers that nobody signs in with."""
        for number in range(int(people * STRANGERS)):
            dice = Random(f"browsing {self.seed} stranger {number}")
            visitor = self._visitor(dice)
            self._come(visitor, [(at, None) for at in self._moments(visitor, dice.choice((1, 1, 1, 2)))])

    def events(self) -> tuple[BrowseEvent, ...]:
        """Return all that browsers told, in order of time."""
        return tuple(sorted(self.told, key=lambda each: (each.at, each.browser, each.page, each.name)))

    def _visitor(self, dice: Random, account: WebAccount | None = None) -> Visitor:
        first = self.since - timedelta(minutes=dice.randrange(60, 400 * 1440))
        (device,) = dice.choices([each for each, _ in DEVICES], [weight for _, weight in DEVICES])
        measures = dice.random() >= REFUSES
        advertises = measures and dice.random() >= REFUSES_ADVERTS
        home = account.address if account else None
        where = (home.city, home.country) if home else (dice.choice(("Amsterdam", "Utrecht", "Gent", "")), "NL")
        return Visitor(
            dice, _cookie(first, dice), first, device, measures, advertises, account, dice.randrange(4), *where
        )

    def _moments(self, visitor: Visitor, count: int) -> list[datetime]:
        minutes = (visitor.dice.randrange(DAYS * 1440 - 120) for _ in range(count))
        return [self.since + timedelta(minutes=each) for each in minutes]

    def _come(self, visitor: Visitor, moments: Iterable[tuple[datetime, WebOrder | None]]) -> None:
        """Let somebody visit at these moments, to look around or to order."""
        for at, order in sorted(moments, key=lambda each: each[0]):
            if visitor.visits and visitor.dice.random() < FORGETS_BROWSER:
                visitor.browser = _cookie(at, visitor.dice)
                visitor.first_seen_at, visitor.visits = at, 0
            if order:
                self._buy(visitor, order)
            else:
                self._look_around(visitor, at)

    def _look_around(self, visitor: Visitor, at: datetime) -> None:
        articles = [visitor.dice.choice(self.online) for _ in range(visitor.dice.choice((0, 1, 1, 2, 3)))]
        self._visit(visitor, at, [(self._item(each), each) for each in articles])

    def _buy(self, visitor: Visitor, order: WebOrder) -> None:
        wanted = [
            (replace(self._item(article), quantity=line.quantity, cents=line.unit_cents), article)
            for line in order.lines
            if (article := self.by_sku.get(line.sku_id))
        ]
        minutes = visitor.dice.randrange(4, 25)
        self._visit(visitor, order.created_at - timedelta(minutes=minutes), wanted, order)

    def _visit(
        self, visitor: Visitor, at: datetime, wanted: list[tuple[BrowsedItem, Article]], order: WebOrder | None = None
    ) -> None:
        dice = visitor.dice
        visitor.visits += 1
        (channel,) = dice.choices([each for each, _ in CHANNELS], [weight for _, weight in CHANNELS])
        start = BrowseEvent(
            at, "session_start", visitor.browser if visitor.may_measure else "", int(at.timestamp()), visitor.visits,
            f"{SHOP}/", channel[0], channel[1], visitor.device, visitor.first_seen_at,
            campaign=channel[2], city=visitor.city, country=visitor.country, may_measure=visitor.may_measure,
            may_advertise=visitor.may_advertise, days_late=dice.choice((1, 2, 3)) if dice.random() < LATE else 0,
            person=visitor.person,
        )  # fmt: skip
        told = [start]
        if visitor.visits == 1:
            told.append(replace(start, name="first_visit"))
        told += self._walk(start, wanted, dice, order)
        self.told += self._signed_in(told, visitor, order)

    def _walk(
        self, start: BrowseEvent, wanted: list[tuple[BrowsedItem, Article]], dice: Random, order: WebOrder | None
    ) -> Iterator[BrowseEvent]:
        end = order.created_at if order else start.at + timedelta(minutes=30)
        at, basket = start.at, list[BrowsedItem]()
        yield replace(start, name="page_view")
        for item, article in wanted:
            at = min(at + timedelta(seconds=dice.randrange(10, 120)), end)
            page = f"{SHOP}/product/{article.product_code.lower()}"
            yield replace(start, name="page_view", at=at, page=page)
            yield _about(start, "view_item", at + timedelta(milliseconds=40), page, (item,))
            if order or dice.random() < ADDS:
                at = min(at + timedelta(seconds=dice.randrange(5, 60)), end)
                yield _about(start, "add_to_cart", at, page, (item,))
                basket.append(item)
        if basket and (order or dice.random() < GOES_TO_CHECKOUT):
            at = min(at + timedelta(seconds=dice.randrange(5, 60)), end)
            yield _about(start, "begin_checkout", at, f"{SHOP}/afrekenen", tuple(basket))
        if order and order.status not in WITHOUT_THANKS:
            thanks = _about(start, "purchase", order.created_at, f"{SHOP}/bedankt", tuple(basket))
            paid = sum(line.total_cents for line in order.lines) + order.shipping_cents
            yield replace(thanks, order=str(order.id), value_cents=paid)

    def _signed_in(self, told: list[BrowseEvent], visitor: Visitor, order: WebOrder | None) -> list[BrowseEvent]:
        """Return the events with the account in them, from where in the visit somebody signed in."""
        account, dice = visitor.account, visitor.dice
        if account is None or not visitor.may_measure or not (order or dice.random() < SIGNED_IN):
            return told
        first = 0 if dice.random() < FROM_THE_START else len(told) // 2
        return [replace(each, account=str(account.id)) if at >= first else each for at, each in enumerate(told)]

    @staticmethod
    def _item(article: Article) -> BrowsedItem:
        variant = " ".join(filter(None, (article.colour, article.size)))
        cents = article.promo_cents or article.price_cents
        return BrowsedItem(article.sku, article.name, article.brand, article.category, variant, cents)


def _cookie(at: datetime, dice: Random) -> str:
    return f"{dice.randrange(10**9, 2 * 10**9)}.{int(at.timestamp())}"


def _about(start: BrowseEvent, name: str, at: datetime, page: str, items: tuple[BrowsedItem, ...]) -> BrowseEvent:
    value = sum(each.cents * each.quantity for each in items)
    return replace(start, name=name, at=at, page=page, items=items, value_cents=value)
