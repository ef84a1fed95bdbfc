"""How the texts of a feed file are said to Google's API; None is a text that cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Form = Callable[[str], Any]
MONEY = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([A-Z]{3})", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})", re.ASCII)
MEASURE = re.compile(r"(\d{1,9}(?:\.\d{1,4})?) ?([a-z]+)", re.ASCII)
YES_OR_NO = {"yes": True, "no": False, "true": True, "false": False}
WRITTEN_BY_MACHINES = re.compile(r'(?:(trained_algorithmic_media|default):)?"?(.+?)"?', re.IGNORECASE | re.DOTALL)
MICROS = 1_000_000


def text(told: str) -> str:
    """Return a text as it is."""
    return told


def alone(told: str) -> list[str]:
    """Return the one value of an attribute that may have several."""
    return [told]


def many(told: str) -> list[str]:
    """Return values with commas between them."""
    return [each for each in (part.strip() for part in told.split(",")) if each]


def money(told: str) -> dict[str, str] | None:
    """Return an amount, `49.95 EUR`, in millionths of its currency."""
    found = MONEY.fullmatch(told)
    return {"amountMicros": str(int(Decimal(found[1]) * MICROS)), "currencyCode": found[2]} if found else None


def price(told: str) -> dict[str, str] | None:
    """Return an amount above nothing: nobody sells for nothing."""
    found = money(told)
    return found if found and found["amountMicros"] != "0" else None


def yes_or_no(told: str) -> bool | None:
    """Return what is said with `yes` or `no`."""
    return YES_OR_NO.get(told.lower())


def whole(told: str) -> str | None:
    """Return a whole number, which travels as text."""
    return str(int(told)) if re.fullmatch(r"[0-9]{1,12}", told) else None


def word_of(*known: str) -> Form:
    """Return what reads one of Google's words, `in_stock` as `IN_STOCK`."""

    def read(told: str) -> str | None:
        word = told.upper().replace(" ", "_").replace("-", "_").replace("+", "P")
        return word if word in known else None

    return read


def several(form: Form) -> Form:
    """Return what reads one value, or values with commas between them; all of them or none."""

    def read(told: str) -> list[Any] | None:
        if (one := form(told)) is not None:
            return [one]
        found = [form(each) for each in many(told)]
        return None if not found or None in found else found

    return read


def moment(told: str) -> str | None:
    """Return a moment, in UTC; one without an offset is none."""
    if not MOMENT.fullmatch(told):
        return None
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def period(told: str) -> dict[str, str] | None:
    """Return a period, `start/end`, that starts before it ends."""
    start, _, end = (part.strip() for part in told.partition("/"))
    starts, ends = moment(start), moment(end)
    return {"startTime": starts, "endTime": ends} if starts and ends and starts < ends else None


def measure(told: str) -> dict[str, Any] | None:
    """Return a number with its unit, `1.5 kg`."""
    found = MEASURE.fullmatch(told)
    if not found:
        return None
    number = Decimal(found[1])
    return {"value": int(number) if number == int(number) else float(number), "unit": found[2]}


def base_measure(told: str) -> dict[str, str] | None:
    """Return a whole number with its unit, `100 ml`."""
    found = MEASURE.fullmatch(told)
    return {"value": found[1], "unit": found[2]} if found and found[1].isdecimal() else None


def composed(*parts: tuple[str, Form], needs: Sequence[str]) -> Form:
    """Return what reads parts with colons between them, `\\:` inside one; a blank one is not said."""

    def read(told: str) -> dict[str, Any] | None:
        texts = [each.replace("\\:", ":").strip() for each in re.split(r"(?<!\\):", told)]
        if len(texts) != len(parts):
            return None
        said = {name: form(each) for (name, form), each in zip(parts, texts, strict=True) if each}
        return said if None not in said.values() and all(name in said for name in needs) else None

    return read


def by_machines(told: str) -> dict[str, str] | None:
    """Return a text that says whether a machine wrote it: `trained_algorithmic_media:"…"`."""
    found = WRITTEN_BY_MACHINES.fullmatch(told)
    return {"digitalSourceType": (found[1] or "default").upper(), "content": found[2]} if found else None


shipping = composed(
    ("country", text), ("region", text), ("service", text), ("price", money), needs=("country", "price")
)  # fmt: skip
threshold = composed(("country", text), ("priceThreshold", money), needs=("country", "priceThreshold"))
detail = composed(
    ("sectionName", text), ("attributeName", text), ("attributeValue", text), needs=("attributeName", "attributeValue")
)  # fmt: skip
certification = composed(
    ("certificationAuthority", word_of("ADEME", "BMWK", "EPA", "EC")),
    ("certificationName", word_of("ENERGY_STAR", "ENERGY_STAR_MOST_EFFICIENT", "EPREL", "EU_ECOLABEL")),
    ("certificationCode", text),
    needs=("certificationAuthority", "certificationName", "certificationCode"),
)
loyalty = composed(
    ("programLabel", text), ("tierLabel", text), ("price", price), ("cashbackForFutureUse", money),
    ("loyaltyPoints", whole), ("memberPriceEffectiveDate", period), ("shippingLabel", text),
    needs=("programLabel", "tierLabel"),
)  # fmt: skip


def said(told: Mapping[str, str | None], forms: Mapping[str, tuple[str, Form]]) -> dict[str, Any]:
    """Return under Google's names what can be said of the texts of a feed."""
    written = {name: value.strip() for name, value in told.items() if name in forms and value and value.strip()}
    found = {forms[name][0]: forms[name][1](value) for name, value in written.items()}
    return {name: value for name, value in found.items() if value is not None and value != []}
