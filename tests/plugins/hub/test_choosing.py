"""Each audience is evaluated once, whatever the number of destinations; a plan writes nothing into the store."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from plugins.hub.choosing import choose
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import planned, planning
from plugins.store.engine import Store
from tests.making import MORNING, customer, hub_on, keep, mailchimp, reader, rows, withdrawal

FIRST = "first_of: [[fans, letter]]\n"


def everywhere(store: Store, rules: Path) -> Any:
    """Return a hub of which every audience goes to two destinations."""
    hub = hub_on(store, rules, 24)
    audiences = tuple(replace(each, to={**each.to, "printer": each.to["mailchimp"]}) for each in hub.meaning.audiences)
    return replace(
        hub,
        meaning=replace(hub.meaning, audiences=audiences),
        channels={**hub.channels, "printer": mailchimp(destination="printer")},
    )


def test_what_is_planned_together_is_what_is_planned_alone(sqlite_store: Store, rules: Path) -> None:
    (rules / "priority.yml").write_text(FIRST)
    keep(sqlite_store, reader("ann", 2), reader("bob"), customer("cas"), [reader("eva"), withdrawal("eva")])
    hub = everywhere(sqlite_store, rules)
    alone = []
    for name in ("mailchimp", "printer"):
        with planned(hub, name) as (_, made, _resolved):
            alone.append(made)
    with planning(hub, ["mailchimp", "printer"]) as opened:
        together = [opened.of("mailchimp"), opened.of("printer")]
    assert together == alone
    assert [(each.matched, each.add, each.yielded) for each in together] == [
        (3, 2, [{"audience": "letter", "to": "fans", "persons": 1}])
    ] * 2


def content(store: Store) -> tuple[str, int]:
    """Return what is in a store: the hash of its file, and how much stands in the log that is not in it yet."""
    log = store.path.with_name(f"{store.path.name}-wal")
    return hashlib.sha256(store.path.read_bytes()).hexdigest(), log.stat().st_size if log.exists() else 0


def test_a_plan_changes_not_a_byte_of_a_store_that_is_resolved(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, reader("ann", 2), reader("bob"), [reader("eva"), withdrawal("eva")])
    rotonde("resolve")
    before = content(sqlite_store)
    assert before[1] == 0
    for options in ((), ("--json",), ("--accept",), ("mailchimp",)):
        assert rotonde("plan", *options).exit_code == 0
    assert content(sqlite_store) == before


def test_one_row_for_each_person_tells_what_each_audience_makes_of_them(rules: Path) -> None:
    (rules / "priority.yml").write_text(FIRST)
    audiences = read_meaning(rules).audiences
    engine = duckdb.connect(":memory:")
    counts = "(VALUES ('p0', 0), ('p1', 1), ('p2', 2), ('p3', NULL)) AS t(profile_id, order_count)"
    engine.execute(f"CREATE TABLE trait AS FROM {counts}")
    choose(engine, audiences, MORNING)
    found = engine.execute("SELECT profile_id, audience FROM matched ORDER BY ALL").fetchall()
    assert found == [("p1", "letter"), ("p2", "fans")]
    assert rows(engine, 'SELECT audience, "to", persons FROM yielded') == [
        {"audience": "letter", "to": "fans", "persons": 1}
    ]
    assert {each["audience"] for each in rows(engine, "SELECT * FROM undecided")} == {"fans", "letter"}


def test_without_audiences_nobody_is_chosen() -> None:
    engine = duckdb.connect(":memory:")
    engine.execute("CREATE TABLE trait AS SELECT 'p' AS profile_id")
    choose(engine, (), MORNING)
    assert engine.execute("SELECT * FROM matched").fetchall() == []
