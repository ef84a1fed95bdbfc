"""Who is known by a browser they signed in with: a channel that takes no address is told of them by its number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlalchemy import Connection, select

from plugins.hub.destinations import Channel
from plugins.hub.gate import Gate
from plugins.store.engine import Store
from plugins.store.suppression import Named, suppressed
from plugins.store.tables import membership, push

# The newest browser of each person. One that several signed in with does not say which of them it is: it is nobody's.
VISITORS = """
CREATE OR REPLACE TEMP TABLE visitor AS
WITH seen AS (
  SELECT person.profile_id, told.source, json_extract_string(told.facts, '$.visitor') AS number, told.occurred_at,
         coalesce(person.profile_id, told.source || ':' || told.customer_id) AS who
  FROM event AS told
  LEFT JOIN customer ON customer.source = told.source AND customer.source_id = told.customer_id
  LEFT JOIN placed USING (n) LEFT JOIN person USING (p)
  WHERE contains(told.facts, '"visitor"') AND (told.source = $source OR starts_with(told.source_id, $source || ':'))
), alone AS (
  SELECT number FROM seen WHERE number IS NOT NULL GROUP BY number HAVING count(DISTINCT who) = 1
)
SELECT profile_id, source, number, occurred_at FROM seen JOIN alone USING (number) WHERE profile_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY occurred_at DESC, number) = 1
"""
# An answer counts of who gave it, not of others who have the address too.
REACHED = """
CREATE OR REPLACE TEMP TABLE told_to AS
SELECT visitor.profile_id, visitor.number AS address, permit FROM consent_state AS stated
JOIN visitor USING (profile_id)
WHERE channel = $channel AND purpose = $purpose AND state = 'granted' AND is_own
  AND address NOT IN (SELECT address FROM refused WHERE channel = $channel AND purpose = $purpose)
  AND address NOT IN (SELECT email FROM aliased)
"""
SHOP = "SELECT source FROM visitor GROUP BY source ORDER BY count(*) DESC, source LIMIT 1"


def reach(connection: duckdb.DuckDBPyConnection, channel: Channel) -> str:
    """Leave table `told_to`, of whom a channel may be told by their browser; returns the shop that they browsed."""
    connection.execute(VISITORS, {"source": channel.source})
    connection.execute(REACHED, {"channel": channel.channel, "purpose": channel.purpose})
    found = connection.execute(SHOP).fetchall()
    return str(found[0][0]) if found else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What permits a row that is about to be sent, or why it may not go."""

    permit: str | None
    why: str = ""


def knows_visitors(channel: Channel) -> bool:
    """Tell whether a channel knows people by their browsers."""
    return channel.identifier.kind == "visitor"


def verdicts(
    connection: Connection, store: Store, gate: Gate, channel: Channel, keys: Sequence[str], now: datetime
) -> dict[str, Verdict]:
    """Judge rows of the journal, by key: no address goes there, so it is the person who is asked of."""
    mine = push.c.key.in_(keys)
    profiles = dict(connection.execute(select(push.c.key, push.c.profile_id).where(mine)).tuples().all())
    gone = _unwanted(connection, store, profiles.values())
    permits = gate.agreeing(connection, channel, profiles.values(), now)
    return {
        key: Verdict(None, "suppressed") if profile in gone
        else Verdict(permits.get(profile), "consent gone before sending") for key, profile in profiles.items()
    }  # fmt: skip


def _unwanted(connection: Connection, store: Store, profiles: Iterable[str]) -> set[str]:
    """Return which profiles are of somebody who was erased or objected, by any record of theirs."""
    columns = (membership.c.profile_id, membership.c.source, membership.c.source_id)
    mine = select(*columns).where(membership.c.profile_id.in_(set(profiles)))
    named: dict[Named, str] = {
        ("record", f"{source}:{key}"): profile for profile, source, key in connection.execute(mine)
    }
    return {named[each] for each in suppressed(connection, store, named)}
