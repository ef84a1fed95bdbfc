"""A retailer with shops, a webshop and a newsletter, made from numbers alone, and what a hub must make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bench.customers import Person
from plugins.rules.loyalty import Loyalty
from plugins.sandbox.retailer import (
    Activity,
    Address,
    Article,
    Campaign,
    Contact,
    EmptyRetailer,
    Shop,
    TillCustomer,
    TillLine,
    TillPoints,
    TillSale,
    WebAccount,
    WebLine,
    WebOrder,
)

BAD_EVERY = 100  # one customer, receipt, order and movement in a hundred cannot be read
SALES = 3
"""Receipts of each customer at the till; every fifth brings the last one back."""
WEBSHOP_EVERY, SPENDS_EVERY, RETURNS_EVERY, CANCELS_EVERY, LEAVES_EVERY, READS_EVERY = 2, 3, 5, 9, 20, 4
SHOPS = (Shop(81, 101, "Breda"), Shop(82, 102, "Gouda"))
TILL, WEB = "tilroy", "woocommerce"
LOCAL = ZoneInfo("Europe/Amsterdam")


def is_bad(number: int) -> bool:
    """Tell whether the record of this number is served so that it cannot be read."""
    return number % BAD_EVERY == 0


@dataclass(frozen=True)
class Trade:
    """So many customers of one retailer up to the day `anchor`; what `is_bad` is good here, and broken when served."""

    customers: int
    anchor: datetime

    @cached_property
    def retailer(self) -> EmptyRetailer:
        """The retailer as the stand-ins ask for it."""
        return EmptyRetailer(
            self.anchor, "bench", SHOPS, self._articles(), tuple(map(self._customer, self._numbers)), self.sales,
            till_points=self.movements, web_accounts=tuple(map(self._account, self._online)), web_orders=self.orders,
            contacts=tuple(map(self._contact, self._numbers)), campaigns=(self._campaign,),
            activities=tuple(map(self._click, self._numbers[READS_EVERY - 1 :: READS_EVERY])),
        )  # fmt: skip

    @property
    def _numbers(self) -> range:
        return range(1, self.customers + 1)

    @property
    def _online(self) -> range:
        """Who has an account: nobody whose record at the till is bad, so that none earns without it."""
        return range(1, self.customers + 1, WEBSHOP_EVERY)

    @staticmethod
    def _articles() -> tuple[Article, ...]:
        return tuple(Article(n, f"A{n}", n, f"P{n}", f"Trui {n}", "Bench", "Truien", 1000 + n) for n in range(1, 21))

    def _joined(self, number: int) -> datetime:
        """Every tenth joined this week; the others long before anybody was welcomed with points."""
        return self.anchor - timedelta(days=5 if number % 10 == 1 else 700)

    def _customer(self, number: int) -> TillCustomer:
        person, joined = Person.of(number * 4), self._joined(number)
        points = sum(each.points for each in self._of[number])
        return TillCustomer(
            number, f"C{number}", joined, joined, first_name=person.given[0], surname=f"{person.surname}{number}",
            email=_email(number), card=f"29{number:08d}", shop_id=81, points=points, newsletter=True,
        )  # fmt: skip

    def _account(self, number: int) -> WebAccount:
        person, joined = Person.of(number * 4), self._joined(number) + timedelta(hours=1)
        return WebAccount(number, _email(number), joined, joined, person.given[0], f"{person.surname}{number}")

    @cached_property
    def sales(self) -> tuple[TillSale, ...]:
        """Receipts at the till, in the order of their export."""
        made = (sale for number in self._numbers for sale in self._sales(number))
        return tuple(sorted(made, key=lambda each: each.exported_at))

    def _sales(self, number: int) -> Iterator[TillSale]:
        """Give the receipts of one customer; the ids of all ascend with time."""
        for place in range(SALES + (number % RETURNS_EVERY == 0)):
            key, at = place * self.customers + number, self.anchor - timedelta(days=200 - place * 20, seconds=-number)
            lines = [_line(key, 1, number + place, 1), _line(key, 2, number + 7, 2)]
            if place == SALES:
                lines = [_line(key, 1, number + place - 1, -1, (key - self.customers) * 10 + 1)]
            yield TillSale(key, 81, at.astimezone(LOCAL), at, tuple(lines), number)

    @cached_property
    def movements(self) -> tuple[TillPoints, ...]:
        """Points as the till gave and took them."""
        made = (each for number in self._numbers for each in self._movements(number))
        return tuple(TillPoints(key, *each) for key, each in enumerate(sorted(made, key=lambda one: one[2]), 300_001))

    def _movements(self, number: int) -> Iterator[tuple[int, int, datetime, int, int | None, int]]:
        for sale in self._sales(number):
            cents = sum(line.total_cents for line in sale.lines)
            yield number, (abs(cents) // 100) * (1 if cents > 0 else -1), sale.exported_at, 81, sale.id, cents
        if number % SPENDS_EVERY == 0:
            yield number, -15, self.anchor - timedelta(days=20, seconds=number), 81, None, 0

    @cached_property
    def _of(self) -> dict[int, list[TillPoints]]:
        found: dict[int, list[TillPoints]] = defaultdict(list)
        for each in self.movements:
            found[each.customer_id].append(each)
        return found

    @cached_property
    def orders(self) -> tuple[WebOrder, ...]:
        """Orders on the web: one half a year ago, and one of this week."""
        return tuple(self._order(number, place) for place in (0, 1) for number in self._online)

    def _order(self, number: int, place: int) -> WebOrder:
        key, at = number + place, self.anchor - timedelta(days=(180, 3)[place], seconds=number)
        line = WebLine(key * 10, number % 20 + 1, 1, 1999 + number % 6000, 1999 + number % 6000)
        person = Person.of(number * 4)
        return WebOrder(
            key, number, at, at, "cancelled" if key % CANCELS_EVERY == 0 else "completed", _email(number),
            person.given[0], f"{person.surname}{number}", Address("Kade", "1", "4811 AB", "Breda", "NL"), (line,),
        )  # fmt: skip

    def _contact(self, number: int) -> Contact:
        """Who joined this week came here last: the first joining of a person is the one that counts."""
        joined, left = self._joined(number) + timedelta(hours=2), self.anchor - timedelta(days=30)
        gone = number % LEAVES_EVERY == 0
        return Contact(_email(number), "unsubscribed" if gone else "subscribed", left if gone else joined,
                       opted_in_at=joined, ip_opt="192.0.2.1")  # fmt: skip

    @property
    def _campaign(self) -> Campaign:
        return Campaign(f"{1:010x}", "Letter", self.anchor - timedelta(days=9))

    def _click(self, number: int) -> Activity:
        return Activity(self._campaign.id, _email(number), "click", self.anchor - timedelta(days=8))


def _email(number: int) -> str:
    return f"member{number}@example.nl"


def _line(sale: int, place: int, sku: int, quantity: int, returns: int | None = None) -> TillLine:
    cents = 1000 + sku % 4000
    return TillLine(sale * 10 + place, place, sku % 20 + 1, quantity, cents, cents, cents * quantity,
                    returns_line=returns)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What the hub must hold, counted one by one from what is served."""

    trade: Trade
    rules: Loyalty

    @cached_property
    def bad(self) -> set[tuple[str, str]]:
        """Stream and id of each record that cannot be read."""
        trade = self.trade
        listed: dict[str, Sequence[int]] = {
            "customers": range(1, trade.customers + 1), "sales": [each.id for each in trade.sales],
            "loyalty_points": [each.id for each in trade.movements], "orders": [each.id for each in trade.orders],
        }  # fmt: skip
        return {(stream, str(number)) for stream, numbers in listed.items() for number in numbers if is_bad(number)}

    @cached_property
    def lines(self) -> dict[str, tuple[int, int, int]]:
        """Number of lines, cents and pieces by source."""
        good: dict[str, list[TillLine | WebLine]] = {
            TILL: [line for each in self.trade.sales if not is_bad(each.id) for line in each.lines],
            WEB: [line for each in self.trade.orders if not is_bad(each.id) for line in each.lines],
        }
        return {
            source: (len(lines), sum(one.total_cents for one in lines), sum(one.quantity for one in lines))
            for source, lines in good.items()
        }

    @cached_property
    def reported(self) -> dict[str, int]:
        """What the till's movements come to, by customer."""
        found: dict[str, int] = defaultdict(int)
        for each in self.trade.movements:
            if not is_bad(each.id) and not is_bad(each.customer_id):
                found[str(each.customer_id)] += each.points
        return found

    @cached_property
    def awarded(self) -> dict[str, int]:
        """What the hub gives by its own rules, by customer: for joining, and for orders on the web; nobody is gold."""
        found: dict[str, int] = defaultdict(int)
        welcome, webshop = self.rules.earn["welcome"], self.rules.earn["webshop"]
        for each in self.trade.retailer.till_customers:
            if not is_bad(each.id) and _since(each.created_at, welcome.starts):
                found[str(each.id)] += welcome.points
        for order in self.trade.orders:
            if not is_bad(order.id) and order.status == "completed" and _since(order.created_at, webshop.starts):
                cents = sum(line.total_cents for line in order.lines)
                found[str(order.account_id)] += cents * webshop.points // (webshop.per_cents or 1)
        return found

    def of(self, customer: str) -> int:
        """Return what a customer of the till has."""
        return self.reported.get(customer, 0) + self.awarded.get(customer, 0)

    @property
    def points(self) -> int:
        """Return what all have together."""
        return sum(self.reported.values()) + sum(self.awarded.values())


def _since(moment: datetime, starts: date | None) -> bool:
    return starts is None or moment.astimezone(LOCAL).date() >= starts
