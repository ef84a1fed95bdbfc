"""What may be said of a product, and what is wrong with it: at once, or later as an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plugins.sandbox.google_merchant.kinds import KINDS, check
from plugins.sandbox.google_merchant.refusals import invalid

NEEDED = ("title", "description", "link", "imageLink", "availability", "price")
INSTEAD = {"title": "structuredTitle", "description": "structuredDescription"}
DEMOTED, DISAPPROVED = "DEMOTED", "DISAPPROVED"


def check_attributes(told: Mapping[str, Any]) -> None:
    """Refuse attributes that do not exist or are of another kind."""
    for name, value in told.items():
        path = f"productInput.productAttributes.{name}"
        if name not in KINDS:
            raise invalid(path, "UNKNOWN_FIELD")
        check(value, KINDS[name], path)


def issues(told: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give code, severity and attribute of what Google finds later."""
    for name in NEEDED:
        if not told.get(name) and not told.get(INSTEAD.get(name, "")):
            yield "item_missing_required_attribute", DISAPPROVED, name
    if told.get("price") and int(told["price"]["amountMicros"]) <= 0:
        yield "invalid_price", DISAPPROVED, "price"
    if told.get("availability") in ("PREORDER", "BACKORDER") and not told.get("availabilityDate"):
        yield "item_missing_required_attribute", DISAPPROVED, "availabilityDate"
    for each in told.get("gtins") or ():
        if not _is_gtin(str(each)):
            yield "invalid_gtin", DISAPPROVED, "gtin"
    if not told.get("gtins") and not (told.get("brand") and told.get("mpn")):
        yield "missing_product_identifiers", DEMOTED, "gtin"


def _is_gtin(text: str) -> bool:
    if not re.fullmatch(r"\d{8}|\d{12,14}", text):
        return False
    digits = [int(each) for each in reversed(text)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
