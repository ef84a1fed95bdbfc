"""Whom a right is about: the records and identifiers that are one person's and nobody else's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, Table, false, or_, select, tuple_

from mappers.loyalty.vouchers import key_of as gift_key
from plugins.hub.meaning import BY_HAND
from plugins.store.loyalty_tables import loyalty_event, loyalty_subject
from plugins.store.pairs import among
from plugins.store.sieve import personal_columns
from plugins.store.suppression import Kind, Named, key_of
from plugins.store.tables import ENTITY_TABLES, membership, move, profile, push
from plugins.store.writing import any_of

CUSTOMER = ENTITY_TABLES["customer"]
ABOUT = {name: personal_columns(name) for name in ENTITY_TABLES if personal_columns(name)}
"""Which columns of which entities hold an identifier of a person."""
CONTACTS: tuple[Kind, ...] = ("email", "phone")
"""What a destination may know a person by, apart from a record."""
Key = tuple[str, str]
"""source and source id of a customer record"""


@dataclass
class Subject:
    """One person: records, profile ids, and identifiers by kind that no other person has."""

    profiles: set[str] = field(default_factory=set)
    records: set[Key] = field(default_factory=set)
    values: dict[Kind, set[str]] = field(default_factory=lambda: {"email": set(), "phone": set(), "card": set()})
    given: set[str] = field(default_factory=set)
    """Identifiers as somebody typed them."""

    def named(self) -> Iterator[Named]:
        """Give everything the person can be recognised by."""
        yield from (("record", f"{source}:{key}") for source, key in sorted(self.records))
        for kind, values in self.values.items():
            yield from ((kind, value) for value in sorted(values))

    @property
    def is_nobody(self) -> bool:
        """Tell whether the store holds nothing of them."""
        return not (self.records or any(self.values.values()))


def subject_of(connection: Connection, profile_id: str) -> Subject:
    """Return who is behind a profile id, with what they were known by before."""
    found = Subject(profiles=_former(connection, profile_id))
    ours = membership.c.profile_id.in_(found.profiles)
    found.records = _keys(connection, select(membership.c.source, membership.c.source_id).where(ours))
    gone = tuple_(move.c.source, move.c.source_id).not_in(select(membership.c.source, membership.c.source_id))
    moved = select(move.c.source, move.c.source_id).where(move.c.to_id.in_(found.profiles), gone)
    found.records |= _keys(connection, moved)
    _learn(connection, found)
    _drop_shared(connection, found)
    _add_absent(connection, found)
    found.given = _given(connection, found)
    return found


def _former(connection: Connection, profile_id: str) -> set[str]:
    found, new = {profile_id}, [profile_id]
    while new:
        merged = connection.execute(select(profile.c.id).where(profile.c.merged_into.in_(new))).scalars()
        new = [each for each in merged if each not in found]
        found.update(new)
    return found


def _keys(connection: Connection, statement: object) -> set[Key]:
    return {(source, key) for source, key in connection.execute(statement)}  # type: ignore[call-overload]


def _learn(connection: Connection, found: Subject) -> None:
    """Take every identifier that is on the person's records, acts, orders and rows of the journal."""
    for name, columns in ABOUT.items():
        table = ENTITY_TABLES[name]
        mine = of_records(table, columns, found.records)
        for row in connection.execute(select(table).where(mine)).mappings():
            for column, kind in columns.items():
                if kind != "record" and row[column] and row.get(f"{column}_quality") in (None, "ok"):
                    found.values[kind].add(row[column])
    sent = connection.execute(select(push.c.wire_id).where(push.c.profile_id.in_(found.profiles))).scalars()
    found.values["email"] |= {each for each in sent if "@" in each}


def _drop_shared(connection: Connection, found: Subject) -> None:
    """Leave out what another person has too: a household's phone must not take the household along."""
    others = CUSTOMER.c.is_deleted.is_(False) & CUSTOMER.c.is_absent.is_(False)
    for kind, values in found.values.items():
        column = CUSTOMER.c[kind]
        rows = connection.execute(
            select(CUSTOMER.c.source, CUSTOMER.c.source_id, column).where(column.in_(values), others)
        )
        shared = {value for source, key, value in rows if (source, key) not in found.records}
        found.values[kind] = values - shared


