"""A round ends with a million customers too: no statement of it compares each of one kind with each of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plugins.hub.desired import prepare
from plugins.hub.destinations import record_channels
from plugins.hub.funnel import pack
from plugins.hub.limiting import limits
from plugins.hub.plans import COUNTED, Hub, Planning
from plugins.hub.resolving import resolve
from plugins.store.engine import Store
from plugins.store.mirror import open_mirror
from tests.making import customer, hub_on, keep, orders, person, pushed

ALL_PAIRS = "BLOCKWISE_NL_JOIN"
EXPLAINED = ("CREATE", "DELETE", "FROM", "INSERT", "SELECT", "UPDATE", "WITH")
FEW = ("TEMP TABLE covers", "TEMP TABLE shop_names")
"""Statements one side of which has a few dozen rows in any shop: declarations and topics, shops."""


@dataclass
class Watched:
    """A connection whose statements are kept that the engine would carry out by trying all pairs."""

    of: duckdb.DuckDBPyConnection
    found: list[str]
    asked: list[str] = field(default_factory=list)

    def execute(self, sql: str, *values: Any) -> duckdb.DuckDBPyConnection:
        word, *rest = sql.split(maxsplit=1)
        if word in EXPLAINED and "MACRO" not in rest[0][:24] and ";" not in sql:
            self.asked.append(sql)
            plan = self.of.execute(f"EXPLAIN {sql}", *values).fetchall()
            if any(ALL_PAIRS in text for _, text in plan) and not any(few in sql for few in FEW):
                self.found.append(sql)
        return self.of.execute(sql, *values)

    def cursor(self) -> Watched:
        return Watched(self.of.cursor(), self.found, self.asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.of.close()


@pytest.fixture
def hub(sqlite_store: Store, rules: Path) -> Iterator[Hub]:
    """Two people, a guest whom only an address tells, and something that was sent."""
    guest = [each | {"customer_id": None, "email": "guest@example.nl"} for each in orders("guest")]
    keep(sqlite_store, customer("ann"), person("9", "tilroy", email="ann@example.nl"), orders("ann"), guest)
    pushed(sqlite_store, {"profile_id": "p", "wire_id": "ann@example.nl", "reason": "letter"})
    yield replace(hub_on(sqlite_store, rules), records=record_channels())


def test_no_statement_of_a_round_tries_all_pairs(hub: Hub) -> None:
    with open_mirror(hub.store) as mirror:
        watched: Any = Watched(mirror, [])
        for _ in range(2):  # also beside what was derived and posted before
            made = resolve(watched, hub.store, hub.meaning, hub.clock(), hub.read_as)
            keep(hub.store, orders("ann", 3))
        now = hub.clock()
        prepare(watched, hub.meaning.audiences, now, limits(watched, hub.store, hub.meaning, now))
        pack(watched, hub.meaning.audiences)
        opened = Planning(hub, watched, made, hub.meaning.audiences, now, COUNTED, tells=True)
        for destination in hub.destinations:
            opened.of(destination)
    assert len(watched.asked) > 200
    assert watched.found == []
