"""Finding people by what they say of themselves: address, phone, card or receipt, by indexed columns of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from plugins.console.ask import Ask, Stopped
from plugins.identifiers import card, email, phone
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, membership, profile

CUSTOMER, ORDER = ENTITY_TABLES["customer"], ENTITY_TABLES["order"]
LANDS = ("NL", "BE")
"""Where a number without a country may be from."""
LONGEST = 200
MOST = 20
"""So many people are listed; more than that is no search for somebody."""
Key = tuple[str, str]


def find(connection: Connection, typed: str) -> dict[str, list[str]]:
    """Return who is found, and by what: profile id -> email, phone, card, receipt or profile."""
    text = typed.strip()[:LONGEST]
    found: dict[str, list[str]] = {}
    for kind, ids in _found(connection, text) if text else ():
        for each in ids:
            found.setdefault(each, []).append(kind)
    return dict(sorted(found.items())[:MOST])


def _found(connection: Connection, text: str) -> Iterator[tuple[str, set[str]]]:
    if "@" in text:
        yield "email", _of_customers(connection, CUSTOMER.c.email.in_(_known(email(text).value)))
        return
    yield "phone", _of_customers(connection, CUSTOMER.c.phone.in_(_numbers(text)))
    yield "card", _of_customers(connection, CUSTOMER.c.card.in_(_known(card(text).value)))
    yield "receipt", _of_receipt(connection, text)
    yield "profile", present(connection, text)


def _known(value: str | None) -> list[str]:
    """Return what was read, if anything: nobody is looked for by what is unknown of many."""
    return [value] if value else []


def _numbers(text: str) -> list[str]:
    read = (phone(text, land) for land in LANDS)
    return sorted({each.value for each in read if each.value and each.quality == "ok"})


def _of_customers(connection: Connection, which: ColumnElement[bool]) -> set[str]:
    lives = CUSTOMER.c.is_deleted.is_(False) & CUSTOMER.c.is_absent.is_(False)
    both = (CUSTOMER.c.source == membership.c.source) & (CUSTOMER.c.source_id == membership.c.source_id)
    query = select(membership.c.profile_id).join_from(CUSTOMER, membership, both).where(which, lives)
    return set(connection.execute(query.distinct().limit(MOST)).scalars())


def _of_receipt(connection: Connection, text: str) -> set[str]:
    """Return whose receipt or order it is: of the customer it names, else of the card that was shown."""
    columns = (ORDER.c.source, ORDER.c.customer_id, ORDER.c.card)
    query = select(*columns).where(or_(ORDER.c.order_number == text, ORDER.c.source_id == text)).limit(MOST)
    rows = connection.execute(query).all()
    named = {(row.source, row.customer_id) for row in rows if row.customer_id}
    cards = {row.card for row in rows if row.card and not row.customer_id}
    found = set(connection.execute(select(membership.c.profile_id).where(_any(membership, named))).scalars())
    return found | (_of_customers(connection, CUSTOMER.c.card.in_(cards)) if cards else set())


def present(connection: Connection, profile_id: str) -> set[str]:
    """Return the profile that an id means: the one it was merged into, where it was; nobody for a stranger."""
    known, at = False, profile_id
    while row := connection.execute(
        select(profile.c.id, profile.c.merged_into).where(profile.c.id == at)
    ).one_or_none():
        known = True
        if row.merged_into is None:
            break
        at = row.merged_into
    return {at} if known else set()


def former(connection: Connection, profile_id: str) -> list[str]:
    """Return a profile and all that were merged into it."""
    found, new = [profile_id], [profile_id]
    while new:
        new = list(connection.execute(select(profile.c.id).where(profile.c.merged_into.in_(new))).scalars())
        found += new
    return found


def records_of(connection: Connection, profile_id: str) -> list[Key]:
    """Return the customer records that are one person."""
    mine = membership.c.profile_id == profile_id
    return [(row.source, row.source_id) for row in connection.execute(
        select(membership.c.source, membership.c.source_id).where(mine).order_by(*membership.primary_key))]  # fmt: skip


def _any(table: Any, keys: Iterable[Key]) -> ColumnElement[bool]:
    return among(table.c.source, table.c.source_id, keys)


def whom(ask: Ask) -> str:
    """Return the profile that a path means, also by an id it had before; somebody unknown is no page."""
    with ask.desk.hub.store.reading() as connection:
        found = present(connection, ask.part("id"))
    if not found:
        raise Stopped(404)
    return found.pop()