def _add_absent(connection: Connection, found: Subject) -> None:
    """Add records that their source lists no more and that carry an address or card of this person alone."""
    lost = CUSTOMER.c.is_deleted.is_(True) | CUSTOMER.c.is_absent.is_(True)
    theirs = or_(CUSTOMER.c.email.in_(found.values["email"]), CUSTOMER.c.card.in_(found.values["card"]))
    found.records |= _keys(connection, select(CUSTOMER.c.source, CUSTOMER.c.source_id).where(lost, theirs))


def _given(connection: Connection, found: Subject) -> set[str]:
    """Return the person's identifiers in every form there is: ours, and as somebody typed them."""
    forms = set().union(*found.values.values())
    mine = of_records(CUSTOMER, ABOUT["customer"], found.records)
    for row in connection.execute(select(CUSTOMER).where(mine)).mappings():
        pairs = ((row["email_given"], row["email"]), (row["phone_given"], row["phone"]))
        forms |= {given for given, value in pairs if given and value in forms}
    return forms


def of_records(table: Table, columns: dict[str, Kind], records: Collection[Key]) -> ColumnElement[bool]:
    """Return the condition that a row belongs to one of some customer records."""
    names = [name for name, kind in columns.items() if kind == "record"]
    if not (names and records):
        return false()
    by_hand = {(BY_HAND, f"{source}:{key}") for source, key in records}
    return among(table.c.source, table.c[names[0]], {*records, *by_hand})


def about(table: Table, found: Subject) -> ColumnElement[bool]:
    """Return the condition that a row of an entity is about this person."""
    columns = ABOUT[table.name]
    theirs = [table.c[name].in_(sorted(found.values[kind])) for name, kind in columns.items() if kind != "record"]
    return or_(of_records(table, columns, found.records), *theirs)


def gifts_of(connection: Connection, found: Subject) -> set[str]:
    """Return the accounts of the gift vouchers that are this person's."""
    vouchers = ENTITY_TABLES["voucher"]
    columns = select(vouchers.c.source, vouchers.c.source_id).where(about(vouchers, found))
    keys = sorted(gift_key(*each) for each in connection.execute(columns).tuples())
    event, subject = loyalty_event.c, loyalty_subject.c
    issued = select(subject.account).join(loyalty_event, event.subject == subject.subject)
    mine = any_of(connection, event.key, keys) & (event.kind == "earn")
    return {str(each) for each in connection.execute(issued.where(mine)).scalars()}


def recognised(connection: Connection, secret: bytes, keys: Collection[str]) -> Subject:
    """Return what of the store some suppression keys stand for: the way to find somebody who must not be known.

    Reads every identifier once; for after a crash, or after a backup was put back.
    """
    found = Subject()
    for name, columns in ABOUT.items():
        table = ENTITY_TABLES[name]
        for column, kind in columns.items():
            pairs = select(table.c.source, table.c[column]).where(table.c[column].is_not(None)).distinct()
            for source, value in connection.execute(pairs):
                _recognise(found, secret, keys, kind, source, value)
    for wire_id in connection.execute(select(push.c.wire_id).distinct()).scalars():
        for kind in CONTACTS:
            _recognise(found, secret, keys, kind, "", wire_id)
    for source, key in connection.execute(select(membership.c.source, membership.c.source_id)):
        _recognise(found, secret, keys, "record", source, key)
    mine = among(membership.c.source, membership.c.source_id, found.records)
    found.profiles = set(connection.execute(select(membership.c.profile_id).where(mine).distinct()).scalars())
    found.given = _given(connection, found)
    return found


def _recognise(found: Subject, secret: bytes, keys: Collection[str], kind: Kind, source: str, value: str) -> None:
    named = f"{source}:{value}" if kind == "record" else value
    if key_of(secret, kind, named) not in keys:
        return
    if kind == "record":
        found.records.add((source, value))
    else:
        found.values[kind].add(value)
