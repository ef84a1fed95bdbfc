"""Accounts and guests of a WooCommerce shop, and what its plugins noted of their consent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mappers.canonical.person import email_of, person_fields
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import VendorRecord, instant, part, required, text
from mappers.canonical.woocommerce.record import CHANGED, OURS, changed_at, of, plugin_fields, without_ours
from plugins.store.codec import unchecked
from plugins.store.entities import Consent, Customer, Record

CONSENT_WORDS = re.compile(r"consent|optin|opt_in|newsletter|nieuwsbrief|marketing|subscribe|gdpr|avg", re.IGNORECASE)
WRITTEN_CONSENT = re.compile(rf"{OURS}consent_(?!at$)")
SIGNS_IN = {"facebook_id": "facebook", "instagram_username": "instagram"}
"""Fields of the plugins for signing in with a social network, and the network."""
CUSTOMER_KNOWS = ("id", *CHANGED, "email", "first_name", "last_name", "role")


def customers(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the account, and what its plugin fields say about consent, and of that what we wrote, apart."""
    key = required(record, "id")
    yield from written_consents(record, reading, key)
    record = without_ours(record)
    billing = part(record, "billing")
    email = text(record, "email")
    socials = _socials(record)
    yield unchecked(Customer)(
        **of(reading, record, key, CUSTOMER_KNOWS),
        **person(billing, reading, email or text(billing, "email"), record),
        company=text(billing, "company"),
        groups=[role] if (role := text(record, "role")) else [],
        registered_at=instant(record, "date_created_gmt"),
        social_id=next(iter(socials), None),
    )
    for social in socials[1:]:  # a record has one: a second account is a record beside the first
        same = person_fields(country=reading.country, email=email)
        own = of(reading, record, f"{key}:{social}", tuple(record))
        yield unchecked(Customer)(**own, **same, social_id=social, is_guest=True)
    yield from consents(record, reading, key, key, email_of(email))


def _socials(record: VendorRecord) -> list[str]:
    """Return the accounts by which somebody signs in here: that they are theirs, the network has confirmed."""
    meta = plugin_fields(record)
    return [f"{network}:{said.strip().lower()}" for field, network in SIGNS_IN.items() if (said := meta.get(field))]


def guest(record: VendorRecord, billing: VendorRecord, reading: Reading, key: str, gone: dict[str, bool]) -> Customer:
    return unchecked(Customer)(
        **of(reading, record, f"guest:{key}", tuple(record)),
        **gone,
        **person(billing, reading, text(billing, "email"), billing),
        company=text(billing, "company"),
        is_guest=True,
    )


def consents(
    record: VendorRecord, reading: Reading, key: str, customer: str | None, email: str | None
) -> Iterator[Consent]:
    meta, at = plugin_fields(record), changed_at(record)
    matching = [name for name in meta if CONSENT_WORDS.search(name)]
    dates = {name: said for name in ("date_modified_gmt", "date_created_gmt") if (said := text(record, name))}
    for name in matching:
        if any(name.startswith(f"{other}_") for other in matching):
            continue
        field = f"meta_data.{name}"
        beside = {each: said for each, said in meta.items() if each.startswith(f"{name}_") and said is not None}
        yield unchecked(Consent)(
            **of(reading, record, f"{key}:{field}:{at.isoformat() if at else ''}", tuple(record)),
            customer_id=customer,
            email=email,
            field=field,
            value=meta[name],
            facts={**dates, **beside},
        )


def person(billing: VendorRecord, reading: Reading, email: str | None, named: VendorRecord) -> dict[str, Any]:
    street, second = text(billing, "address_1"), text(billing, "address_2")
    # some checkouts keep the house number in the second line
    is_number = bool(second and second[0].isdigit() and street and not any(map(str.isdigit, street)))
    return person_fields(
        country=reading.country,
        email=email,
        phone=text(billing, "phone"),
        first_name=text(named, "first_name") or text(billing, "first_name"),
        last_name=text(named, "last_name") or text(billing, "last_name"),
        street=street,
        house_number=second if is_number else None,
        postcode=text(billing, "postcode"),
        city=text(billing, "city"),
        address_country=text(billing, "country"),
    )


def written_consents(record: VendorRecord, reading: Reading, key: str) -> Iterator[Consent]:
    """Give what stands there of ours, so that it is seen to stand there; no rule makes an act of it."""
    for name, said in plugin_fields(record).items():
        if WRITTEN_CONSENT.match(name):
            own = of(reading, record, f"{key}:meta_data.{name}", tuple(record))
            yield unchecked(Consent)(**own, customer_id=key, field=f"meta_data.{name}", value=said)
