"""Orders of marketplaces: what the till is told of one, and how one whose answer was lost is found again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import quote

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.tilroy.decisions import Order, OrderLine, Unsendable
from targets.tilroy.history import CLOCKS_DIFFER, PAGE_SIZE, iso
from targets.tilroy.step import DONE, NEXT, Step
from targets.tilroy.terms import Terms, money

SEARCH = "/orderapi/production/v2/orders"
EXPORT = "/orderapi/production/export/orders"
FOUND = Outcome("accepted", "found in the till")
DOUBTFUL = Outcome("unknown", "an order of this number has no reference: a person must look")


def order_body(order: Order, terms: Terms) -> dict[str, Any]:
    """Return what the till is told of an order; raises Unsendable."""
    if order.currency != terms.currency:
        raise Unsendable(f"payload.currency: not {terms.currency}, and an order at Tilroy names none; set currency")
    return {
        "shop": terms.shop,
        "language": {"code": terms.order_language},
        "products": [_product(line, terms) for line in order.lines],
        "orderNumber": order.number,
        "externalReference": order.reference,
        "tags": [order.marketplace],
    }


def _product(line: OrderLine, terms: Terms) -> dict[str, Any]:
    return {
        "qty": line.quantity,
        "sku": {"tilroyId": line.sku},
        "priceSell": money(line.unit_minor),
        "collectMethod": {"code": terms.collect_method, "shopHandling": terms.shop, "shopStock": terms.shop},
    }


def order_made(answer: Any, reference: str) -> Outcome:
    """Return what the answer to an order says; raises LostError where it is about another, or about none."""
    made = _orders(answer if isinstance(answer, list) else [answer])
    if not any(_reference(each) == reference or (_number(each) and not _reference(each)) for each in made):
        raise LostError("an answer about another order")
    return DONE


def _orders(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise LostError("orders of another shape")
    return answer


def _reference(order: dict[str, Any]) -> str:
    return _written(order.get("externalReference"))


def _number(order: dict[str, Any]) -> str:
    return _written(order.get("orderNumber"))


def _written(said: Any) -> str:
    return "" if said in (None, "NA", "N/A") else str(said).strip()


class OrderLookUp:
    """Looks for an order by its reference: in the shop under its number, then in all that was exported since.

    The shop's list tells what stands now; the export also what was moved to another shop, or got another number.
    """

    def __init__(self, order: Order, since: datetime, terms: Terms) -> None:
        self.order = order
        in_shop = f"{SEARCH}?shopNumber={terms.shop['number']}&orderNumber={quote(order.number, safe='')}"
        self.lists = [in_shop, f"{EXPORT}?dateExportedSince={iso(since - CLOCKS_DIFFER)}"]
        self.last_page: list[dict[str, Any]] = []
        self.is_read = False
        self.is_doubtful = False

    def steps(self) -> Iterator[Step]:
        """Give a call for each page of each list; the last one's outcome is the verdict."""
        while self.lists:
            asked = self.lists.pop(0)
            self.last_page, self.is_read = [], False
            for page in count(1):
                if self.is_read:
                    break
                yield Step(Call("GET", f"{asked}&page={page}&count={PAGE_SIZE}", b""), self._judge, _unfinished)

    def _judge(self, answer: Any) -> Outcome:
        orders = _orders(answer)
        if any(_reference(each) == self.order.reference for each in orders):
            return FOUND
        self.is_doubtful |= any(self._may_be_ours(each) for each in orders)
        self.is_read = orders in ([], self.last_page)  # a short page proves nothing: the server may cap it
        self.last_page = orders
        return DOUBTFUL if self.is_read and not self.lists and self.is_doubtful else NEXT

    def _may_be_ours(self, order: dict[str, Any]) -> bool:
        """Tell whether it has our number and nobody's reference: a clerk typed it in, or Tilroy hides the reference."""
        return _number(order) == self.order.number.strip() and not _reference(order)


def _unfinished(refusal: RefusedError) -> Outcome:
    return Outcome("unknown", f"look-up: {refusal}")
