"""Addresses and numbers, as Shopify keeps them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import phonenumbers

from plugins.sandbox.retailer import Address
from plugins.sandbox.shopify.names import gid

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
FIELDS = [
    "firstName",
    "lastName",
    "company",
    "address1",
    "address2",
    "zip",
    "city",
    "provinceCode",
    "countryCode",
    "phone",
]


@dataclass(frozen=True)
class MailingAddress:
    """Where somebody lives."""

    typename: ClassVar[str] = "MailingAddress"
    serial: int
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    zip: str | None = None
    city: str | None = None
    province_code: str | None = None
    country_code_v2: str | None = None
    phone: str | None = None

    @property
    def id(self) -> str:
        """The global id."""
        return gid(self.typename, self.serial)

    @property
    def name(self) -> str | None:
        """The whole name."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or None


def written(number: int, given: dict[str, Any]) -> MailingAddress:
    """Return an address of a caller's input."""
    return MailingAddress(number, *(given.get(name) for name in FIELDS))


def lived(number: int, address: Address | None, first: str, last: str, phone: str) -> MailingAddress | None:
    """Return an address of the retailer behind the shop."""
    if address is None:
        return None
    street, box = f"{address.street} {address.house_number}", address.box or None
    names = (first or None, last or None, None)
    return MailingAddress(
        number, *names, street, box, address.postcode, address.city, None, address.country, phone or None
    )


def is_email(text: str) -> bool:
    """Tell whether a text looks like an address."""
    return EMAIL.fullmatch(text) is not None


def e164(text: str, country: str | None = None) -> str:
    """Return a number as E.164, empty where it is none; without a country it must bear its own."""
    try:
        read = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(read):
        return ""
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
