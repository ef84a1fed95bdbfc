"""What each platform wants an identifier to look like on the wire, hashed or plain, versioned.

The value that was sent is stored with `version`, and removal sends that stored value again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugins.identifiers.contact import GMAIL, looks_hashed

SHA256_DIGITS = 64

Normal = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class WireForm:
    """One platform's rules: how a field is written, and whether its SHA-256 goes instead of itself."""

    version: str
    written: Mapping[str, Normal]
    plain: frozenset[str] = frozenset()
    """Fields that go as they are written."""

    def normalised(self, field: str, value: str) -> str | None:
        """Return the text before hashing; None when nothing is left, for an empty value is never hashed."""
        return self.written[field](value) or None

    def wire(self, field: str, value: str) -> str | None:
        """Return what goes over the wire; a SHA-256 goes as it is, another hash not at all."""
        if field not in self.plain and looks_hashed(value):
            return value.strip().lower() if len(value.strip()) == SHA256_DIGITS else None
        text = self.normalised(field, value)
        if text is None or field in self.plain:
            return text
        return hashlib.sha256(text.encode()).hexdigest()


def subscriber_hash(address: str) -> str:
    """Return the key under which Mailchimp stores a member: the MD5 of the lower-case address."""
    return hashlib.md5(address.strip().lower().encode(), usedforsecurity=False).hexdigest()


def lookup_key(value: str, secret: bytes) -> str:
    """Return the HMAC-SHA-256 under which we look a normalised value up without holding it."""
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()


def _lower(value: str) -> str:
    return value.strip().lower()


def _upper(value: str) -> str:
    return value.strip().upper()


def _unpunctuated(value: str) -> str:
    return re.sub(r"[^\w\s]|_", "", value).strip().lower()


def _compact(value: str) -> str:
    return re.sub(r"[\W_]", "", value).lower()


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value).lstrip("0")


def _plus_digits(value: str) -> str:
    digits = re.sub(r"[^0-9]", "", value)
    return f"+{digits}" if digits else ""


def _google_address(value: str) -> str:
    address = "".join(value.split()).lower()
    local, at, domain = address.rpartition("@")
    if domain in GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if at and local and domain else ""


def _lower_address(value: str) -> str:
    address = _lower(value)
    return address if "@" in address.strip("@") else ""


def _gender(value: str) -> str:
    return {"m": "m", "f": "f", "v": "f"}.get(_lower(value)[:1], "")


FORMS: Mapping[str, WireForm] = {
    "google": WireForm(
        "google-1",
        {
            "email": _google_address,
            "phone": _plus_digits,
            "first_name": _unpunctuated,
            "last_name": _unpunctuated,
            "postcode": str.strip,
            "country": _upper,
        },
        plain=frozenset({"postcode", "country"}),
    ),
    "meta": WireForm(
        "meta-1",
        {
            "email": _lower_address,
            "phone": _digits,
            "first_name": _unpunctuated,
            "last_name": _unpunctuated,
            "city": _compact,
            "postcode": _compact,
            "country": _lower,
            "birth_date": _digits,
            "birth_year": lambda day: _digits(day)[:4],
            "birth_month": lambda day: _digits(day)[4:6],
            "birth_day": lambda day: _digits(day)[6:8],
            "gender": _gender,
            "external_id": str.strip,
        },
        plain=frozenset({"external_id"}),
    ),
    "pinterest": WireForm(
        "pinterest-1",
        {
            "email": _lower_address,
            "phone": _digits,
            "first_name": _lower,
            "last_name": _lower,
            "city": _compact,
            "postcode": _compact,
            "country": _lower,
            "birth_date": _digits,
            "gender": _gender,
            "external_id": str.strip,
        },
    ),
    "mailchimp": WireForm("mailchimp-1", {"email": _lower_address}, plain=frozenset({"email"})),
}
