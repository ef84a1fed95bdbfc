"""What things are called: global ids, fields, moments and amounts, as Shopify writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from plugins.sandbox.retailer import CURRENCY

PREFIX = "gid://shopify/"


def gid(kind: str, number: int) -> str:
    """Return the global id of a record."""
    return f"{PREFIX}{kind}/{number}"


def parted(text: str) -> tuple[str, int]:
    """Return the kind and the number in a global id, or refuse what is none."""
    found = re.fullmatch(rf"{PREFIX}(\w+)/(\d+)(\?.*)?", text)
    if not found:
        raise GraphQLError(f"Invalid global id '{text}'", extensions={"code": "argumentLiteralsIncompatible"})
    return found[1], int(found[2])


def numbered(text: str, kind: str) -> int:
    """Return the number in a global id of one kind, 0 for another kind."""
    found, number = parted(text)
    return number if found == kind else 0


def snake(name: str) -> str:
    """Return a field's name as Python writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def stamp(moment: datetime) -> str:
    """Write a moment as Shopify does: UTC, seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: Any) -> datetime:
    """Read an ISO 8601 time; without an offset it is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError(f"invalid DateTime '{text}'") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def decimal(text: Any) -> Decimal:
    """Read an amount, written as text or as a number."""
    try:
        read = Decimal(str(text))
    except ArithmeticError:
        raise GraphQLError(f"invalid Decimal '{text}'") from None
    if not read.is_finite():
        raise GraphQLError(f"invalid Decimal '{text}'")
    return read


def amount(cents: int) -> str:
    """Write cents as an amount."""
    return f"{Decimal(cents) / 100:.2f}"


def money(cents: int, currency: str = CURRENCY) -> dict[str, str]:
    """Return a `MoneyV2`."""
    return {"amount": amount(cents), "currencyCode": currency}


def bag(cents: int) -> dict[str, dict[str, str]]:
    """Return a `MoneyBag` of a shop that sells in its own money only."""
    return {"shopMoney": money(cents), "presentmentMoney": money(cents)}
