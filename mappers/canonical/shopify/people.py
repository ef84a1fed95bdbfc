"""Customers of a Shopify shop, and what they said about mail and messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappers.canonical.person import email_of, person_fields, phone_of
from mappers.canonical.reading import Reading
from mappers.canonical.shopify.record import number, of, pointed
from mappers.canonical.vendor_record import VendorRecord, instant, part, text
from plugins.store.codec import unchecked
from plugins.store.entities import Consent, Customer, Record

CUSTOMER_KNOWS = (
    "id", "createdAt", "updatedAt", "firstName", "lastName", "locale", "state", "tags", "defaultAddress",
    "defaultEmailAddress", "defaultPhoneNumber",
)  # fmt: skip
UNKNOWN = "UNKNOWN"
"""What Shopify writes where it does not know how somebody agreed."""
MAIL, MESSAGES = "defaultEmailAddress.marketingState", "defaultPhoneNumber.smsMarketingConsent.state"
HOLDS = {"SUBSCRIBED": "yes", "UNSUBSCRIBED": "no", "REDACTED": "no"}


def customers(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the customer, what is said of mail and messages, and what the shop therefore holds of each."""
    key, address = number(record), part(record, "defaultAddress")
    mail, phone = part(record, "defaultEmailAddress"), part(record, "defaultPhoneNumber")
    tags = record.get("tags")
    yield unchecked(Customer)(
        **of(reading, record, key, CUSTOMER_KNOWS),
        **person(address, reading, text(mail, "emailAddress"), text(phone, "phoneNumber"), record),
        company=text(address, "company"),
        language=language(text(record, "locale")),
        groups=[each for each in tags if isinstance(each, str)] if isinstance(tags, list) else [],
        registered_at=instant(record, "createdAt"),
        status=text(record, "state"),
    )
    yield from _consents(record, reading, key)


def guest(record: VendorRecord, reading: Reading, key: str) -> Customer:
    """Return who placed an order that names no customer."""
    address = part(record, "billingAddress") or part(record, "shippingAddress")
    return unchecked(Customer)(
        **of(reading, record, key, tuple(record)),
        **person(address, reading, text(record, "email"), text(record, "phone"), address),
        company=text(address, "company"),
        language=language(text(record, "customerLocale")),
        is_guest=True,
    )


def person(
    address: VendorRecord, reading: Reading, email: str | None, phone: str | None, named: VendorRecord
) -> dict[str, Any]:
    """Return who and where, in the columns of a customer."""
    street, second = text(address, "address1"), text(address, "address2")
    # some checkouts keep the house number in the second line
    is_number = bool(second and second[0].isdigit() and street and not any(map(str.isdigit, street)))
    return person_fields(
        country=reading.country,
        email=email,
        phone=phone or text(address, "phone"),
        first_name=text(named, "firstName") or text(address, "firstName"),
        last_name=text(named, "lastName") or text(address, "lastName"),
        street=street,
        house_number=second if is_number else None,
        postcode=text(address, "zip"),
        city=text(address, "city"),
        address_country=text(address, "countryCodeV2"),
    )


def language(locale: str | None) -> str | None:
    """Return the language of a locale such as nl-BE."""
    code = (locale or "").lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 else None


def _consents(record: VendorRecord, reading: Reading, key: str) -> Iterator[Consent]:
    mail, phone = part(record, "defaultEmailAddress"), part(record, "defaultPhoneNumber")
    sms, email = part(phone, "smsMarketingConsent"), email_of(text(mail, "emailAddress"))
    who = {"customer_id": key, "email": email}
    if state := text(mail, "marketingState"):
        facts = _facts(mail, "marketingOptInLevel", "marketingUpdatedAt")
        yield from _said(record, reading, {**who, "field": MAIL, "value": state, "facts": facts}, "email")
    if state := text(sms, "state"):
        number_of = phone_of(text(phone, "phoneNumber"), reading.country)
        facts = _facts(sms, "optInLevel", "updatedAt", "collectedFrom")
        about = {**who, "phone": number_of, "field": MESSAGES, "value": state, "facts": facts}
        yield from _said(record, reading, about, "sms")


def _said(record: VendorRecord, reading: Reading, about: dict[str, Any], channel: str) -> Iterator[Consent]:
    """Give the statement, and under a name of its own what the shop holds now, as a copy is compared with it."""
    key, state, facts = about["customer_id"], about["value"], about["facts"]
    mark = ":".join((key, about["field"], state, *(each for each in facts.values())))
    yield unchecked(Consent)(**of(reading, record, mark, tuple(record)), **about)
    if held := HOLDS.get(state):
        own = of(reading, record, f"{key}:holds.{channel}", tuple(record))
        yield unchecked(Consent)(**own, customer_id=key, field=f"holds.{channel}", value=held)


def _facts(consent: VendorRecord, *names: str) -> dict[str, str]:
    found = {name: said for name in names if (said := text(consent, name)) and said != UNKNOWN}
    place = pointed(consent, "sourceLocation")
    return {**found, **({"sourceLocation": place} if place else {})}
