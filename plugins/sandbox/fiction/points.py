"""What the till keeps on cards: points per sale, points spent on vouchers, and vouchers bought or given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from plugins.sandbox.fiction.catalogue import SHOPS
from plugins.sandbox.fiction.receipts import Receipt
from plugins.sandbox.fiction.till import Record
from plugins.sandbox.retailer import TillPoints, TillVoucher

CENTS_PER_POINT = 100
VOUCHER_POINTS, VOUCHER_CENTS = 1000, 1000
FIRST_MOVEMENT, FIRST_VOUCHER = 300_001, 40_001
GIFTS_PER_PERSON = 0.06
LOYALTY_DAYS, GIFT_DAYS = 180, 1095


@dataclass
class Movement:
    """Points that came or went, before they have a number."""

    record: Record
    points: int
    at: datetime
    shop_id: int
    sale_id: int | None = None
    amount_cents: int = 0


@dataclass
class Voucher:
    """A voucher before it has its number."""

    barcode: str
    kind: str
    full_cents: int
    open_cents: int
    starts_on: date
    ends_on: date
    record: Record | None
    shop_id: int
    changed_at: datetime


class Loyalty:
    """Keeps the points and vouchers while receipts pass by in order of sale."""

    def __init__(self, anchor: datetime, dice: Random) -> None:
        self.anchor, self.dice = anchor, dice
        self.movements: list[Movement] = []
        self.vouchers: list[Voucher] = []
        self.unspent: dict[int, Voucher] = {}

    def follow(self, receipts: list[Receipt], records: list[Record]) -> None:
        """Book every receipt that has a customer, then move the points of merged records."""
        for receipt in sorted(receipts, key=lambda each: (each.sold_at, each.id)):
            if receipt.record:
                self._book(receipt, receipt.record)
        for record in records:
            if record.merged_into and record.points and record.changed_at:
                self._move(record, -record.points, record.changed_at, record.merged_into)

    def _book(self, receipt: Receipt, record: Record) -> None:
        at, cents = receipt.sold_at.astimezone(UTC), receipt.total_cents
        voucher = self.unspent.pop(record.id, None)
        if voucher and cents > voucher.full_cents and at.date() <= voucher.ends_on:
            voucher.open_cents, voucher.changed_at = 0, at
            receipt.vouchers.append(voucher.barcode)
        points = abs(cents) // CENTS_PER_POINT * (1 if cents >= 0 else -1)
        if points:
            record.points += points
            self.movements.append(Movement(record, points, at, receipt.shop.id, receipt.id, cents))
        if cents < 0 and self.dice.random() < 0.15:
            self._issue("creditvoucher", -cents, at, GIFT_DAYS, record, receipt.shop.id)
        if record.points >= VOUCHER_POINTS and self.dice.random() < 0.4:
            self._spend(record, at, receipt.shop.id)

    def _spend(self, record: Record, at: datetime, shop_id: int) -> None:
        """Turn points into a voucher, which the next purchase may use."""
        record.points -= VOUCHER_POINTS
        self.movements.append(Movement(record, -VOUCHER_POINTS, at + timedelta(seconds=30), shop_id))
        voucher = self._issue("loyaltyvoucher", VOUCHER_CENTS, at, LOYALTY_DAYS, record, shop_id)
        if self.dice.random() < 0.7:
            self.unspent[record.id] = voucher

    def _move(self, old: Record, points: int, at: datetime, kept: Record) -> None:
        for record, change in ((old, points), (kept, -points)):
            record.points += change
            self.movements.append(Movement(record, change, at, record.shop.id))

    def gifts(self, count: int) -> None:
        """Sell gift vouchers to people without a card; some have been spent in part or whole."""
        for _ in range(count):
            full = self.dice.choice((1000, 2500, 5000, 10000))
            at = self.anchor - timedelta(days=self.dice.randrange(2, 700), minutes=self.dice.randrange(600))
            voucher = self._issue("giftvoucher", full, at, GIFT_DAYS, None, self.dice.choice(SHOPS[:-1]).id)
            voucher.open_cents = self.dice.choice((full, full, full // 2, 0))

    def _issue(
        self, kind: str, cents: int, at: datetime, days: int, record: Record | None, shop_id: int
    ) -> Voucher:  # fmt: skip
        barcode = f"29{len(self.vouchers) + 1:07d}{self.dice.randrange(10_000):04d}"
        ends_on = (at + timedelta(days=days)).date()
        voucher = Voucher(barcode, kind, cents, cents, at.date(), ends_on, record, shop_id, at)
        self.vouchers.append(voucher)
        return voucher

    def till_points(self) -> tuple[TillPoints, ...]:
        """Return the movements, numbered in order of time."""
        ordered = sorted(self.movements, key=lambda each: each.at)
        return tuple(
            TillPoints(number, each.record.id, each.points, each.at, each.shop_id, each.sale_id, each.amount_cents)
            for number, each in enumerate(ordered, FIRST_MOVEMENT)
        )

    def till_vouchers(self) -> tuple[TillVoucher, ...]:
        """Return the vouchers, numbered in the order in which they were issued."""
        return tuple(
            TillVoucher(
                id=number,
                barcode=each.barcode,
                kind=each.kind,
                full_cents=each.full_cents,
                open_cents=each.open_cents,
                starts_on=each.starts_on,
                ends_on=each.ends_on,
                customer_id=each.record.id if each.record else None,
                shop_id=each.shop_id,
                changed_at=each.changed_at,
            )
            for number, each in enumerate(self.vouchers, FIRST_VOUCHER)
        )
