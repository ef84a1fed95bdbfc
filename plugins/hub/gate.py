"""The consent gate: read again, inside the transaction that fixes a batch, by the same texts that planned it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from mappers.consent.fold import Declaration, Policy, declare, judge
from plugins.hub.destinations import Channel, record_channels
from plugins.hub.meaning import BY_HAND
from plugins.hub.written import written
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, membership

CONSENT, CUSTOMER, ORDER = ENTITY_TABLES["consent"], ENTITY_TABLES["customer"], ENTITY_TABLES["order"]
WIRE = "\x1fwire"
"""Stands for a source: it ties a profile to the very address that is about to be sent."""
MEMBER = "source TEXT, source_id TEXT, profile_id TEXT"
COLUMNS = {
    "member": MEMBER,
    "customer": "source TEXT, source_id TEXT, email TEXT, birth_date DATE, is_guest BOOLEAN, is_active BOOLEAN, "
                "changed_at TIMESTAMP, email_quality TEXT",
    "consent": "source TEXT, source_id TEXT, customer_id TEXT, email TEXT, field TEXT, value TEXT, "
               "changed_at TIMESTAMP, facts TEXT",
    "order": "source TEXT, source_id TEXT, customer_id TEXT, email TEXT, ordered_at TIMESTAMP, is_paid BOOLEAN, "
             "total_minor BIGINT",
    "written": "source TEXT, customer_id TEXT, channel TEXT, at TIMESTAMP",
}  # fmt: skip
# The shape that a resolve gives the mirror.
PLACED = """
CREATE OR REPLACE TABLE person AS
SELECT row_number() OVER () AS p, profile_id FROM (SELECT DISTINCT profile_id FROM member);
ALTER TABLE customer ADD COLUMN n BIGINT;
UPDATE customer SET n = rowid;
CREATE OR REPLACE TABLE assigned AS
SELECT n, p, source, source_id, email, profile_id
FROM member LEFT JOIN customer USING (source, source_id) JOIN person USING (profile_id)
"""
PERMITTED = """
SELECT address, profile_id, permit FROM consent_state AS stated WHERE channel = $channel AND purpose = $purpose
  AND state = 'granted' AND NOT EXISTS (SELECT 1 FROM refused_address AS refused
    WHERE refused.address = stated.address AND refused.channel = $channel AND refused.purpose = $purpose)
  AND address NOT IN (SELECT email FROM aliased)
"""
REFUSED = "SELECT address FROM refused_address WHERE channel = $channel AND purpose = $purpose"
OF_PERSON = f"{PERMITTED} AND is_own"
"""Where no address is sent, an answer counts of who gave it, not of others who have the address too."""
# To be treated by what is known of one is profiling: a consent to that, and no refusal of it in any channel.
PERSONALISED = """
SELECT profile_id, min(permit) FILTER (state = 'granted') AS permit FROM consent_state
WHERE purpose = 'personalisation' GROUP BY profile_id
HAVING bool_or(state = 'granted') AND NOT bool_or(state IN ('refused', 'vetoed', 'minor'))
"""
Keys = set[tuple[str, str]]


GRANTED = """
SELECT profile_id, channel, permit FROM consent_state WHERE purpose = 'marketing' AND state = 'granted'
"""
STATED = "SELECT channel, purpose, state FROM consent_verdict WHERE profile_id = ?"


class Gate:
    """Who may go where; its little engine stays open from batch to batch."""

    def __init__(self, purpose: str, declarations: Sequence[Declaration], policy: Policy) -> None:
        self.declarations, self.policy = declarations, policy
        self._keeping = {name: each.source for name, each in record_channels().items()}
        self._needs_orders = purpose == "service" or any(each.decision == "soft_opt_in" for each in declarations)

    @cached_property
    def _engine(self) -> duckdb.DuckDBPyConnection:
        engine = duckdb.connect(":memory:", config={"threads": 1})
        engine.execute("SET TimeZone = 'UTC'")
        declare(engine, self.declarations)
        return engine

    def permitted(
        self, connection: Connection, channel: Channel, people: Mapping[str, str], now: datetime
    ) -> dict[str, str]:
        """Return what permits each address, of `people` (address -> profile id); who is not in it may not go."""
        if not people:
            return {}
        self._judge(connection, people, set(), now)
        named = {"channel": channel.channel, "purpose": channel.purpose}
        rows = self._engine.execute(PERMITTED, named).fetchall()
        return {address: permit for address, profile, permit in rows if people.get(address) == profile}

    def refused(self, connection: Connection, channel: Channel, people: Mapping[str, str], now: datetime) -> set[str]:
        """Return which of these addresses (address -> profile id) somebody said no for."""
        if not people:
            return set()
        self._judge(connection, people, set(), now)
        named = {"channel": channel.channel, "purpose": channel.purpose}
        return {address for (address,) in self._engine.execute(REFUSED, named).fetchall()} & people.keys()

    def granted(self, connection: Connection, profiles: Iterable[str], now: datetime) -> dict[tuple[str, str], str]:
        """Return what permits advertising to each of these profiles: (profile, channel) -> permit."""
        wanted = set(profiles)
        if not wanted:
            return {}
        self._judge(connection, {}, wanted, now)
        rows = self._engine.execute(GRANTED).fetchall()
        return {(profile, channel): permit for profile, channel, permit in rows if profile in wanted}

    def agreeing(
        self, connection: Connection, channel: Channel, profiles: Iterable[str], now: datetime
    ) -> dict[str, str]:
        """Return what permits each of these profiles, where a channel knows nobody's address."""
        wanted = set(profiles)
        if not wanted:
            return {}
        self._judge(connection, {}, wanted | set(_neighbours(connection, wanted)), now)
        named = {"channel": channel.channel, "purpose": channel.purpose}
        rows = self._engine.execute(OF_PERSON, named).fetchall()
        return {profile: permit for _, profile, permit in rows if profile in wanted}

    def personalised(self, connection: Connection, profiles: Iterable[str], now: datetime) -> dict[str, str]:
        """Return what permits to treat each of these profiles by what is known of them."""
        wanted = set(profiles)
        if not wanted:
            return {}
        self._judge(connection, {}, wanted, now)
        return {
            profile: permit for profile, permit in self._engine.execute(PERSONALISED).fetchall() if profile in wanted
        }

    def states(self, connection: Connection, profile_id: str, now: datetime) -> dict[tuple[str, str], str]:
        """Return what holds of one person by everything that was said until now: (channel, purpose) -> state."""
        self._judge(connection, {}, {profile_id}, now)
        rows = self._engine.execute(STATED, [profile_id]).fetchall()
        return {(channel, purpose): state for channel, purpose, state in rows}

    def _judge(self, connection: Connection, people: Mapping[str, str], profiles: set[str], now: datetime) -> None:
        for name, rows in self._around(connection, people, profiles).items():
            _table(self._engine, name, COLUMNS[name], rows)
        self._engine.execute(PLACED)
        judge(self._engine, now, self.policy)

    def close(self) -> None:
        """Let the engine go, where it was ever needed."""
        if "_engine" in self.__dict__:
            self._engine.close()

    def _around(
        self, connection: Connection, people: Mapping[str, str], profiles: set[str]
    ) -> dict[str, Iterable[tuple[Any, ...]]]:
        """Read all that decides about some people: everybody who holds their addresses, and what was said of those."""
        around = profiles | {*people.values(), *_holders(connection, set(people))}
        members = list(_rows(connection, membership, MEMBER, membership.c.profile_id.in_(around)))
        keys = {(source, key) for source, key, _ in members}
        customers = list(_living(connection, CUSTOMER, "customer", _is(CUSTOMER, "source_id", keys)))
        emails = {*people, *(row[2] for row in customers if row[2])}
        members += [(WIRE, address, profile) for address, profile in people.items()]
        customers += [(WIRE, address, address, None, True, False, None, None) for address in people]
        return {
            "member": members, "customer": customers, "consent": _acts(connection, emails, keys),
            "order": _living(connection, ORDER, "order", _of(ORDER, emails, keys)) if self._needs_orders else (),
            "written": written(connection, self._keeping, keys),
        }  # fmt: skip


