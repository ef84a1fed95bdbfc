"""Some persons alone: what the store has of them, laid before the engine in memory as the mirror has everybody.

Who is who is as the last resolve left it, and so are points and tiers; all else is what the store says now. Its rows
stand in `origin`, as those of the whole store do elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import duckdb
from sqlalchemy import BigInteger, Boolean, Integer, SmallInteger, Table

from mappers.identity.lifecycle import ASSIGNED
from mappers.identity.resolve import ECHOED, NO_ECHO
from plugins.hub.plans import Hub
from plugins.hub.resolving import find_echoes
from plugins.lane.around import Around, columns_of
from plugins.store.engine import StoreError
from plugins.store.entities import ENTITIES
from plugins.store.mirror import DECISIONS, NUMBERED, fill, spill_path, table_of
from plugins.store.people import lay
from plugins.store.shown import is_shown, shown_path
from plugins.store.tables import metadata

MEMORY = "256MB"
LAID = ("customer", "consent", "order", "order_line", "basket", "event", "service_case", "voucher", "product", "store",
        "loyalty_balance")  # fmt: skip
TABLES = ("membership", "profile", "field_lock")
PLACED = (
    "CREATE TABLE person AS SELECT row_number() OVER () AS p, profile_id, false AS is_new, false AS is_back "
    "FROM (SELECT DISTINCT profile_id FROM membership)",
    "CREATE TABLE placed AS SELECT n, p, n IN (SELECT n FROM echoed) AS is_echo "
    "FROM customer JOIN membership USING (source, source_id) JOIN person USING (profile_id)",
    ASSIGNED,
)
STANDING = """
CREATE TABLE loyalty_standing AS
SELECT * FROM shown.loyalty_standing WHERE profile_id IN (SELECT profile_id FROM person)
"""
# What names no customer goes where it went at the last resolve. What is new goes to the one person who has the address
# or the card; to nobody where several do.
FOLLOWER = """
CREATE TABLE follower AS
WITH loose AS (
  SELECT DISTINCT email, card FROM "order" WHERE coalesce(email, card) IS NOT NULL
    AND NOT EXISTS (FROM customer WHERE customer.source = "order".source AND customer.source_id = "order".customer_id)
), known AS (
  SELECT told.email, told.card, person.profile_id FROM shown.follower AS told JOIN shown.person USING (p)
  WHERE told.email IN (SELECT v FROM emails) OR told.card IN (SELECT v FROM cards)
), fresh AS (
  SELECT loose.email, loose.card, min(p) AS p FROM loose
  ANTI JOIN known ON known.email IS NOT DISTINCT FROM loose.email AND known.card IS NOT DISTINCT FROM loose.card
  JOIN customer ON customer.email = loose.email OR (customer.card = loose.card AND customer.card_quality = 'ok')
  JOIN placed USING (n) GROUP BY ALL HAVING count(DISTINCT p) = 1
)
SELECT email, card, p FROM known JOIN person USING (profile_id) UNION ALL FROM fresh
"""


@contextmanager
def alone(hub: Hub, people: Collection[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine that has these profiles, and whoever shares an address or a card with them, and nobody else.

    Raises StoreError where nothing was resolved yet.
    """
    if not is_shown(hub.store):
        raise StoreError("store: nothing is resolved yet; run 'rotonde sync' first")
    engine = duckdb.connect(
        ":memory:", config={"threads": 1, "memory_limit": MEMORY, "temp_directory": spill_path(hub.store)}
    )
    try:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute("ATTACH ':memory:' AS origin")
        engine.execute(f"ATTACH '{str(shown_path(hub.store)).replace(chr(39), chr(39) * 2)}' AS shown (READ_ONLY)")
        with hub.store.reading() as connection:
            found = Around(connection, engine, people, hub.destinations).rows()
        for name, rows in found.items():
            lay(engine, f'TABLE origin."{name}"', kinds_of(metadata.tables[name]), rows)
        _mirror(hub, engine)
        yield engine
    finally:
        engine.close()


def _mirror(hub: Hub, engine: duckdb.DuckDBPyConnection) -> None:
    """Make of the rows in `origin` the tables that a resolve leaves in the mirror."""
    for entity in ENTITIES:
        engine.execute(table_of(entity))
        if entity in LAID:
            fill(engine, entity, f'origin."{entity}"')
    engine.execute(NUMBERED)
    for name in DECISIONS:
        engine.execute(f"CREATE TABLE {name} AS FROM {'origin' if name in TABLES else 'shown'}.{name} LIMIT 0")
        if name in TABLES:
            engine.execute(f"INSERT INTO {name} FROM origin.{name}")
    engine.execute(NO_ECHO)
    find_echoes(engine, hub.store, hub.read_as)
    for statement in (ECHOED, *PLACED, FOLLOWER, STANDING):
        engine.execute(statement)


def kinds_of(table: Table) -> dict[str, str]:
    """Return the columns of a table of the store, each with the engine's name for its kind."""
    return {name: _kind(table.c[name].type) for name in columns_of(table)}


def _kind(kind: object) -> str:
    if isinstance(kind, Boolean):
        return "BOOLEAN"
    return "BIGINT" if isinstance(kind, BigInteger | Integer | SmallInteger) else "TEXT"
