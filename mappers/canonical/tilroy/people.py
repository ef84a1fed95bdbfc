"""Tilroy's customers: who they are, what the till holds of their consent, and who is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from mappers.canonical.person import email_of, person_fields, phone_of
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    day,
    flag,
    instant,
    part,
    parts,
    required,
    rest,
    text,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Consent, Customer, Record

KNOWN = frozenset({
    "tilroyId", "sourceId", "customerCode", "firstName", "middleName", "surName", "companyName", "email",
    "mobileNumber", "phoneNumberHome", "address1", "houseNumber", "box", "postalCode", "city", "country",
    "language", "dateOfBirth", "gender", "active", "mergedId", "cardNumber", "cards", "doNotEmail", "doNotCall",
    "doNotMail", "bu", "customerGroup", "extraCustomerGroups", "shopCreated", "dateCreated", "dateUpdated",
    "dateDeleted", "dateExported",
})  # fmt: skip
OF_EVERYONE = ("doNotEmail", "doNotCall", "doNotMail")
OF_ONE_BUSINESS_UNIT = ("doEmail", "doSms", "doMail")


def customers(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a customer, and a consent for each field that speaks of one; what a field means is not said here."""
    key = required(record, "tilroyId")
    customer = unchecked(Customer)(
        source=reading.source,
        source_id=key,
        stream=reading.stream,
        changed_at=instant(record, "dateExported"),
        seen_at=reading.seen_at,
        is_deleted=text(record, "dateDeleted") is not None,
        raw=_raw(record),
        **_who(record, reading),
        **_standing(record),
    )
    yield from (customer, *_consents(record, reading, key))


def deleted_customers(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Make a tombstone, which competes with the customer's own record by the time of export."""
    yield unchecked(Customer)(
        source=reading.source,
        source_id=required(record, "tilroyId"),
        stream="customers",
        changed_at=instant(record, "dateExported"),
        seen_at=reading.seen_at,
        is_deleted=True,
        is_active=False,
    )


def _who(record: VendorRecord, reading: Reading) -> dict[str, Any]:
    language = text(record, "language")
    return {
        "customer_number": text(record, "customerCode"),
        "gender": text(part(record, "gender"), "code"),
        "birth_date": _birth_date(record),
        "language": language and language.lower(),
        "company": text(record, "companyName"),
        **person_fields(
            country=_home(record, reading),
            neighbour=reading.country,
            email=text(record, "email"),
            phone=_phone(record),
            card=_card(record),
            first_name=text(record, "firstName"),
            infix=text(record, "middleName"),
            last_name=text(record, "surName"),
            street=text(record, "address1"),
            house_number=text(record, "houseNumber"),
            house_suffix=text(record, "box"),
            postcode=text(record, "postalCode"),
            city=text(record, "city"),
            address_country=text(record, "country"),
        ),
    }


def _standing(record: VendorRecord) -> dict[str, Any]:
    groups = (part(record, "customerGroup"), *parts(record, "extraCustomerGroups"))
    merged_into = text(record, "mergedId")
    return {
        "groups": list(dict.fromkeys(code for group in groups if (code := text(group, "code")))),
        "registered_at": instant(record, "dateCreated"),
        "store_id": text(_shop(record), "tilroyId"),
        "is_active": flag(record, "active") is not False and merged_into in (None, "0"),
        "merged_into": None if merged_into == "0" else merged_into,
    }


def _shop(record: VendorRecord) -> VendorRecord:
    """Return the shop where the customer was made, empty where nobody says."""
    shops = (part(record, "shopCreated"), *(part(unit, "shopCreated") for unit in parts(record, "bu")))
    return next((each for each in shops if text(each, "tilroyId")), {})


def _home(record: VendorRecord, reading: Reading) -> str:
    """Return the country of the shop, which the tap adds to it, or else the connection's."""
    shop = _shop(record)
    return text(part(shop, "country"), "code") or text(shop, "country") or reading.country


def _phone(record: VendorRecord) -> str | None:
    return text(record, "mobileNumber") or text(record, "phoneNumberHome")


def _card(record: VendorRecord) -> str | None:
    """Return the default card; the vendor's schema calls `cards` an object, its name a list."""
    cards = record.get("cards")
    listed = cards if isinstance(cards, list) else [cards]
    held = [card for card in listed if isinstance(card, dict)]
    default = next((card for card in held if card.get("isDefault")), held[0] if held else {})
    of_units = (each for unit in parts(record, "bu") for each in unit.get("cards") or ())
    return text(record, "cardNumber") or text(default, "card") or text({"card": next(of_units, None)}, "card")


def _birth_date(record: VendorRecord) -> date | None:
    """Return the day of birth; an impossible one costs the field, not the person and their consent."""
    try:
        return day(record, "dateOfBirth", "%d/%m/%Y")
    except Unreadable:
        return None


def _raw(record: VendorRecord) -> dict[str, Any]:
    known = KNOWN if _birth_date(record) else KNOWN - {"dateOfBirth"}
    return rest(record, known)


def _consents(record: VendorRecord, reading: Reading, key: str) -> Iterator[Consent]:
    exported, land = text(record, "dateExported"), text(record, "country")
    shared = {
        "source": reading.source,
        "stream": reading.stream,
        "changed_at": instant(record, "dateExported"),
        "seen_at": reading.seen_at,
        "customer_id": key,
        "email": email_of(text(record, "email")),
        "phone": phone_of(_phone(record), land or _home(record, reading), None if land else reading.country),
    }
    times = {name: said for name in ("dateUpdated", "dateExported") if (said := text(record, name))}
    for field, unit, said in _said(record):
        yield unchecked(Consent)(
            **shared,
            source_id=f"{key}:{field}:{unit}:{exported or ''}",
            field=field,
            value=said,
            facts={**times, "bu": unit} if unit else times,
        )


def _said(record: VendorRecord) -> Iterator[tuple[str, str, str | None]]:
    """Give each consent field, the business unit it is about, and what it says."""
    for field in OF_EVERYONE:
        if field in record:
            yield field, "", text(record, field)
    for unit in parts(record, "bu"):
        for field in OF_ONE_BUSINESS_UNIT:
            if field in unit:
                yield f"bu.{field}", text(unit, "id") or "", text(unit, field)