def _holders(connection: Connection, emails: set[str]) -> Iterator[str]:
    """Give the profiles of the records that have one of these addresses."""
    same = and_(membership.c.source == CUSTOMER.c.source, membership.c.source_id == CUSTOMER.c.source_id)
    found = select(membership.c.profile_id).distinct().join(CUSTOMER, same)
    yield from connection.execute(found.where(CUSTOMER.c.email.in_(emails), *_lives(CUSTOMER))).scalars()


def _neighbours(connection: Connection, profiles: Iterable[str]) -> Iterator[str]:
    """Give the profiles that have an address of one of these."""
    same = and_(membership.c.source == CUSTOMER.c.source, membership.c.source_id == CUSTOMER.c.source_id)
    held = select(CUSTOMER.c.email).join(membership, same).where(
        membership.c.profile_id.in_(profiles), CUSTOMER.c.email.is_not(None)
    )  # fmt: skip
    yield from _holders(connection, set(connection.execute(held).scalars()))


def _acts(connection: Connection, emails: set[str], keys: Keys) -> list[tuple[Any, ...]]:
    """Read the acts, and of each record that said one all others: they tell since when it says so."""
    acts = set(_living(connection, CONSENT, "consent", _of(CONSENT, emails, keys)))
    others = {(row[0], row[2]) for row in acts if row[2]} - keys
    return [*acts, *(set(_living(connection, CONSENT, "consent", _is(CONSENT, "customer_id", others))) - acts)]


def _of(table: Table, emails: set[str], keys: Keys) -> ColumnElement[bool]:
    by_hand = {(BY_HAND, f"{source}:{key}") for source, key in keys}
    return or_(table.c.email.in_(emails), _is(table, "customer_id", keys | by_hand))


def _is(table: Table, column: str, keys: Keys) -> ColumnElement[bool]:
    return among(table.c.source, table.c[column], keys)


def _living(connection: Connection, table: Table, name: str, wanted: ColumnElement[bool]) -> Iterator[tuple[Any, ...]]:
    return _rows(connection, table, COLUMNS[name], and_(wanted, *_lives(table)))


def _lives(table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.is_deleted.is_(False), table.c.is_absent.is_(False)


def _rows(connection: Connection, table: Table, columns: str, wanted: ColumnElement[bool]) -> Iterator[tuple[Any, ...]]:
    names = [each.split()[0] for each in columns.split(", ")]
    return (tuple(row) for row in connection.execute(select(*(table.c[name] for name in names)).where(wanted)))


def _table(engine: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Make a table from a few rows, handed over as one JSON value."""
    kinds = dict(each.split() for each in columns.split(", "))
    texts = json.dumps([dict(zip(kinds, row, strict=True)) for row in rows], default=str)
    shape = json.dumps([dict.fromkeys(kinds, "VARCHAR")])
    unpacked = ", ".join(f"TRY_CAST(row.{column} AS {kind}) AS {column}" for column, kind in kinds.items())
    engine.execute(
        f'CREATE OR REPLACE TABLE "{name}" AS SELECT {unpacked} FROM (SELECT unnest(from_json(?::JSON, ?)) AS row)',
        [texts, shape],
    )
