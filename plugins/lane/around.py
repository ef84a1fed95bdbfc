"""What the store has of some persons: the rows of each table, found by its indexes, or by the copy of the mirror."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, Connection, Table, or_, select

from mappers.identity.claims import KIND
from plugins.hub.meaning import BY_HAND
from plugins.rules.facts import KINDS
from plugins.store.mirror import mirrored_columns
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, field_lock, membership, profile, push

Key = tuple[str, str]
Row = dict[str, Any]
KEPT = ("seen_at", "stated_at", "is_deleted", "is_absent", "row_seq")
"""What the store adds to a record, as far as anybody asks for it."""
WRITTEN = ("consent", "points", "note")
"""Rows of the journal that change a record of a customer, under its number."""
NAMED = "email IN (SELECT v FROM emails)"
SHOWN = {
    "order": f"{NAMED} OR card IN (SELECT v FROM cards)",
    "basket": f"{NAMED} OR source || chr(31) || customer_id IN (SELECT v FROM keys)",
    "event": NAMED,
    "service_case": NAMED,
}
"""What the store finds by no index, and the copy of the mirror by looking through a column."""
CUSTOMER, CONSENT, ORDER, LINE = (ENTITY_TABLES[name] for name in ("customer", "consent", "order", "order_line"))
EVENT, VOUCHER, PRODUCT, STORE = (ENTITY_TABLES[name] for name in ("event", "voucher", "product", "store"))


class Around:
    """Reads what the store has of some persons, and of whoever shares an address or a card with them."""

    def __init__(
        self, connection: Connection, engine: duckdb.DuckDBPyConnection, people: Collection[str],
        destinations: Collection[str],
    ) -> None:  # fmt: skip
        self.connection, self.engine, self.destinations = connection, engine, destinations
        self.people = self._sharing(set(people))
        self.members = self._of(membership, membership.c.profile_id.in_(self.people))
        self.keys = {(row["source"], row["source_id"]) for row in self.members}
        self.customers = self._of(ENTITY_TABLES["customer"], _is(ENTITY_TABLES["customer"], "source_id", self.keys))
        self.emails = {row["email"] for row in self.customers if row["email"]}
        self.cards = {row["card"] for row in self.customers if row["card"]}
        self._tell_engine()

    def rows(self) -> dict[str, list[Row]]:
        """Return the rows of each table."""
        orders = self._orders()
        lines = self._of(LINE, _is(LINE, "order_id", {(row["source"], row["source_id"]) for row in orders}))
        events, vouchers = self._events(), self._of(VOUCHER, _is(VOUCHER, "customer_id", self.keys))
        products = self._products({(row["source"], row["product_id"]) for row in (*lines, *events)})
        found = {
            "customer": self.customers, "consent": self._acts(), "order": orders, "order_line": lines,
            "basket": self._by_shown("basket"), "event": events, "voucher": vouchers, "product": products,
            "loyalty_balance": [],
            "service_case": [*self._by_customer("service_case"), *self._by_shown("service_case")],
            "store": self._of(STORE, _is(STORE, "source_id", {(row["source"], row["store_id"]) for row in orders})),
        }  # fmt: skip
        once = {name: self._reported(name, unique(rows)) for name, rows in found.items()}
        return {**once, "membership": self.members, "profile": self._profiles(), "push": self._journal(),
                "field_lock": self._of(field_lock, _is(field_lock, "source_id", self.keys))}  # fmt: skip

    def _sharing(self, people: set[str]) -> set[str]:
        """Return these profiles, and those that have an address or a card of theirs."""
        same = (membership.c.source == CUSTOMER.c.source) & (membership.c.source_id == CUSTOMER.c.source_id)
        theirs = select(CUSTOMER.c.email, CUSTOMER.c.card).join(membership, same)
        held = self.connection.execute(theirs.where(membership.c.profile_id.in_(people))).tuples().all()
        around = set(people)
        for place, column in enumerate((CUSTOMER.c.email, CUSTOMER.c.card)):
            values = {row[place] for row in held if row[place]}
            who = select(membership.c.profile_id).distinct().join(CUSTOMER, same).where(column.in_(values))
            around |= set(self.connection.execute(who).scalars()) if values else set()
        return around

    def _tell_engine(self) -> None:
        """Leave tables `keys`, `emails` and `cards` in the engine, to look through the copy of the mirror."""
        keys = {"\x1f".join(key) for key in self.keys}
        for name, values in (("keys", keys), ("emails", self.emails), ("cards", self.cards)):
            self.engine.execute(f"CREATE TEMP TABLE {name} AS SELECT unnest(?::TEXT[]) AS v", [sorted(values)])

    def _orders(self) -> list[Row]:
        nameless = ORDER.c.customer_id.is_(None)
        found = [
            *self._by_customer("order"), *self._by_shown("order"),
            *self._of(ORDER, nameless & ORDER.c.email.in_(self.emails)),
            *self._of(ORDER, nameless & ORDER.c.card.in_(self.cards)),
        ]  # fmt: skip
        claims = self._of(EVENT, _is(EVENT, "customer_id", self._by_hand), EVENT.c.kind == KIND)
        told = [json.loads(row["facts"] or "{}") for row in claims]
        claimed = {(each.get("order_source"), each.get("order_id")) for each in told}
        return unique([*found, *self._of(ORDER, _is(ORDER, "source_id", claimed))])

    def _events(self) -> list[Row]:
        by_hand = self._of(EVENT, _is(EVENT, "customer_id", self._by_hand))
        return unique([*self._by_customer("event"), *self._by_shown("event"), *by_hand])

    def _acts(self) -> list[Row]:
        """Read the acts, and of each record that said one all others: they tell since when it says so."""
        mine = self.keys | self._by_hand
        acts = [
            *self._of(CONSENT, CONSENT.c.email.in_(self.emails)),
            *self._of(CONSENT, _is(CONSENT, "customer_id", mine)),
        ]
        others = {(row["source"], row["customer_id"]) for row in acts if row["customer_id"]} - mine
        return [*acts, *self._of(CONSENT, _is(CONSENT, "customer_id", others))]

    @property
    def _by_hand(self) -> set[Key]:
        """Return under what name the hub itself speaks of the records."""
        return {(BY_HAND, f"{source}:{key}") for source, key in self.keys}

    def _products(self, named: set[Key]) -> list[Row]:
        """Read what was bought or looked at, by number or by article code, and what it is a size or colour of."""
        pairs = [list(key) for key in named if key[1]]
        coded = self.engine.execute(
            "SELECT product.source, product.source_id FROM shown.product "
            "JOIN (SELECT unnest(?::TEXT[][]) AS r) ON product.source = r[1] AND product.sku = r[2]", [pairs],
        ).fetchall()  # fmt: skip
        own = self._of(PRODUCT, _is(PRODUCT, "source_id", named | set(coded)))
        return [*own, *self._of(PRODUCT, _is(PRODUCT, "source_id", {(row["source"], row["parent_id"]) for row in own}))]

    def _by_customer(self, entity: str) -> list[Row]:
        return self._of(ENTITY_TABLES[entity], _is(ENTITY_TABLES[entity], "customer_id", self.keys))

    def _by_shown(self, entity: str) -> list[Row]:
        """Read what the copy of the mirror finds, and what came since that."""
        table = ENTITY_TABLES[entity]
        seen = self.engine.execute(f'SELECT source, source_id FROM shown."{entity}" WHERE {SHOWN[entity]}').fetchall()
        known = self.engine.execute("SELECT row_seq FROM shown.mirrored WHERE entity = ?", [entity]).fetchall()
        theirs: list[ColumnElement[bool]] = [table.c.email.in_(self.emails), _is(table, "customer_id", self.keys)]
        if "card" in table.c:
            theirs.append(table.c.card.in_(self.cards))
        late = table.c.row_seq > (known[0][0] if known else -1)
        return [*self._of(table, _is(table, "source_id", set(seen))), *self._of(table, late, or_(*theirs))]

    def _profiles(self) -> list[Row]:
        """Read the profiles, and those that became one of them."""
        found, around = list[Row](), set(self.people)
        while around:
            rows = self._of(profile, or_(profile.c.id.in_(around), profile.c.merged_into.in_(around)))
            new = {row["id"]: row for row in rows if row["id"] not in {each["id"] for each in found}}
            found += new.values()
            around = set(new) - around
        return found

    def _journal(self) -> list[Row]:
        """Read what was decided about them: by address, by record, and by person."""
        records = {f"{kind}:{key}" for kind, (_, key) in ((kind, key) for kind in WRITTEN for key in self.keys)}
        named = push.c.wire_id.in_(self.emails | records) & push.c.destination.in_(self.destinations)
        return unique([*self._of(push, named), *self._of(push, push.c.profile_id.in_(self.people))], "key")

    def _reported(self, entity: str, rows: list[Row]) -> list[Row]:
        """Add somebody else's row where there is none: what nobody reports is unknown, and not nothing."""
        table = ENTITY_TABLES[entity]
        if rows or entity not in {each.entity for each in KINDS.values()}:
            return rows
        lives = select(*_columns(table)).where(table.c.is_deleted.is_(False), table.c.is_absent.is_(False)).limit(1)
        return [dict(row) for row in self.connection.execute(lives).mappings()]

    def _of(self, table: Table, *wanted: ColumnElement[bool]) -> list[Row]:
        found = self.connection.execute(select(*_columns(table)).where(*wanted)).mappings()
        return [dict(row) for row in found]


def columns_of(table: Table) -> list[str]:
    """Return the columns that are read of a table of the store."""
    if table.name not in ENTITY_TABLES:
        return [column.name for column in table.c]
    return [*dict.fromkeys([*(name for name, _ in mirrored_columns(table.name)), *KEPT])]


def unique(rows: Iterable[Row], *key: str) -> list[Row]:
    """Return each row once."""
    names = key or ("source", "source_id")
    return list({tuple(row[name] for name in names): row for row in rows}.values())


def _columns(table: Table) -> list[Any]:
    return [table.c[name] for name in columns_of(table)]


def _is(table: Table, column: str, keys: Iterable[tuple[Any, Any]]) -> ColumnElement[bool]:
    return among(table.c.source, table.c[column], [key for key in keys if None not in key])
