"""What the tills rang up: sales, returns at whatever shop was near, exchanges, and shops that report late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from plugins.sandbox.fiction.catalogue import SHOPS, Catalogue
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.spelling import PLACEHOLDER_CARDS, typed_email
from plugins.sandbox.fiction.till import Record, Tills
from plugins.sandbox.retailer import Article, Shop, TillLine, TillSale

ZONES = {"NL": ZoneInfo("Europe/Amsterdam"), "BE": ZoneInfo("Europe/Brussels")}
TILLS = SHOPS[:-1]
FIRST_SALE, FIRST_LINE = 5_000_001, 7_000_001
RETURNS, EXCHANGES, LATE = 0.09, 0.35, 0.02
BASKET_SIZES, QUANTITIES = (1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4), (*[1] * 18, 2, 3)
LATE_MINUTES = (600, 4200)
"""Tills hand in what they rang up while offline within three days."""
TILL_SHARE = 0.95
ANONYMOUS_PER_PERSON = 0.8


@dataclass
class Rung:
    """A line before it has its number."""

    article: Article
    quantity: int
    unit_cents: int
    total_cents: int
    vat_percent: int
    discount_cents: int = 0
    coupon: str = ""
    returns: Rung | None = None
    id: int = 0


@dataclass
class Receipt:
    """A sale before it has its number."""

    shop: Shop
    sold_at: datetime
    exported_at: datetime
    lines: list[Rung]
    person: Person | None = None
    record: Record | None = None
    card: str = ""
    email: str = ""
    vouchers: list[str] = field(default_factory=list)
    id: int = 0

    @property
    def total_cents(self) -> int:
        """What was paid, or paid back when negative."""
        return sum(line.total_cents for line in self.lines)


def opening_hour(moment: datetime, shop: Shop, anchor: datetime, dice: Random) -> datetime:
    """Return a time of that day at which the shop was open, in the shop's own time."""
    zone = ZONES[shop.address.country if shop.address else "NL"]
    minute = dice.randrange(9 * 60 + 30, 18 * 60)
    local = moment.astimezone(zone).replace(
        hour=minute // 60, minute=minute % 60, second=dice.randrange(60), microsecond=0
    )
    while local > anchor - timedelta(hours=1):
        local -= timedelta(days=1)
    return local


