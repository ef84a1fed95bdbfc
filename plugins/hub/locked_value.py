"""What a golden field may be locked to: the same forms that records have, checked without repeating what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from plugins.identifiers import Identifier, card, email, phone, postcode
from plugins.store.engine import StoreError

Check = Callable[[str, str | None, date], str | None]
"""From the text, the person's country and today to the value, or None where there can be no such value."""


def checked(field: str, given: str, country: str | None, today: date) -> str | None:
    """Return a value as records have it, None for an empty text; raises StoreError where it cannot be kept.

    A national phone number and a postcode are read in `country` (ISO 3166-1 alpha-2).
    """
    text = " ".join(given.split())
    if not text:
        return None
    check, cure = CHECKS.get(field, (_as_it_is, ""))
    value = check(text, country, today) if text.isprintable() else None
    if value is None:
        raise StoreError(f"profile: VALUE cannot be kept as {field}; {cure or 'write it with letters one can see'}")
    return value


def _as_it_is(text: str, _country: str | None, _today: date) -> str | None:
    return text


def _day(text: str, _country: str | None, today: date) -> str | None:
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None
    return day.isoformat() if day and day <= today else None


def _trusted(found: Identifier) -> str | None:
    return found.value if found.quality == "ok" else None


def _land(text: str, _country: str | None, _today: date) -> str | None:
    return text.upper() if re.fullmatch(r"[a-z]{2}", text, re.ASCII | re.IGNORECASE) else None


def _language(text: str, country: str | None, today: date) -> str | None:
    code = _land(text, country, today)
    return code and code.lower()


CHECKS: dict[str, tuple[Check, str]] = {
    "birth_date": (_day, "write a day that has been, as year-month-day: 1980-12-31"),
    "email": (lambda text, _country, _today: _trusted(email(text)), "write an address that only one person has"),
    "phone": (lambda text, country, _today: _trusted(phone(text, country)), "write a number that is in use, as +31…"),
    "card": (lambda text, _country, _today: _trusted(card(text)), "look at its digits"),
    "country": (_land, "write its code of two letters, such as BE"),
    "language": (_language, "write its code of two letters, such as nl"),
    "postcode": (lambda text, country, _today: postcode(text, country), "there is none such in the person's country"),
}
