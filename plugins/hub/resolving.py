"""One resolve: mirror, identity, ids, golden profiles, consent, traits; skipped when nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from sqlalchemy import func, insert, select

from mappers.consent.fold import fold
from mappers.identity import lifecycle
from mappers.identity.resolve import in_force
from mappers.loyalty.catching_up import catch_up
from mappers.loyalty.programme import HUB
from mappers.loyalty.vouchers import confirmed
from mappers.profiles.golden import golden
from mappers.profiles.traits import traits
from plugins.hub.destinations import record_channels
from plugins.hub.meaning import Meaning
from plugins.hub.placing import held_back, place
from plugins.hub.written import note
from plugins.store.crash import crashpoint
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_event
from plugins.store.mirror import attached, forget, mirror_path, open_mirror, refresh
from plugins.store.tables import ENTITY_TABLES, decision, field_lock, membership, resolve_run
from plugins.store.times import utc_text

BUSINESS_ZONE = ZoneInfo("Europe/Amsterdam")
(BY_PROFILE,) = membership.indexes
FORM = "9"
"""Changes when the resolve itself does, so that what was derived by an older one is derived anew."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a resolve came to."""

    profiles: int
    records: int
    moved: int
    was_fresh: bool
    """True when nothing had changed and nothing was done."""
    held_back: str = ""
    """What the guard says of a change of the identity rules that is not in force."""


def fingerprint(store: Store, meaning: Meaning, now: datetime) -> str:
    """Return what the derived tables depend on: change numbers, decisions, rules, and the business day."""
    with store.reading() as connection:
        tables = ENTITY_TABLES.values()
        newest = [connection.execute(select(func.max(table.c.row_seq))).scalar() for table in tables]
        newest += [connection.execute(select(func.max(table.c.seq))).scalar() for table in (decision, field_lock)]
        spent = select(func.max(loyalty_event.c.seq)).where(loyalty_event.c.source == HUB)
        newest += [connection.execute(spent).scalar(), confirmed(connection)]
    day = now.astimezone(BUSINESS_ZONE).date()
    return hashlib.sha256(repr((FORM, newest, meaning.version, day)).encode()).hexdigest()


# What a destination reads back of what we brought there, and a record of the person we brought it for; a member who was
# there before us is a record like any other.
ECHO = """
CREATE OR REPLACE TABLE echo AS
WITH RECURSIVE written AS (
  SELECT reading.source, CASE WHEN starts_with(push.wire_id, 'event:') THEN push.found ->> '$.email'
                              ELSE push.wire_id END AS wire_id, arg_max(push.profile_id, push.seq) AS profile_id
  FROM origin.push JOIN reading USING (destination)
  WHERE push.state IN ('accepted', 'unknown', 'prepared') AND push.operation IN ('add', 'change')
  GROUP BY ALL
  HAVING NOT arg_min(coalesce(CAST(json_extract(push.payload, '$.is_known') AS BOOLEAN), false), push.seq)
), follow AS (
  SELECT source, wire_id, profile_id FROM written
  UNION ALL
  SELECT follow.source, wire_id, merged_into FROM follow JOIN profile ON profile.id = follow.profile_id
  WHERE merged_into IS NOT NULL
)
SELECT customer.source, customer.source_id, member.source AS owner_source, member.source_id AS owner_id
FROM follow JOIN customer ON customer.source = follow.source AND customer.email = follow.wire_id
JOIN membership AS member ON member.profile_id = follow.profile_id AND member.source <> customer.source
QUALIFY row_number() OVER (PARTITION BY customer.source, customer.source_id
                           ORDER BY member.source, member.source_id) = 1
"""

# A member who was there before us and whose name is what we wrote: who they were before we did.
RENAMED = """
CREATE OR REPLACE TABLE renamed AS
WITH ours AS (
  SELECT reading.source, push.wire_id, arg_min(push.found, push.seq) AS found,
         flatten(list(json_extract_string(push.payload, '$.fields.*'))) AS written
  FROM origin.push JOIN reading USING (destination)
  WHERE push.state IN ('accepted', 'unknown', 'prepared') AND push.operation IN ('add', 'change')
  GROUP BY reading.source, push.wire_id
)
SELECT customer.source, customer.source_id, found ->> '$.first_name' AS first_name, found ->> '$.infix' AS infix,
       found ->> '$.last_name' AS last_name
FROM ours JOIN customer ON customer.source = ours.source AND customer.email = ours.wire_id
WHERE found IS NOT NULL AND list_has_any(written, [first_name, last_name, concat_ws(' ', infix, last_name)])
"""


