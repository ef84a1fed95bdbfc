"""Baskets of the webshop: what is in them, what was taken off, how the order ended, and what went back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from plugins.sandbox.fiction.catalogue import Catalogue
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.retailer import Article, WebLine, WebRefund

SHIPPING_CENTS, FREE_FROM_CENTS = 495, 5000
REASONS = ("Verkeerde maat", "Voldoet niet aan verwachting", "Beschadigd ontvangen", "Te laat geleverd", "")
COUPONS = {"welkom10": 10, "zomer15": 15}
SUMMER_ENDED_DAYS = 120
ENDINGS = (
    ("completed", 84), ("partly", 5), ("refunded", 3), ("cancelled", 4), ("failed", 2), ("trash", 2),
)  # fmt: skip
OPEN_DAYS = 7


@dataclass
class Basket:
    """What an order consists of, before its lines have numbers."""

    at: datetime
    lines: list[tuple[Article, int, int, int, int]]
    """(article, quantity, unit cents, total cents, VAT percent)"""
    coupons: tuple[str, ...]
    shipping_cents: int
    status: str
    modified_at: datetime
    refunded: list[tuple[int, int, int]]
    """(place of the line, quantity, cents)"""
    reason: str = ""

    def numbered(self, first: int) -> tuple[WebLine, ...]:
        """Return the lines, numbered from `first` on."""
        return tuple(
            WebLine(first + at, article.sku_id, quantity, unit, total, vat)
            for at, (article, quantity, unit, total, vat) in enumerate(self.lines)
        )

    def refunds(self, number: int, first: int) -> tuple[WebRefund, ...]:
        """Return the refund, if there was one."""
        if not self.refunded:
            return ()
        cents = sum(amount for _, _, amount in self.refunded)
        if self.status == "refunded":
            cents += self.shipping_cents
        lines = tuple((first + at, quantity, amount) for at, quantity, amount in self.refunded)
        return (WebRefund(number, self.modified_at, cents, self.reason, lines),)


def filled(
    articles: list[Article], catalogue: Catalogue, person: Person, at: datetime, anchor: datetime, *, ships: bool
) -> Basket:
    """Fill a basket at a moment and tell how the order ended."""
    dice = person.dice
    coupon = _coupon(at, anchor, dice)
    lines = []
    for _ in range(dice.choice((1, 1, 1, 1, 1, 2, 2, 3, 4))):
        article = dice.choice(articles)
        quantity = 2 if dice.random() < 0.1 else 1
        unit = article.promo_cents or article.price_cents
        total = unit * quantity * (100 - COUPONS.get(coupon, 0)) // 100
        lines.append((article, quantity, unit, total, catalogue.vat_percent(article, person.home.country)))
    is_small = sum(line[3] for line in lines) < FREE_FROM_CENTS
    shipping = SHIPPING_CENTS if ships and is_small else 0
    basket = Basket(at, lines, (coupon,) if coupon else (), shipping, "processing", at, [])
    _end(basket, anchor, dice)
    return basket


def _coupon(at: datetime, anchor: datetime, dice: Random) -> str:
    if dice.random() > 0.1:
        return ""
    is_summer = at < anchor - timedelta(days=SUMMER_ENDED_DAYS)
    return dice.choice(("welkom10", "zomer15")) if is_summer else "welkom10"


def _end(basket: Basket, anchor: datetime, dice: Random) -> None:
    if anchor - basket.at < timedelta(days=OPEN_DAYS):
        basket.status = dice.choices(("processing", "on-hold", "pending"), (80, 10, 10))[0]
        return
    (ending,) = dice.choices([name for name, _ in ENDINGS], [weight for _, weight in ENDINGS])
    basket.status = "completed" if ending == "partly" else ending
    basket.modified_at = min(basket.at + timedelta(minutes=dice.randrange(30, 5000)), anchor)
    if ending in ("partly", "refunded"):
        whole = range(len(basket.lines))
        for at in whole if ending == "refunded" else [dice.choice(whole)]:
            _, quantity, _, total, _ = basket.lines[at]
            basket.refunded.append((at, quantity, total))
        basket.reason = dice.choice(REASONS)
        basket.modified_at = min(basket.at + timedelta(days=dice.randrange(4, 25)), anchor)
