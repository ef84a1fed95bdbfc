"""The till's receipts in order of export: as told by the retailer (never read whole), then those made here."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from plugins.sandbox.retailer import TillSale
from plugins.sandbox.tilroy.answers import Joined

PIECE = 100
LONGEST_EXPORT_LAG = timedelta(days=3)
"""A till that was offline hands its receipts in within so many days."""

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)

T = TypeVar("T")


class Probe(Generic[T]):
    """Reads single rows by slices, so that a lazy sequence can be searched."""

    def __init__(self, rows: Sequence[T]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: int) -> T:
        return self.rows[at : at + 1][0]


class SaleLog:
    """Cuts pieces out of all receipts; finding the start costs a binary search.

    Where ids do not ascend with the moment of export, `told_by_id` gives the same receipts in order of id.
    """

    def __init__(self, told: Sequence[TillSale], told_by_id: Sequence[TillSale] | None = None) -> None:
        self.told = told
        self.told_by_id = told if told_by_id is None else told_by_id
        self.made: list[TillSale] = []
        self._last_window: tuple[tuple[int, int, date, date], list[tuple[int, int]]] | None = None

    def since(self, moment: datetime) -> Joined[TillSale]:
        """Return the receipts exported from a moment on."""
        early = bisect_left(Probe(self.told), moment, key=lambda sale: sale.exported_at)
        late = bisect_left(self.made, moment, key=lambda sale: sale.exported_at)
        return Joined(self.told, early, self.made, late)

    def get(self, sale_id: int) -> TillSale | None:
        """Return one receipt by its id."""
        rows = self.after(sale_id - 1)[0:1]
        return rows[0] if rows and rows[0].id == sale_id else None

    def after(self, sale_id: int) -> Joined[TillSale]:
        """Return the receipts with a higher id."""
        early = bisect_right(Probe(self.told_by_id), sale_id, key=lambda sale: sale.id)
        late = bisect_right(self.made, sale_id, key=lambda sale: sale.id)
        return Joined(self.told_by_id, early, self.made, late)

    def next_id(self) -> int:
        """Return the id of the next receipt."""
        last = self.made[-1:] or self.told_by_id[max(0, len(self.told_by_id) - 1) :]
        return last[0].id + 1 if last else 1

    def of_days(self, sale_id: int, first: date | None, last: date | None, count: int) -> Sequence[TillSale]:
        """Return up to `count` receipts after an id, sold on the local days `first` to `last`."""
        rows = self.after(sale_id)
        if first is None or last is None:
            return rows[0:count]
        size = len(self.told) + len(self.made)
        begins, ends = _bounds(first, last)
        start, stop = size - len(self.since(begins)), size - len(self.since(ends))
        if self.told_by_id is not self.told and (start, stop) != (0, size):
            return self._of_window(sale_id, (start, stop, first, last), count)
        found: list[TillSale] = []
        skipped = 0 if self.told_by_id is not self.told else max(0, start - (size - len(rows)))
        remaining = len(rows) if self.told_by_id is not self.told else max(0, stop - (size - len(rows)))
        for sale in _pieces(rows, skipped, remaining):
            if first <= sale.sold_at.date() <= last:
                found.append(sale)
                if len(found) == count:
                    break
        return found

    def _of_window(self, sale_id: int, window: tuple[int, int, date, date], count: int) -> list[TillSale]:
        start, stop, first, last = window
        rows = Joined(self.told, 0, self.made, 0)
        if self._last_window is None or self._last_window[0] != window:
            sales = enumerate(_pieces(rows, start, stop), start)
            ids = sorted((sale.id, at) for at, sale in sales if first <= sale.sold_at.date() <= last)
            self._last_window = window, ids
        ids = self._last_window[1]
        begin = bisect_left(ids, (sale_id + 1, 0))
        return [rows[at : at + 1][0] for _, at in ids[begin : begin + count]]

    def of_customer(self, customer_id: int) -> list[TillSale]:
        """Return one customer's receipts."""
        told = [Probe(self.told)[position] for position in self._positions.get(customer_id, ())]
        return told + [sale for sale in self.made if sale.customer_id == customer_id]

    @cached_property
    def _positions(self) -> dict[int, array[Any]]:
        positions: defaultdict[int, array[Any]] = defaultdict(lambda: array("L"))
        for at, sale in enumerate(_pieces(Joined(self.told, 0, (), 0), 0, len(self.told))):
            if sale.customer_id is not None:
                positions[sale.customer_id].append(at)
        return positions


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """Return between which moments of export the receipts of these days lie, wherever the shop stands."""
    begins, ends = (datetime.combine(min(max(day, EARLIEST), LATEST), time(), UTC) for day in (first, last))
    return begins - timedelta(hours=14), ends + timedelta(hours=36) + LONGEST_EXPORT_LAG


def _pieces(rows: Joined[TillSale], start: int, stop: int) -> Iterator[TillSale]:
    for at in range(start, stop, PIECE):
        yield from rows[at : min(at + PIECE, stop)]
