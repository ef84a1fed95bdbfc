"""Small made-up retailers: canonical records by hand, kept in a store or laid straight before the engine."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from sqlalchemy import Table, insert, select

from mappers.identity.lifecycle import ASSIGNED
from plugins.hub.destinations import Channel, channels
from plugins.hub.meaning import Meaning, read_meaning
from plugins.hub.plans import Hub
from plugins.store.engine import Store
from plugins.store.entities import ENTITIES, Record
from plugins.store.keeper import Keeper
from plugins.store.mirror import NUMBERED, mirrored_columns, rows, table_of
from plugins.store.tables import push
from plugins.store.times import utc_text
from tests.road.stage import MORNING, PROOF, act, at, customer, orders, reader, record, rules_in, withdrawal

__all__ = [
    "MORNING", "PROOF", "act", "at", "checked", "clock_at", "columnar", "customer", "hub_on", "keep", "mailchimp",
    "orders", "partition", "person", "place", "pushed", "reader", "record", "rows", "rules_in", "stored", "withdrawal",
]  # fmt: skip
Canonical = Mapping[str, Any]


def person(key: str, source: str = "till", **fields: Any) -> dict[str, Any]:
    """Return a customer record that has only what is given; a given identifier is a good one."""
    good = {f"{name}_quality": "ok" for name in ("email", "phone", "card") if fields.get(name)}
    return record("customer", source, key, **{**good, **fields})


def clock_at(*hours: float) -> Any:
    """Return a clock that shows these hours after the morning, one after the other, and then stands still."""
    left = [MORNING + timedelta(hours=each) for each in hours]
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def flat(records: Iterable[Any]) -> Iterator[Canonical]:
    """Give the records of nested lists one by one."""
    for each in records:
        if isinstance(each, list | tuple):
            yield from flat(each)
        else:
            yield each


def keep(store: Store, *records: Any) -> None:
    """Put canonical records into the store through its own door, as one batch."""
    keeper = Keeper(store, "run", accept_shrink=True)
    for each in flat(records):
        body = {name: value for name, value in each.items() if name != "entity"}
        keeper.record(each["entity"], json.dumps(body).encode())
    assert not keeper.bad, keeper.bad
    keeper.commit()


def columnar(*records: Any, members: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """Return an engine in memory that holds the records as the mirror would; `members` is `source:id` -> profile."""
    engine = duckdb.connect(":memory:")
    engine.execute("SET TimeZone = 'UTC'")
    listed: dict[str, list[Canonical]] = {name: [] for name in ENTITIES}
    for each in flat(records):
        listed.setdefault(each["entity"], []).append(each)
    engine.execute("; ".join([*map(table_of, listed), *DECISION_TABLES]))
    for entity, given in listed.items():
        lay(engine, entity, given)
    held = [[*key.split(":"), profile_id] for key, profile_id in (members or {}).items()]
    if held:
        engine.execute("INSERT INTO membership SELECT r[1], r[2], r[3] FROM (SELECT unnest(?::TEXT[][]) AS r)", [held])
    if members is not None:
        place(engine)
    return engine


def place(engine: duckdb.DuckDBPyConnection) -> None:
    """Give every record the profile that `membership` says, as a resolve would."""
    engine.execute("; ".join([UNKNOWN, NUMBERED, *PLACED]))


UNKNOWN = """
INSERT INTO customer (source, source_id) SELECT source, source_id FROM membership
ANTI JOIN customer USING (source, source_id)
"""
PLACED = (
    "CREATE TABLE person AS SELECT row_number() OVER () AS p, profile_id, true AS is_new, false AS is_back "
    "FROM (SELECT DISTINCT profile_id FROM membership)",
    "CREATE TABLE placed AS SELECT n, p, false AS is_echo FROM customer JOIN membership USING (source, source_id) "
    "JOIN person USING (profile_id)",
    "CREATE TABLE follower (email TEXT, card TEXT, p BIGINT)",
    ASSIGNED,
)


DECISION_TABLES = (
    "CREATE TABLE profile (id TEXT, minted_at TEXT, merged_into TEXT)",
    "CREATE TABLE membership (source TEXT, source_id TEXT, profile_id TEXT)",
    "CREATE TABLE decision (seq BIGINT, act BIGINT, one_source TEXT, one_id TEXT, other_source TEXT, other_id TEXT, "
    'verdict TEXT, reason TEXT, decided_by TEXT, "at" TEXT)',
    "CREATE TABLE field_lock (seq BIGINT, source TEXT, source_id TEXT, field TEXT, value TEXT, is_locked BOOLEAN, "
    'reason TEXT, decided_by TEXT, "at" TEXT)',
)


def lay(engine: duckdb.DuckDBPyConnection, entity: str, given: Sequence[Canonical]) -> None:
    """Add records to a table of the engine; what is not said takes the entity's default."""
    if not given:
        return
    fields = ENTITIES[entity].model_fields
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in fields.items() if not field.is_required()
    }
    named = [
        {name: _text(each.get(name, defaults.get(name))) for name, _ in mirrored_columns(entity)} for each in given
    ]
    values = ", ".join(f'TRY_CAST(row."{name}" AS {kind}) AS "{name}"' for name, kind in mirrored_columns(entity))
    shape = json.dumps([dict.fromkeys(named[0], "VARCHAR")])
    engine.execute(
        f'INSERT INTO "{entity}" BY NAME SELECT {values} FROM (SELECT unnest(from_json(?::JSON, ?)) AS row)',
        [json.dumps(named), shape],
    )
    if entity == "customer":
        engine.execute(NUMBERED)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value)
    text = str(value)
    return utc_text(datetime.fromisoformat(text)) if "T" in text and text[:2] == "20" else text


def partition(found: Iterable[tuple[Any, Any, Any]]) -> set[frozenset[str]]:
    """Return the groups of (source, source id, label) rows, by members."""
    groups: dict[Any, set[str]] = {}
    for source, key, label in found:
        groups.setdefault(label, set()).add(f"{source}:{key}")
    return {frozenset(each) for each in groups.values()}


def stored(store: Store, table: Table) -> list[dict[str, Any]]:
    """Return every row of a table of the store."""
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def pushed(store: Store, *given: Mapping[str, Any]) -> None:
    """Write rows into the push journal as if they had been planned, and sent, before."""
    stamp = utc_text(datetime(2026, 3, 1, tzinfo=UTC))
    with store.writing() as connection:
        for each in given:
            known = {
                "key": uuid.uuid4().hex, "operation": "add", "destination": "mailchimp", "profile_id": "nobody",
                "normaliser": 1, "payload": "{}", "state": "accepted",
                "payload_hash": "", "reason": "", "rules_version": "1", "planned_at": stamp, "answered_at": stamp,
            }  # fmt: skip
            connection.execute(insert(push).values(**{**known, **each}))


def mailchimp(**fields: Any) -> Channel:
    """Return the one channel there is, with some of it changed."""
    return channels()["mailchimp"].model_copy(update=fields)


def hub_on(store: Store, rules: Path, *hours: float) -> Hub:
    """Return a hub over a store, with its own rules and a clock that starts so many hours after the morning."""
    meaning: Meaning = read_meaning(rules)
    return Hub(store, meaning, channels(), clock_at(*(hours or (24 * 10,))))


def checked(made: Iterable[Record]) -> list[Record]:
    """Return what a mapping made as its pydantic models, which check it."""
    return [ENTITIES[each.entity].model_validate_json(msgspec.json.encode(each)) for each in made]