class Registers:
    """Rings up everything that is bought in a shop; `sales` numbers it in the order in which it reached head office."""

    def __init__(self, catalogue: Catalogue, tills: Tills, anchor: datetime) -> None:
        self.catalogue, self.tills, self.anchor = catalogue, tills, anchor
        self.receipts: list[Receipt] = []

    def visit(self, person: Person) -> None:
        """Let one person become a customer and buy all they ever buy in shops."""
        if "t" not in person.systems:
            return
        dice, near = person.dice, self._near(person)
        days = person.visits(self.anchor, TILL_SHARE if person.systems == "t" else TILL_SHARE * 0.8)
        shops = [dice.choice(near) if dice.random() < 0.85 else dice.choice(TILLS) for _ in days]
        moments = [opening_hour(day, shop, self.anchor, dice) for day, shop in zip(days, shops, strict=True)]
        self.tills.enrol(person, min(moments).astimezone(UTC))
        for moment, shop in zip(moments, shops, strict=True):
            receipt = self._sale(person, shop, moment)
            if dice.random() < RETURNS:
                self._take_back(person, receipt)

    def sell(self, person: Person, article: Article, at: datetime, dice: Random) -> datetime | None:
        """Sell one thing to somebody who shows the card, on the day of `at`; returns when, if a card is known."""
        shop = dice.choice(self._near(person))
        moment = opening_hour(at, shop, self.anchor, dice)
        record = self.tills.record_at(person, moment.astimezone(UTC))
        if record is None:
            return None
        sold = Receipt(shop, moment, moment.astimezone(UTC) + timedelta(minutes=2), [self._line(shop, dice, article)])
        sold.person, sold.record, sold.card = person, record, record.card
        self.receipts.append(sold)
        return moment.astimezone(UTC)

    def passers_by(self, people: list[Person], dice: Random) -> None:
        """Ring up those who show no card; some ask for the receipt by mail."""
        for _ in range(int(len(people) * ANONYMOUS_PER_PERSON)):
            shop = dice.choice(TILLS)
            day = self.anchor - timedelta(days=dice.randrange(1, 729), hours=dice.randrange(24))
            moment = opening_hour(day, shop, self.anchor, dice)
            receipt = Receipt(shop, moment, self._exported(moment, dice), self._lines(shop, dice))
            someone = dice.choice(people)
            if someone.email and dice.random() < 0.15:
                receipt.email = typed_email(someone.email, dice)
            elif dice.random() < 0.06:
                receipt.card = dice.choice(PLACEHOLDER_CARDS)
            self.receipts.append(receipt)

    def _near(self, person: Person) -> list[Shop]:
        country = [shop for shop in TILLS if shop.address and shop.address.country == person.home.country]
        return [shop for shop in country if shop.address and shop.address.city == person.home.city] or country[:3]

    def _sale(self, person: Person, shop: Shop, moment: datetime) -> Receipt:
        receipt = Receipt(shop, moment, self._exported(moment, person.dice), self._lines(shop, person.dice), person)
        self._recognise(receipt, person)
        self.receipts.append(receipt)
        return receipt

    def _recognise(self, receipt: Receipt, person: Person) -> None:
        """Put the customer on the receipt, if the card was shown."""
        dice = person.dice
        if dice.random() < 0.04:
            return
        receipt.record = self.tills.record_at(person, receipt.sold_at.astimezone(UTC))
        if receipt.record and dice.random() < 0.85:
            receipt.card = receipt.record.card
        if person.email and dice.random() < 0.25:
            receipt.email = typed_email(person.email, dice)

    def _lines(self, shop: Shop, dice: Random) -> list[Rung]:
        return [self._line(shop, dice) for _ in range(dice.choice(BASKET_SIZES))]

    def _line(self, shop: Shop, dice: Random, article: Article | None = None) -> Rung:
        article = article or dice.choice(self.catalogue.articles)
        quantity = dice.choice(QUANTITIES)
        unit = article.promo_cents if article.promo_cents and dice.random() < 0.5 else article.price_cents
        off = unit * quantity // 10 if dice.random() < 0.06 else 0
        country = shop.address.country if shop.address else "NL"
        vat = self.catalogue.vat_percent(article, country)
        return Rung(article, quantity, unit, unit * quantity - off, vat, off, "VIP10" if off else "")

    def _take_back(self, person: Person, bought: Receipt) -> None:
        """Take one line back, whole or in part, at any shop; some leave with another size."""
        dice, line = person.dice, person.dice.choice(bought.lines)
        shop = bought.shop if dice.random() < 0.65 else dice.choice(TILLS)
        day = bought.sold_at + timedelta(days=dice.randrange(2, 40))
        if day > self.anchor - timedelta(days=1):
            return
        moment = opening_hour(day, shop, self.anchor, dice)
        quantity = dice.randint(1, line.quantity)
        paid_back, off = line.total_cents * quantity // line.quantity, line.discount_cents * quantity // line.quantity
        has_receipt = dice.random() < 0.96
        back = Rung(line.article, -quantity, line.unit_cents, -paid_back, line.vat_percent, -off, line.coupon)
        back.returns = line if has_receipt else None
        lines = [back]
        if dice.random() < EXCHANGES:
            lines.append(self._line(shop, dice, dice.choice(self.catalogue.by_product[line.article.product_id])))
        receipt = Receipt(shop, moment, self._exported(moment, dice), lines, person)
        self._recognise(receipt, person)
        self.receipts.append(receipt)

    def _exported(self, sold_at: datetime, dice: Random) -> datetime:
        """Minutes after the sale; days after it when the line to the shop was down."""
        sold = sold_at.astimezone(UTC)
        if dice.random() < LATE:
            late = sold + timedelta(minutes=dice.randrange(*LATE_MINUTES))
            return late if late < self.anchor else sold + timedelta(minutes=1)
        return sold + timedelta(minutes=dice.randrange(1, 15))

    def seal(self) -> None:
        """Number receipts and lines in the order in which they reached head office."""
        order = sorted(range(len(self.receipts)), key=lambda at: (self.receipts[at].exported_at, at))
        self.receipts = [self.receipts[at] for at in order]
        line_id = FIRST_LINE
        for sale_id, receipt in enumerate(self.receipts, FIRST_SALE):
            receipt.id = sale_id
            for line in receipt.lines:
                line.id, line_id = line_id, line_id + 1

    def sales(self) -> tuple[TillSale, ...]:
        """Return what head office has."""
        return tuple(_sale(receipt) for receipt in self.receipts)


def _sale(receipt: Receipt) -> TillSale:
    return TillSale(
        id=receipt.id,
        shop_id=receipt.shop.id,
        sold_at=receipt.sold_at,
        exported_at=receipt.exported_at,
        lines=tuple(_line(rung, number) for number, rung in enumerate(receipt.lines, 1)),
        customer_id=receipt.record.id if receipt.record else None,
        card=receipt.card,
        email=receipt.email,
        vouchers=tuple(receipt.vouchers),
    )


def _line(rung: Rung, number: int) -> TillLine:
    article = rung.article
    return TillLine(
        id=rung.id,
        number=number,
        sku_id=article.sku_id,
        quantity=rung.quantity,
        unit_cents=rung.unit_cents,
        standard_cents=article.price_cents,
        total_cents=rung.total_cents,
        vat_percent=rung.vat_percent,
        returns_line=rung.returns.id if rung.returns else None,
        discount_cents=rung.discount_cents,
        coupon=rung.coupon,
        code=article.sku,
        description=article.name,
    )
