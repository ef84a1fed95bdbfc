"""Loyalty cards: one spelling, and the check digit where a card has one."""

from __future__ import annotations

import re
import unicodedata

from plugins.identifiers.contact import Identifier

SHORTEST = 4
LONGEST = 32
EAN_LENGTH = 13
RUN = re.compile(r"0*1234567(?:8(?:9(?:0\d*)?)?)?")


def card(given: str) -> Identifier:
    """Return the card without blanks and hyphens, letters in upper case; an EAN-13 must have its check digit."""
    value = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", given)).upper()
    if not value.isascii() or not SHORTEST <= len(value) <= LONGEST or value.isalpha():
        return Identifier(None, "invalid", given)
    if len(set(value)) == 1 or RUN.fullmatch(value):
        return Identifier(value, "placeholder", given)
    if len(value) == EAN_LENGTH and value.isdigit() and not has_check_digit(value):
        return Identifier(None, "invalid", given)
    return Identifier(value, "ok", given)


def has_check_digit(digits: str) -> bool:
    """Say whether the last digit is the GS1 check digit of the others (EAN-8, UPC, EAN-13, GTIN-14)."""
    body = [int(digit) for digit in digits[-2::-1]]
    return (10 - (3 * sum(body[::2]) + sum(body[1::2])) % 10) % 10 == int(digits[-1])
