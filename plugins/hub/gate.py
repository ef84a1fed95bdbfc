"""The consent gate: read again, inside the transaction that fixes a batch, by the same texts that planned it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
from sqlalchemy import Connection, and_, or_, select, tuple_

from mappers.consent.fold import Declaration, fold
from plugins.hub.destinations import Channel
from plugins.store.tables import ENTITY_TABLES, membership

CONSENT, CUSTOMER = ENTITY_TABLES["consent"], ENTITY_TABLES["customer"]
WIRE = "\x1fwire"
"""Stands for a source: it ties a profile to the very address that is about to be sent."""


def permitted(
    connection: Connection, channel: Channel, declarations: Sequence[Declaration], people: Mapping[str, str]
) -> dict[str, str]:
    """Return the act that permits each address, of `people` (address -> profile id); who is not in it may not go."""
    if not people:
        return {}
    members = _members(connection, set(people.values()))
    customers = _customers(connection, set(people), {(source, key) for source, key, _ in members})
    acts = _acts(connection, set(people), members)
    members += [(WIRE, address, profile) for address, profile in people.items()]
    customers += [(WIRE, address, address) for address in people]
    return _fold(channel, declarations, people, acts, customers, members)


def _members(connection: Connection, profiles: set[str]) -> list[tuple[str, str, str]]:
    columns = (membership.c.source, membership.c.source_id, membership.c.profile_id)
    found = connection.execute(select(*columns).where(membership.c.profile_id.in_(profiles)))
    return [(row.source, row.source_id, row.profile_id) for row in found]


def _customers(
    connection: Connection, addresses: set[str], keys: set[tuple[str, str]]
) -> list[tuple[str, str, str | None]]:
    found = connection.execute(
        select(CUSTOMER.c.source, CUSTOMER.c.source_id, CUSTOMER.c.email).where(
            or_(CUSTOMER.c.email.in_(addresses), tuple_(CUSTOMER.c.source, CUSTOMER.c.source_id).in_(keys))
        )
    )
    return [(row.source, row.source_id, row.email) for row in found]


def _acts(connection: Connection, addresses: set[str], members: list[tuple[str, str, str]]) -> list[tuple[Any, ...]]:
    columns = ("source", "source_id", "customer_id", "email", "field", "value", "changed_at", "facts")
    keys = [(source, key) for source, key, _ in members]
    found = connection.execute(
        select(*(CONSENT.c[name] for name in columns)).where(
            and_(
                CONSENT.c.is_deleted.is_(False),
                CONSENT.c.is_absent.is_(False),
                or_(CONSENT.c.email.in_(addresses), tuple_(CONSENT.c.source, CONSENT.c.customer_id).in_(keys)),
            )
        )
    )
    return [tuple(row) for row in found]


def _fold(
    channel: Channel,
    declarations: Sequence[Declaration],
    people: Mapping[str, str],
    acts: Iterable[tuple[Any, ...]],
    customers: Iterable[tuple[Any, ...]],
    members: Iterable[tuple[Any, ...]],
) -> dict[str, str]:
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET TimeZone = 'UTC'")
        names = ("source", "source_id", "customer_id", "email", "field", "value", "changed_at", "facts")
        _table(engine, "consent", names, acts)
        engine.execute("ALTER TABLE consent ALTER changed_at TYPE TIMESTAMP")
        _table(engine, "customer", ("source", "source_id", "email"), customers)
        _table(engine, "membership", ("source", "source_id", "profile_id"), members)
        engine.execute(
            "CREATE TABLE assigned AS SELECT source, source_id, email, profile_id "
            "FROM membership LEFT JOIN customer USING (source, source_id)"
        )
        fold(engine, declarations)
        rows = engine.execute(
            """SELECT profile_id, address, permit FROM consent_state
               WHERE channel = ? AND purpose = ? AND state = 'granted'""",
            [channel.channel, channel.purpose],
        ).fetchall()
    granted = {(address, profile): permit for profile, address, permit in rows}
    return {address: granted[address, profile] for address, profile in people.items() if (address, profile) in granted}


def _table(
    engine: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Make a table of texts from a few rows, handed over as one JSON value."""
    texts = json.dumps([dict(zip(columns, row, strict=True)) for row in rows])
    shape = json.dumps([dict.fromkeys(columns, "VARCHAR")])
    unpacked = ", ".join(f"row.{column}" for column in columns)
    engine.execute(
        f"CREATE TABLE {name} AS SELECT {unpacked} FROM (SELECT unnest(from_json(?::JSON, ?)) AS row)", [texts, shape]
    )
