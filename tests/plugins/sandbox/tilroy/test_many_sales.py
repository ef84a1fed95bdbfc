"""A hundred thousand receipts that are made when looked at: found in a few looks, and never read whole."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import overload

import pytest

from plugins.sandbox.retailer import EmptyRetailer, TillLine, TillSale
from plugins.sandbox.tilroy import Tilroy
from tests.plugins.sandbox.tilroy.shop_floor import ARTICLES, CUSTOMERS, LOCAL, SHOPS, Clock, ask

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
MANY, GAP = 100_000, timedelta(minutes=5)
S = "/saleapi/production"


class LazySales(Sequence[TillSale]):
    """Makes a receipt when it is looked at, counts how many, and refuses to be walked."""

    def __init__(self, *, is_shuffled: bool = False) -> None:
        self.made = 0
        self.is_shuffled = is_shuffled

    def __len__(self) -> int:
        return MANY

    @overload
    def __getitem__(self, at: int) -> TillSale: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[TillSale]: ...
    def __getitem__(self, at: int | slice) -> TillSale | Sequence[TillSale]:
        assert isinstance(at, slice), "only slices are cheap"
        return [self.sale(place) for place in range(*at.indices(MANY))]

    def __iter__(self):
        raise AssertionError("read whole")

    def sale(self, at: int) -> TillSale:
        self.made += 1
        moment = BEGAN + at * GAP
        lines = tuple(TillLine(at * 10 + n, n, 1001, 1, 100 + n, 100 + n, (100 + n) * 1) for n in range(1, 11))
        number = (at ^ 1) if self.is_shuffled else at  # neighbours change places
        return TillSale(number + 1, 87, moment.astimezone(LOCAL), moment + timedelta(minutes=1), lines, 880123)


class ByIdSales(LazySales):
    """The same receipts in order of id."""

    def sale(self, at: int) -> TillSale:
        return super().sale(at ^ 1)


class TwoOrders(EmptyRetailer):
    """A retailer whose ids do not ascend with time."""

    till_sales_by_id: Sequence[TillSale] = ()


def stand_in(sales: LazySales, by_id: LazySales | None = None) -> Tilroy:
    facts = {"shops": SHOPS, "articles": ARTICLES, "till_customers": CUSTOMERS, "till_sales": sales}
    retailer = TwoOrders(BEGAN + MANY * GAP, **facts) if by_id else EmptyRetailer(BEGAN + MANY * GAP, **facts)  # type: ignore[arg-type]
    if by_id:
        retailer.till_sales_by_id = by_id  # type: ignore[attr-defined]
    return Tilroy(retailer=retailer, clock=Clock(BEGAN + MANY * GAP))


@pytest.mark.parametrize(
    ("path", "first"),
    [
        (f"{S}/export/sales?dateExportedSince=2025-01-01&count=100&page=900", 89_901),
        (f"{S}/export/sales?dateExportedSince=2025-06-01T00:01:00Z&count=100", 43_489),
        (f"{S}/sales?lastId=77777&count=100", 77_778),
        (f"{S}/sales?lastId=0&count=100&dateFrom=2025-06-01&dateTo=2025-06-07", 43_465),
        (f"{S}/sales?lastId=44000&count=100&dateFrom=2025-06-01&dateTo=2025-06-07", 44_001),
    ],
)
def test_a_page_costs_little_more_than_its_own_rows(path: str, first: int):
    sales = LazySales()
    tilroy = stand_in(sales)
    answer = ask(tilroy, path)
    assert ([row["idTilroySale"] for row in answer.body][:1], len(answer.body)) == ([str(first)], 100)
    assert sales.made < 400


def test_a_page_of_a_hundred_receipts_answers_quickly():
    tilroy = stand_in(LazySales())
    ask(tilroy, f"{S}/sales?lastId=0&count=1")
    times = []
    for _ in range(5):
        began = time.process_time()
        ask(tilroy, f"{S}/sales?lastId=5000&count=100")
        times.append(time.process_time() - began)
    assert min(times) < 0.1


def test_the_cursor_passes_every_receipt_of_a_week_once():
    for tilroy in (stand_in(LazySales()), stand_in(LazySales(is_shuffled=True), ByIdSales(is_shuffled=True))):
        seen: list[int] = []
        while page := ask(
            tilroy, f"{S}/sales?lastId={seen[-1] if seen else 0}&count=100&dateFrom=2025-06-01&dateTo=2025-06-02"
        ).body:
            seen += [int(row["idTilroySale"]) for row in page]
        assert seen == sorted(set(seen))
        assert len(seen) == 2 * 24 * 12


def test_the_cursor_follows_ids_where_they_do_not_ascend_with_time():
    tilroy = stand_in(LazySales(is_shuffled=True), ByIdSales(is_shuffled=True))
    assert [row["idTilroySale"] for row in ask(tilroy, f"{S}/sales?lastId=10&count=3").body] == ["11", "12", "13"]
    exported = ask(tilroy, f"{S}/export/sales?dateExportedSince=2025-01-01&count=2").body
    assert [row["idTilroySale"] for row in exported] == ["2", "1"]


def test_line_totals_are_exact_cents():
    rows = ask(stand_in(LazySales()), f"{S}/sales?lastId=0&count=1").body
    written = json.dumps([line["lineTotalSell"] for line in rows[0]["lines"]])
    assert written == "[1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09, 1.1]"
