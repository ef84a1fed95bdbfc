"""A person's identifiers, name and address, written once for every vendor in the columns of `Customer`."""

from __future__ import annotations

from typing import Any

from plugins.identifiers import VERSION, Identifier, address, card, email, house, name, phone_near, postcode


def person_fields(
    *,
    country: str,
    neighbour: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    card: str | None = None,
    first_name: str | None = None,
    infix: str | None = None,
    last_name: str | None = None,
    street: str | None = None,
    house_number: str | None = None,
    house_suffix: str | None = None,
    postcode: str | None = None,
    city: str | None = None,
    address_country: str | None = None,
) -> dict[str, Any]:
    """Return the columns of `Customer` that say who and where.

    `country` is where a record without an address is at home; one whose phone cannot be from there may have a mobile
    of `neighbour`.
    """
    land = _country(address_country) or _country(country)
    return {
        **_contact(email, phone, card, land, None if _country(address_country) else _country(neighbour)),
        **_name(first_name, infix, last_name),
        **_address(street, house_number, house_suffix, postcode, land),
        "city": " ".join(city.split()) or None if city else None,
        "country": land if (address_country or street or postcode or city) else None,
        "normaliser": VERSION,
    }


def email_of(given: str | None) -> str | None:
    """Return an address that can belong to one person, or None."""
    return _trusted(email(given)) if given else None


def phone_of(given: str | None, country: str, neighbour: str | None = None) -> str | None:
    """Return a number that can belong to one person, or None."""
    return _trusted(phone_near(given, _country(country), _country(neighbour))) if given else None


def card_of(given: str | None) -> str | None:
    """Return a card that can belong to one person, or None."""
    return _trusted(card(given)) if given else None


def _trusted(found: Identifier) -> str | None:
    return found.value if found.quality == "ok" else None


def _country(given: str | None) -> str | None:
    code = (given or "").strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def _contact(
    given_email: str | None,
    given_phone: str | None,
    given_card: str | None,
    land: str | None,
    neighbour: str | None,
) -> dict[str, Any]:
    mail = email(given_email) if given_email else None
    number = phone_near(given_phone, land, neighbour) if given_phone else None
    loyalty = card(given_card) if given_card else None
    return {
        "email": mail and mail.value,
        "email_given": given_email or None,
        "email_quality": mail and mail.quality,
        "phone": number and number.value,
        "phone_given": given_phone or None,
        "phone_quality": number and number.quality,
        "card": loyalty and loyalty.value,
        "card_quality": loyalty and loyalty.quality,
    }


def _name(first: str | None, infix: str | None, last: str | None) -> dict[str, Any]:
    known = name(first, infix, last)
    return {
        "first_name": known.first_name,
        "infix": known.infix,
        "last_name": known.last_name,
        "initial": known.initial,
        "name_key": known.name_key,
    }


def _address(
    street: str | None, number: str | None, addition: str | None, code: str | None, land: str | None
) -> dict[str, Any]:
    line = address(street or "")
    house_number, house_suffix = house(number, addition)
    if house_number is None:
        house_number, house_suffix = line.house_number, line.house_suffix or house_suffix
    elif line.house_number != house_number:
        line = address("") if not street else type(line)(" ".join(street.split()), None, None)
    return {
        "street": line.street,
        "house_number": house_number,
        "house_suffix": house_suffix,
        "postcode": postcode(code, land) if code else None,
    }
