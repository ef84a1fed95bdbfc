"""The second webshop, for Belgium and ten months old: who came, what they said, bought and left behind.

It draws from dice of its own, so that nothing else in the fiction changes by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from plugins.sandbox.fiction.baskets import Basket, filled
from plugins.sandbox.fiction.catalogue import SHOPS, Catalogue
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.second_answers import Answer, answered
from plugins.sandbox.fiction.spelling import plain, typed_phone
from plugins.sandbox.retailer import Article, StorefrontCheckout, StorefrontCustomer, StorefrontOrder, WebLine

OPENED_DAYS, LEFT_DAYS = 300, 10
SHARE_OF_WEB, SHARE_OF_OTHERS, SHARE_WITHOUT_EMAIL = 0.5, 0.25, 0.05
ORDER_SHARE, TABLET_SHARE, OTHER_EMAIL, LEAVES_BASKET, COMES_BACK = 0.3, 0.06, 0.12, 0.12, 0.25
FIRST_CUSTOMER, FIRST_ORDER, FIRST_NUMBER, FIRST_LINE, FIRST_CHECKOUT = 7_301_001, 5_900_001, 1001, 8_100_001, 3_400_001
AN_HOUR = timedelta(hours=1)
BELGIAN_SHOPS = [shop for shop in SHOPS if shop.address and shop.address.country == "BE"]
Purchase = tuple[Person | None, datetime, list[Article]]


@dataclass
class Visitor:
    """Someone who came, before they have a number."""

    person: Person
    """With dice of their own for this shop."""
    email: str
    since: datetime
    has_account: bool
    answer: Answer
    baskets: list[tuple[Basket, int]] = field(default_factory=list)
    """(basket, shop on whose tablet it was ordered or 0)"""
    left: list[tuple[datetime, Article, datetime | None]] = field(default_factory=list)
    """(moment, article, when they came back and bought it here)"""
    id: int = 0


class SecondShop:
    """Opens to the people of Belgium; numbers everything in order of time."""

    def __init__(self, seed: int, catalogue: Catalogue, anchor: datetime) -> None:
        self.seed, self.catalogue, self.anchor = seed, catalogue, anchor
        self.opened = anchor - timedelta(days=OPENED_DAYS)
        self.online = [article for article in catalogue.articles if article.is_online]
        self.visitors: dict[str, Visitor] = {}
        """By e-mail address: a family that shares one is one customer."""
        self.orders: tuple[StorefrontOrder, ...] = ()
        self.checkouts: tuple[StorefrontCheckout, ...] = ()

    def open(self, people: list[Person], bought: Iterable[Purchase]) -> None:
        """Let the people in, and tell what they bought elsewhere after leaving a basket here."""
        known = {person.email for person in people if person.email}
        for person in people:
            if person.home.country == "BE":
                self._welcome(replace(person, dice=Random(f"{self.seed} second shop {person.id}")), known)
        self._number()
        self._leave_baskets(bought)
        self._seal()

    def _welcome(self, person: Person, known: set[str]) -> None:
        dice = person.dice
        share = SHARE_OF_WEB if "w" in person.systems else SHARE_OF_OTHERS if person.email else SHARE_WITHOUT_EMAIL
        if dice.random() > share or person.habit.last[0] > OPENED_DAYS:
            return
        email = person.email
        if not email or dice.random() < OTHER_EMAIL:
            email = (
                f"{plain(person.given.called)}.{plain(str(person.surname))}.{dice.randrange(10, 99)}@winkel.example.be"
            )
            if email in known:
                return
            known.add(email)
        if email in self.visitors:
            return
        moments = self._moments(person)
        has_account = dice.random() < 0.6
        since = moments[0] - timedelta(minutes=4) if moments else self._moment(dice)
        self.visitors[email] = visitor = Visitor(person, email, since, has_account, Answer())
        visitor.answer = answered(person, email, since, self.opened, self.anchor)
        visitor.baskets = [basket for at in moments if (basket := self._basket(person, at))[0].status not in LOST]

    def _moment(self, dice: Random) -> datetime:
        return self.anchor - timedelta(minutes=dice.randrange(60, OPENED_DAYS * 1440))

    def _moments(self, person: Person) -> list[datetime]:
        """Return when they ordered, oldest first; a tenth only ever looked around."""
        dice, last = person.dice, person.habit.last[0]
        if dice.random() < 0.1:
            return []
        wanted = dice.randint(*person.habit.per_year) * (OPENED_DAYS - last) / 365 * ORDER_SHARE
        days = sorted((dice.randint(last, OPENED_DAYS) for _ in range(max(1, round(wanted)))), reverse=True)
        return [self.anchor - timedelta(days=day - 1, seconds=dice.randrange(3600, 80_000)) for day in days]

    def _basket(self, person: Person, at: datetime) -> tuple[Basket, int]:
        on_tablet = person.dice.random() < TABLET_SHARE
        basket = filled(self.online, self.catalogue, person, at, self.anchor, ships=not on_tablet)
        return basket, person.dice.choice(BELGIAN_SHOPS).id if on_tablet else 0

    def _number(self) -> None:
        order = sorted(self.visitors.values(), key=lambda each: (each.since, each.person.id))
        for number, visitor in enumerate(order, FIRST_CUSTOMER):
            visitor.id = number

    def _leave_baskets(self, bought: Iterable[Purchase]) -> None:
        """Leave baskets in the last days; what is in some of them was then bought here, or elsewhere."""
        first = self.anchor - timedelta(days=LEFT_DAYS)
        lately = {person.id: (at, articles) for person, at, articles in bought if person and at > first + AN_HOUR}
        for visitor in self.visitors.values():
            dice = visitor.person.dice
            at, articles = lately.get(visitor.person.id, (self.anchor, []))
            wanted = [article for article in articles if article.is_online]
            if not wanted and dice.random() > LEAVES_BASKET:
                continue
            at = max(at - timedelta(minutes=dice.randrange(90, 2880)), first).astimezone(self.anchor.tzinfo)
            back = at + AN_HOUR if not wanted and dice.random() < COMES_BACK else None
            self._leave(visitor, wanted[0] if wanted else dice.choice(self.online), at, back)

    def _leave(self, visitor: Visitor, article: Article, at: datetime, back: datetime | None) -> None:
        visitor.left.append((at, article, back))
        visitor.since = min(visitor.since, at)
        if back:
            vat = self.catalogue.vat_percent(article, "BE")
            price = article.promo_cents or article.price_cents
            visitor.baskets.append((Basket(back, [(article, 1, price, price, vat)], (), 0, "processing", back, []), 0))

    def _seal(self) -> None:
        drafts = [(basket, shop, visitor) for visitor in self.visitors.values() for basket, shop in visitor.baskets]
        drafts.sort(key=lambda each: (each[0].at, each[2].id))
        line, orders = FIRST_LINE, []
        for at, (basket, shop, visitor) in enumerate(drafts):
            orders.append(_order(at, basket, shop, visitor, line))
            line += len(basket.lines)
        self.orders = tuple(orders)
        left = sorted((at, visitor.id, article, back, visitor) for visitor in self.visitors.values()
                      for at, article, back in visitor.left)  # fmt: skip
        self.checkouts = tuple(
            StorefrontCheckout(
                FIRST_CHECKOUT + number, visitor.id, at, back or at,
                (WebLine(line + number, article.sku_id, 1, *[article.promo_cents or article.price_cents] * 2),),
                back, visitor.person.id,
            )
            for number, (at, _, article, back, visitor) in enumerate(left)
        )  # fmt: skip

    def customers(self) -> tuple[StorefrontCustomer, ...]:
        """Return the customers as the shop has them."""
        return tuple(_customer(visitor) for visitor in sorted(self.visitors.values(), key=lambda each: each.id))


LOST = ("failed", "trash")
"""A payment that failed leaves no order in this shop."""
STATUS = {"completed": "paid", "processing": "paid", "refunded": "paid", "cancelled": "cancelled"}


def _order(at: int, basket: Basket, shop_id: int, visitor: Visitor, first_line: int) -> StorefrontOrder:
    person, number = visitor.person, FIRST_ORDER + 7 * at
    return StorefrontOrder(
        id=number,
        number=FIRST_NUMBER + at,
        customer_id=visitor.id,
        created_at=basket.at,
        updated_at=basket.modified_at,
        status=STATUS.get(basket.status, "pending"),
        lines=basket.numbered(first_line),
        is_sent=basket.status in ("completed", "refunded"),
        email=visitor.email,
        phone=typed_phone(person.phone, "BE", person.dice) if person.phone else "",
        first_name=person.given.called,
        last_name=str(person.surname),
        address=person.home_at(basket.at),
        language=person.language.lower(),
        accepts_marketing=visitor.answer.agreed_by(basket.at),
        shop_id=shop_id,
        coupon_codes=basket.coupons,
        shipping_cents=basket.shipping_cents,
        refunds=basket.refunds(number + 1, first_line),
        person=person.id,
    )


def _customer(visitor: Visitor) -> StorefrontCustomer:
    person, answer = visitor.person, visitor.answer
    ordered = [basket.modified_at for basket, _ in visitor.baskets]
    moments = [visitor.since, *ordered, *filter(None, (answer.email_at, answer.sms_at))]
    return StorefrontCustomer(
        id=visitor.id,
        created_at=visitor.since,
        updated_at=max(moments),
        first_name=person.given.called,
        last_name=str(person.surname),
        email=visitor.email,
        phone=typed_phone(person.phone, "BE", person.dice) if person.phone else "",
        address=person.home,
        language=person.language.lower(),
        has_account=visitor.has_account,
        email_state=answer.email_state,
        email_level=answer.email_level,
        email_at=answer.email_at,
        sms_state=answer.sms_state,
        sms_at=answer.sms_at,
        tags=("ambassadeur",) if person.habit.name == "loyal" and person.dice.random() < 0.2 else (),
        person=person.id,
    )
