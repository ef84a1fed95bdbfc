"""Money as the shop writes it: texts with two decimals, tax split off so that no cent is lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any


def text(cents: int) -> str:
    """Write cents as the shop does: `12.34`."""
    return f"{Decimal(cents) / 100:.2f}"


def cents(amount: Any) -> int:
    """Read an amount of the shop; what is no number is nothing, as in PHP."""
    try:
        return int((Decimal(str(amount)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    except InvalidOperation:
        return 0


def split(gross: int, percent: int) -> tuple[int, int]:
    """Split cents with tax into (without, tax); the two always add up."""
    net = int((Decimal(gross) * 100 / (100 + percent)).quantize(Decimal(1), ROUND_HALF_UP))
    return net, gross - net


def each(net: int, quantity: int) -> int | float:
    """Return the price of one as a JSON number, the only money the shop does not write as text."""
    price = round(net / 100 / quantity, 6) if quantity else 0
    return int(price) if price == int(price) else price


def spread(amount: int, over: Sequence[int]) -> list[int]:
    """Divide cents in proportion; the last takes what rounding leaves."""
    whole = sum(over)
    shares = [amount * part // whole if whole else 0 for part in over]
    if shares:
        shares[-1] += amount - sum(shares)
    return shares