def find_echoes(connection: duckdb.DuckDBPyConnection, store: Store, read_as: Mapping[str, str]) -> None:
    """Note which customer records are our own writing; `read_as` is destination -> source."""
    connection.execute("CREATE OR REPLACE TEMP TABLE reading (destination TEXT, source TEXT)")
    for pair in read_as.items():
        connection.execute("INSERT INTO reading VALUES (?, ?)", list(pair))
    with attached(connection, store):
        connection.execute(ECHO)
        connection.execute(RENAMED)
        note(connection, {name: each.source for name, each in record_channels().items()})


def resolve(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    meaning: Meaning,
    now: datetime,
    read_as: Mapping[str, str],
    *,
    accept: bool = False,
    step: Callable[[str], None] = lambda _name: None,
) -> Resolved:
    """Bring the derived tables of the mirror up to the store, and the ids on record up to them.

    `accept` puts changed rules of identity in force whatever they turn upside down.
    """
    mark = fingerprint(store, meaning, now)
    told = held_back(connection, meaning)
    if _derived_from(connection) not in (None, _newest_resolve(store)):  # another store's mirror, or a restored store
        forget(connection)
    elif not (accept and told) and (counts := _known(connection, mark)) is not None:
        return Resolved(*counts, 0, was_fresh=True, held_back=told)
    step("mirror")
    connection.execute("DROP TABLE IF EXISTS resolved")  # what follows is not done before it is whole
    refresh(connection, store)
    find_echoes(connection, store, read_as)
    step("identity")
    told = place(connection, store, meaning, now, accept=accept)
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as aside:  # the store writes on one core only
        recording = aside.submit(_record, cursor, store, mark, now)
        step("profiles")
        golden(connection, meaning.survival)
        step("consent")
        fold(connection, meaning.declarations, now, meaning.policy)
        step("ids")
        moved = recording.result()
    step("loyalty")
    catch_up(connection, store, meaning.loyalty, meaning.tiers, now)
    step("traits")
    traits(connection, now, meaning.tiers, meaning.declared)
    connection.execute("CREATE OR REPLACE TABLE resolved AS SELECT ? AS fingerprint", [mark])
    counts = _known(connection, mark)
    assert counts is not None
    return Resolved(*counts, moved, was_fresh=False, held_back=told)


def _record(connection: duckdb.DuckDBPyConnection, store: Store, mark: str, now: datetime) -> int:
    """Write the ids that changed, and that it was done, in one transaction; returns how many records moved."""
    crashpoint("before merge")
    is_first = store.is_sqlite and not connection.execute("SELECT 1 FROM membership LIMIT 1").fetchall()
    people, records = _counts(connection)
    said = in_force(connection).text
    done = {"at": utc_text(now), "fingerprint": mark, "profiles": people, "records": records, "identity": said}
    moved = _load(connection, store, now, done) if is_first else 0
    with store.writing() as writer:
        if not is_first:
            moved = lifecycle.record(connection, writer, now)
            crashpoint("in merge")
            writer.execute(insert(resolve_run).values(**done))
        BY_PROFILE.create(writer, checkfirst=True)
    crashpoint("after merge")
    return moved


def _load(connection: duckdb.DuckDBPyConnection, store: Store, now: datetime, done: Mapping[str, Any]) -> int:
    with store.writing() as writer:  # an index is made in a fraction of what it takes to keep it up to date
        BY_PROFILE.drop(writer, checkfirst=True)
    with attached(connection, store, writes=True):
        connection.execute("BEGIN")
        try:
            loaded = lifecycle.load(connection, now)
            crashpoint("in merge")
            names, marks = ", ".join(f'"{name}"' for name in done), ", ".join(f"${name}" for name in done)
            connection.execute(f"INSERT INTO origin.resolve_run ({names}) VALUES ({marks})", dict(done))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return loaded


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    counts = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM placed)"
    people, records = connection.execute(counts).fetchall()[0]
    return people, records


def _newest_resolve(store: Store) -> str | None:
    with store.reading() as connection:
        newest = select(resolve_run.c.fingerprint).order_by(resolve_run.c.id.desc()).limit(1)
        return connection.execute(newest).scalar()


def _derived_from(connection: duckdb.DuckDBPyConnection) -> str | None:
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'resolved'").fetchall():
        return None
    found: str = connection.execute("SELECT fingerprint FROM resolved").fetchall()[0][0]
    return found


def _known(connection: duckdb.DuckDBPyConnection, mark: str) -> tuple[int, int] | None:
    return _counts(connection) if _derived_from(connection) == mark else None


def is_resolved(store: Store) -> bool:
    """Tell whether the derived tables have ever been made."""
    if not mirror_path(store).exists():
        return False
    with open_mirror(store, read_only=True) as connection:
        return _derived_from(connection) is not None
