"""E-mail addresses and phone numbers: our one form, before any platform's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

VERSION = 1
"""Raised when a rule in this room changes; every normalised value is stored beside it."""

Quality = Literal["ok", "placeholder", "masked", "invalid"]

HEX = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)

LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
LABELS = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")

MASKS = re.compile(
    r"verkopen\.bol\.com|marketplace\.amazon\.[a-z.]+|members\.ebay\.[a-z.]+|privaterelay\.appleid\.com|relay\.firefox\.com|mozmail\.com"
)
PLACEHOLDER_LOCALS = frozenset(
    {
        "kassa", "kassa1", "kassa2", "klant", "geen", "geenemail", "geenmail", "geen-email", "geen.email",
        "geen_email", "heeftgeen", "noreply", "no-reply", "no_reply", "donotreply", "nomail", "noemail", "no-email",
        "no.email", "none", "nomailadres", "niet", "nvt", "n.v.t", "onbekend", "unknown", "anoniem", "anonymous",
        "dummy", "test", "tester", "testtest", "fake", "nobody", "invalid", "weigert",
        "example", "voorbeeld", "asdf", "qwerty",
    }
)  # fmt: skip
PLACEHOLDER_ADDRESSES = frozenset(
    {
        "x@x.x",
        "a@a.a",
        "a@b.c",
        "a@b.nl",
        "x@y.z",
        "x@y.nl",
        "abc@abc.nl",
        "mail@mail.nl",
        "email@email.nl",
        "info@info.nl",
        "naam@email.nl",
    }
)
GMAIL = frozenset({"gmail.com", "googlemail.com"})

# the mobile numbers of the home countries as phonenumbers knows them: most records, a tenth of the time
MOBILES = {
    "NL": ("+31", re.compile(r"(?:\+31(?:\(0\))?|0031|0)(6[1-58][0-9]{7})")),
    "BE": ("+32", re.compile(r"(?:\+32(?:\(0\))?|0032|0)(4[5-9][0-9]{7})")),
}
ALL_ALIKE = re.compile(r"([a-z0-9])\1{2,63}")
RUN = re.compile(r"12345678|23456789|87654321|98765432|\d1234567")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value in our one form, and how far it can be trusted to belong to one person."""

    value: str | None
    """None when it is invalid."""
    quality: Quality
    given: str


def looks_hashed(value: str) -> bool:
    """Say whether a value has the shape of an MD5, SHA-1 or SHA-256 in hex, which is never hashed again."""
    return "@" not in value and HEX.fullmatch(value.strip()) is not None


@lru_cache(maxsize=16_384)
def email(given: str) -> Identifier:
    """Return the address: NFKC, lower case, IDNA domain; dots and plus parts kept."""
    local, at, domain = _plain(given).rpartition("@")
    if not at or not local:
        return Identifier(None, "invalid", given)
    if _is_placeholder_address(local, domain):
        return Identifier(f"{local}@{domain}", "placeholder", given)
    domain = domain if domain.isascii() else _idna(domain)
    if len(local) > 64 or len(domain) > 253 or not LOCAL.fullmatch(local) or not LABELS.fullmatch(domain):
        return Identifier(None, "invalid", given)
    return Identifier(f"{local}@{domain}", "masked" if MASKS.fullmatch(domain) else "ok", given)


def match_key(address: str) -> str:
    """Return the form under which two spellings of one mailbox match; never sent, never stored as the address."""
    local, _, domain = address.rpartition("@")
    if domain not in GMAIL:
        return address
    return f"{local.partition('+')[0].replace('.', '') or local}@gmail.com"


@lru_cache(maxsize=65_536)
def phone(given: str, country: str | None) -> Identifier:
    """Return the number as E.164, read in the record's own country (ISO 3166-1 alpha-2); digits of any script."""
    text = _digits_folded(given)
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) >= 6 and len(set(digits)) == 1:
        return Identifier(digits, "placeholder", given)
    return _mobile(text, country, given) or _parsed(text, country, given)


def phone_near(given: str, country: str | None, neighbour: str | None) -> Identifier:
    """Return the number read in a country, or as a mobile of its neighbour where the country has no such number.

    A landline of the neighbour is not tried: a Dutch mobile that lacks a digit is a Belgian landline.
    """
    found = phone(given, country)
    if found.quality != "invalid" or not neighbour:
        return found
    return _mobile(_digits_folded(given), neighbour, given) or found


def _mobile(text: str, country: str | None, given: str) -> Identifier | None:
    prefix, pattern = MOBILES.get((country or "").upper(), ("", None))
    found = pattern.fullmatch(re.sub(r"[ .-]", "", text)) if pattern else None
    if not found:
        return None
    return Identifier(prefix + found[1], "placeholder" if _is_placeholder_number(found[1]) else "ok", given)


def _parsed(text: str, country: str | None, given: str) -> Identifier:
    import phonenumbers  # its metadata makes every start slower

    try:
        number = phonenumbers.parse(text, country.upper() if country else None)
    except phonenumbers.NumberParseException:
        return Identifier(None, "invalid", given)
    number.extension = None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _is_placeholder_number(str(number.national_number)):
        return Identifier(e164, "placeholder", given)
    if not phonenumbers.is_valid_number(number):
        return Identifier(None, "invalid", given)
    return Identifier(e164, "ok", given)


def _plain(given: str) -> str:
    """Return the text in lower case and NFKC, without the letters nobody sees."""
    if given.isascii() and given.isprintable():
        return given.strip().lower()
    folded = given
    for _ in range(3):  # lower case of a few letters is not in NFKC, and the other way round
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).lower())
    seen = (letter for letter in folded if letter.isspace() or unicodedata.category(letter) not in {"Cc", "Cf", "Cs"})
    return unicodedata.normalize("NFKC", "".join(seen)).strip()


def _idna(domain: str) -> str:
    import idna  # its tables are large and seldom needed

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def _is_placeholder_address(local: str, domain: str) -> bool:
    if not domain or any(letter.isspace() for letter in local + domain):
        return False
    return (
        local in PLACEHOLDER_LOCALS
        or f"{local}@{domain}" in PLACEHOLDER_ADDRESSES
        or ALL_ALIKE.fullmatch(local) is not None
        or (len(set(local)) == 1 and set(domain.partition(".")[0]) == set(local))
    )


def _digits_folded(given: str) -> str:
    """Return the text with the digits of every script as 0-9."""
    if given.isascii():
        return given
    return "".join(str(unicodedata.digit(letter, letter)) for letter in unicodedata.normalize("NFKC", given))


def _is_placeholder_number(national: str) -> bool:
    tail = national[-7:]
    return len(tail) == 7 and (len(set(tail)) == 1 or RUN.fullmatch(national[-8:]) is not None)
