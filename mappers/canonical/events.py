"""What tills, apps and shop doors send themselves, as canonical records: checked at the door, and kept as any other.

A system that names the customers of another connection (`accounts`) states its records there, under its own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mappers.canonical.person import card_of, email_of, person_fields
from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    day,
    flag,
    instant,
    parts,
    required,
    text,
    whole,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Consent, Customer, Event, Order, OrderLine, Record

FIELD = "consent."
"""What begins the field of an act of consent; its channel and purpose follow."""
ACTS = frozenset({"app_open", "page_view", "product_view", "search", "add_to_cart", "begin_checkout"})
REGISTERED = {"registration_qr": "signed link", "registration_eid": "eid"}
"""How strong the evidence of a registration is: a receipt in hand, or an identity card that was read."""
DETAILS = (
    "email", "phone", "card", "first_name", "infix", "last_name", "street", "house_number", "house_suffix", "postcode",
    "city",
)  # fmt: skip


def purchases(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the order, its lines, and what its buyer said of being told something."""
    at, order = _at(record), _own(reading, required(record, "order_id"))
    yield unchecked(Order)(
        **_origin(reading, order, at),
        order_number=text(record, "order_number") or required(record, "order_id"),
        customer_id=text(record, "customer_id"),
        email=email_of(text(record, "email")),
        card=card_of(text(record, "card")),
        channel=_one_of(record, "channel", ("store", "web")),
        ordered_at=at,
        fulfilment=text(record, "fulfilment"),
        currency=required(record, "currency"),
        coupon_codes=[str(each) for each in record.get("coupon_codes") or ()],
        **_texts(record, "store_id", "till_id"),
        **_wholes(record, "total_minor", "tax_minor", "discount_minor"),
        is_paid=flag(record, "is_paid") is not False,
    )
    for line in parts(record, "lines"):
        yield _line(line, record, reading, order, at)
    yield from _consents(record, reading, text(record, "customer_id"))


def check_ins(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the visit to a shop; who is known by a card alone is a record with that card."""
    at, customer, card = _at(record), text(record, "customer_id"), text(record, "card")
    email = email_of(text(record, "email"))
    strength = "login" if customer else "card" if card else "email"
    if card and not customer:
        customer = _own(reading, f"card:{card}")
        known = person_fields(country=reading.country, card=card)
        yield unchecked(Customer)(**_origin(reading, customer, at), **known, is_guest=True)
    facts = _texts(record, "store_id", "place")
    yield _event(record, reading, at, kind="check_in", customer_id=customer, email=email, channel="store",
                 strength=strength, facts=facts)  # fmt: skip
    yield from _consents(record, reading, customer)


def registrations(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the customer, that they registered and how well it is shown, and what they want to hear."""
    at, customer = _at(record), registered_as(record, reading.source, reading.accounts)
    given = {name: text(record, name) for name in DETAILS}
    yield unchecked(Customer)(
        **_origin(reading, customer, at),
        **person_fields(country=reading.country, address_country=text(record, "country"), **given),
        birth_date=day(record, "birth_date"),
        registered_at=at,
        **_texts(record, "language", "store_id"),
    )
    kind = required(record, "kind")
    if kind not in REGISTERED:
        raise Unreadable("unknown_value", "kind")
    yield _event(record, reading, at, kind="registration", customer_id=customer, strength=REGISTERED[kind],
                 facts=_texts(record, "store_id", "issued_by"))  # fmt: skip
    yield from _consents(record, reading, customer)


def behaviour(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give what somebody did in an app; that they agreed to it was asked at the door."""
    act = _one_of(record, "act", ACTS)
    yield _event(record, reading, _at(record), kind=act, customer_id=required(record, "customer_id"), channel="app",
                 product_id=text(record, "product_id"))  # fmt: skip


def consents(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give what somebody wants to hear, and what not."""
    yield from _consents(record, reading, text(record, "customer_id"))


def registered_as(record: VendorRecord, source: str, accounts: str | None) -> str:
    """Return the `source_id` of the customer that a registration makes."""
    key = text(record, "customer_id") or required(record, "id")
    return f"{source}:{key}" if accounts else key


def _own(reading: Reading, key: str) -> str:
    return f"{reading.source}:{key}" if reading.accounts else key


def _origin(reading: Reading, source_id: str, at: datetime) -> dict[str, Any]:
    source = reading.accounts or reading.source
    return {"source": source, "source_id": source_id, "stream": reading.stream, "seen_at": reading.seen_at,
            "changed_at": at}  # fmt: skip


def _at(record: VendorRecord) -> datetime:
    at = instant(record, "at")
    if at is None:
        raise Unreadable("missing_key", "at")
    return at


def _event(record: VendorRecord, reading: Reading, at: datetime, **fields: Any) -> Event:
    key = _own(reading, required(record, "id"))
    return unchecked(Event)(**_origin(reading, key, at), occurred_at=at, **fields)


def _line(line: VendorRecord, record: VendorRecord, reading: Reading, order: str, at: datetime) -> OrderLine:
    returned, of = text(line, "returns_order_id"), text(line, "returns_line_number")
    returned = _own(reading, returned) if returned else None
    return unchecked(OrderLine)(
        **_origin(reading, f"{order}:{required(line, 'line_number')}", at),
        order_id=order,
        currency=required(record, "currency"),
        **_texts(line, "product_id", "sku", "gtin", "description"),
        **_wholes(line, "line_number", "quantity_thousandths", "total_minor", "unit_minor", "list_minor",
                  "discount_minor", "tax_basis_points"),
        returns_order_id=returned,
        returns_line_id=f"{returned}:{of}" if returned and of else None,
    )  # fmt: skip


def _consents(record: VendorRecord, reading: Reading, customer: str | None) -> Iterator[Consent]:
    """Give each act with its proof; `consent.yml` says what it means."""
    at, key = _at(record), _own(reading, required(record, "id"))
    for each in parts(record, "consents"):
        field = f"{FIELD}{required(each, 'channel')}.{required(each, 'purpose')}"
        words = {"wording": text(each, "words"), "wording_version": text(each, "words_version")}
        proof = {"at": required(record, "at"), **words, **_texts(each, "place", "way", "language")}
        yield unchecked(Consent)(
            **_origin(reading, f"{key}:{field}", at),
            customer_id=customer,
            email=email_of(text(record, "email")),
            field=field,
            value=required(each, "answer"),
            facts={name: said for name, said in proof.items() if said},
        )


def _one_of(record: VendorRecord, field: str, known: Any) -> str:
    value = required(record, field)
    if value not in known:
        raise Unreadable("unknown_value", field)
    return value


def _texts(record: VendorRecord, *names: str) -> dict[str, str]:
    return {name: said for name in names if (said := text(record, name))}


def _wholes(record: VendorRecord, *names: str) -> dict[str, int]:
    return {name: said for name in names if (said := whole(record, name)) is not None}


STREAMS: dict[str, Maps] = {
    "purchase": Maps(purchases, (Order, OrderLine, Consent)),
    "check_in": Maps(check_ins, (Customer, Event, Consent)),
    "registration_qr": Maps(registrations, (Customer, Event, Consent)),
    "registration_eid": Maps(registrations, (Customer, Event, Consent)),
    "behaviour": Maps(behaviour, (Event,)),
    "consent": Maps(consents, (Consent,)),
}
