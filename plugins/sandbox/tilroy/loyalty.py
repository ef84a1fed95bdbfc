"""Tilroy's loyalty points: added and never set, redeemed, and told per customer only."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import TillPoints, TillSale
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    LOCAL,
    Json,
    answer,
    bad_request,
    body_of,
    moment,
    money,
    need,
    number,
    page,
    read_moment,
    utc,
    within,
    words,
)
from plugins.sandbox.tilroy.customer_book import Member
from plugins.sandbox.tilroy.customer_forms import find_shop
from plugins.sandbox.tilroy.customers import Customers

ROOT = "/voucherapi/production"
POINTS_LAST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Extras:
    """What a voucher or points record says beside the retailer's facts."""

    webcode: str = ""
    source_id: str = ""
    description: str = ""


class Loyalty(Customers):
    """Adds, redeems and reports points."""

    def seed(self) -> None:
        """Start with the retailer's points."""
        super().seed()
        self.added_points: list[tuple[TillPoints, Extras]] = []

    @cached_property
    def told_points(self) -> list[TillPoints]:
        """Return the retailer's points in order of customer."""
        return sorted(self.retailer.till_points, key=lambda row: (row.customer_id, row.at, row.id))

    def _named(self, request: Request) -> Member:
        customer, source = request.args.get("customerId"), request.args.get("customerSourceId")
        if not customer and not source:
            raise bad_request("customerId or customerSourceId is required")
        return self.by_reference(customer, source)

    def balance(self, member: Member) -> int:
        """Return the points a customer has."""
        added = sum(row.points for row, _ in self.added_points if row.customer_id == member.till.id)
        return member.till.points + added

    def _points_of(self, customer_id: int) -> list[tuple[TillPoints, Extras]]:
        start = bisect_left(self.told_points, customer_id, key=lambda row: row.customer_id)
        stop = bisect_left(self.told_points, customer_id + 1, key=lambda row: row.customer_id)
        told = [(row, Extras()) for row in self.told_points[start:stop]]
        return told + [each for each in self.added_points if each[0].customer_id == customer_id]

    @route(f"{ROOT}/loyalty/balance")
    def answer_balance(self, request: Request) -> Response:
        """Return one customer's balance."""
        points = self.balance(self._named(request))
        form = {"amount": money(points), "points": points, "validUntil": utc(self.present() + POINTS_LAST)}
        return answer(request, form)

    @route(f"{ROOT}/v2/loyalty/points")
    def answer_history(self, request: Request) -> Response:
        """List one customer's points, after or on a day: the filter does not look at the time."""
        member, since = self._named(request), moment(request, "dateFrom")
        rows = [row for row, _ in self._points_of(member.till.id) if since is None or _day(row.at) >= _day(since)]

        def form(row: TillPoints) -> Json:
            facts = self._points_form(row, member)
            return {**facts, "date": utc(row.at), "saleId": str(row.sale_id) if row.sale_id else ""}

        return page(request, rows, form)

    def _points_form(self, row: TillPoints, member: Member) -> Json:
        shop = self.shops.get(row.shop_id)
        form: Json = {
            "tilroyId": str(row.id),
            "amount": money(row.amount_cents),
            "points": row.points,
            "customer": {"tilroyId": str(member.till.id), "sourceId": member.till.source_id},
        }
        return form | ({"shop": {"tilroyId": str(shop.id), "number": shop.number}} if shop else {})

    @route(f"{ROOT}/loyalty/points", "POST")
    def answeradd_points(self, request: Request) -> Response:
        """Add points; the same request again adds them again."""
        body = body_of(request)
        need(body, ["customer", "shop", "amount", "points", "date", "dateExpired"])
        member = self.meant(within(body, "customer"))
        shop = find_shop(within(body, "shop"), self.shops)
        extras = Extras(source_id=text(body, "sourceId"), description=text(body, "description"))
        at, expires = (read_moment(words(body[name], name), name) for name in ("date", "dateExpired"))
        number(body["amount"], "amount")
        row = self.add_points(member, int(number(body["points"], "points")), shop.id, at, extras)
        form = {**self._points_form(row, member), "date": utc(at), "dateExpired": utc(expires)}
        return answer(request, {**form, "sourceId": extras.source_id, "description": extras.description}, 201)

    def add_points(
        self, member: Member, points: int, shop_id: int, at: datetime, extras: Extras, sale: TillSale | None = None
    ) -> TillPoints:
        """Write down points that were earned, or negative ones that were spent."""
        told = max((row.id for row in self.told_points), default=0) if not self.added_points else 0
        number = (self.added_points[-1][0].id if self.added_points else told) + 1
        cents = sum(line.total_cents for line in sale.lines) if sale else points
        row = TillPoints(number, member.till.id, points, at, shop_id, sale.id if sale else None, amount_cents=cents)
        self.added_points.append((row, extras))
        return row

    def meant(self, owner: Json) -> Member:
        """Return the customer that an id, a code or an e-mail address names."""
        for kind in ("code", "email"):
            if owner.get(kind) and (found := self.customers.find(kind, str(owner[kind]))):
                return found[0]
        return self.by_reference(text(owner, "tilroyId"), text(owner, "sourceId"))

    @route(f"{ROOT}/loyalty/redeem", "POST")
    def answer_redeem(self, request: Request) -> Response:
        """Take points off; the same request again takes them again."""
        body = body_of(request)
        need(body, ["customer", "amount", "points"])
        member, present = self.meant(within(body, "customer")), self.present()
        points, amount = int(number(body["points"], "points")), number(body["amount"], "amount")
        if points <= 0 or amount <= 0:
            raise bad_request("points and amount should be positive")
        if points > self.balance(member):
            raise bad_request("customer has not enough points")
        shop = within(body, "shop")
        shop_id = find_shop(shop, self.shops).id if shop else member.till.shop_id
        row = self.add_points(member, -points, shop_id, present, Extras())
        dates = {"date": utc(present), "dateExpired": utc(present + POINTS_LAST)}
        return answer(request, [{**self._points_form(row, member), **dates}])


def _day(at: datetime) -> date:
    return at.astimezone(LOCAL).date()


def text(body: Json, name: str) -> str:
    """Return a field as text, empty where there is none."""
    return str(body.get(name) or "")
