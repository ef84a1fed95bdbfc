"""The receipts the bench reads: Tilroy's form, 20 fields a line, made from their numbers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LINES_A_SALE = 10
SALES_A_PAGE = 100
BAD_EVERY = 100  # one receipt in a hundred cannot be read
OPENING = datetime(2026, 3, 1, 9, 0)  # noqa: DTZ001 - a till's clock has no zone
BREAKS = ("quantity", "total", "when", "channel")


@dataclass(frozen=True)
class Truth:
    """What a store must hold after reading `sales` receipts."""

    sales: int
    bad: int
    lines: int
    total_minor: int
    quantity: int

    @classmethod
    def of(cls, good_sales: int) -> Truth:
        """Add up the receipts that can be read."""
        bad = good_sales // (BAD_EVERY - 1)
        lines = [cents_of(number, line) for number in numbers(good_sales) if not is_bad(number) for line in positions()]
        quantity = sum(quantity for _, quantity in lines)
        return cls(good_sales, bad, len(lines), sum(price * quantity for price, quantity in lines), quantity)


def numbers(good_sales: int) -> range:
    """Return the ids of the receipts, so that as many as wanted are good."""
    return range(1, good_sales + good_sales // (BAD_EVERY - 1) + 1)


def is_bad(number: int) -> bool:
    """Tell whether this receipt is one of those that cannot be read."""
    return number % BAD_EVERY == 0


def positions() -> range:
    """Return the line numbers of a receipt."""
    return range(1, LINES_A_SALE + 1)


def cents_of(number: int, line: int) -> tuple[int, int]:
    """Return price in cents and quantity of a line."""
    return (number * 37 + line * 101) % 20000 + 99, (number + line) % 3 + 1


def sale(number: int) -> dict[str, Any]:
    """Return one receipt as `/sales` shows it."""
    lines = [_line(number, line) for line in positions()]
    total = sum(price * quantity for price, quantity in (cents_of(number, line) for line in positions())) / 100
    sold = OPENING + timedelta(seconds=number * 7)
    receipt = {
        "idTilroySale": str(number),
        "type": "N",
        "status": "N",
        "saleDate": sold.strftime("%Y-%m-%dT%H:%M:%S.000"),
        "timestamp": (sold - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "shop": {"idTilroy": str(number % 40 + 1), "idSource": "S1", "number": 1, "name": "Breda", "country": "NL"},
        "till": {"idTilroy": "11", "idSource": "NA", "number": 1},
        "customer": {"idTilroy": str(number % 5000 + 1), "idSource": str(number % 5000 + 1)},
        "customerEmail": f"buyer{number % 5000}@example.com",
        "customerCard": "NA",
        "channel": {"idChannel": "1", "code": "TILL", "descriptions": []},
        "currency": 1,
        "currencyData": {"idTilroy": "1", "code": "EUR", "sign": "€"},
        "totalAmountSell": total,
        "totalAmountPaid": total,
        "lines": lines,
    }
    return _broken(receipt, number) if is_bad(number) else receipt


def _line(number: int, line: int) -> dict[str, Any]:
    price, quantity = cents_of(number, line)
    total = price * quantity
    untaxed = round(total * 100 / 121)
    return {
        "idTilroySaleLine": f"{number}{line:03d}",
        "lineNumber": line,
        "type": "N",
        "code": f"A{(number * 7 + line) % 3000:05d}",
        "description": "Trui met ronde hals, merinowol",
        "quantity": quantity,
        "quantityNet": quantity,
        "sellPrice": price / 100,
        "standardPrice": price / 100,
        "discount": 0,
        "discountType": 0,
        "vatPercentage": 21,
        "sku": {"idTilroy": str((number * 7 + line) % 9000), "idSource": f"K{(number * 7 + line) % 9000:06d}"},
        "lineTotalStandard": total / 100,
        "lineTotalSell": total / 100,
        "lineTotalDiscount": 0,
        "lineTotalVatExcl": untaxed / 100,
        "lineTotalVat": (total - untaxed) / 100,
        "ean": f"871{(number * 7 + line) % 9000:010d}",
        "colour": "donkerblauw",
    }


def _broken(receipt: dict[str, Any], number: int) -> dict[str, Any]:
    match BREAKS[number // BAD_EVERY % len(BREAKS)]:
        case "quantity":
            receipt["lines"][3]["quantity"] = "three"
        case "total":
            receipt["lines"][5]["lineTotalSell"] = 1e300
        case "when":
            receipt["saleDate"] = "yesterday"
        case _:
            receipt["channel"]["code"] = "FAX"
    return receipt


def pages(good_sales: int, *, only_good: bool = False) -> Iterator[tuple[int, bytes]]:
    """Give each page: the id it follows, and its body; the stock chain stops at the first bad record."""
    every = [number for number in numbers(good_sales) if not (only_good and is_bad(number))]
    for start in range(0, len(every), SALES_A_PAGE):
        of_page = every[start : start + SALES_A_PAGE]
        follows = every[start - 1] if start else 0
        yield follows, json.dumps([sale(number) for number in of_page], ensure_ascii=False).encode()
