"""Desired state: what each destination should hold, from who was chosen, the traits and the consents.

Leaves the tables `desired` (one row per destination and address) and `wanted` (who matches for the destination that
came last). See plugins.hub.choosing for who is chosen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import duckdb

from plugins.hub.choosing import HELD_OUT, IN, choose, columns, literal
from plugins.hub.destinations import Channel
from plugins.hub.meaning import Audience

EMPTY = """
CREATE OR REPLACE TEMP TABLE desired (destination TEXT, profile_id TEXT, wire_id TEXT, permit TEXT, tags TEXT[],
  payload TEXT, payload_hash TEXT)
"""
WANTED = """
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT p, profile_id, list_filter([{tags}], lambda tag: tag IS NOT NULL)::TEXT[] AS tags, {held_out} AS is_held_out
FROM choice WHERE {matched}
"""

# One address belongs to one profile: the one whose own record gave the latest grant. An address that any profile
# refuses is nobody's.
DESIRE = """
INSERT INTO desired
WITH permitted AS (
  SELECT wanted.*, address, permit FROM wanted JOIN consent_state USING (profile_id)
  WHERE len(tags) > 0 AND channel = $channel AND purpose = $purpose AND state = 'granted'
    AND address IS NOT NULL AND address NOT IN (
      SELECT address FROM refused_address WHERE channel = $channel AND purpose = $purpose)
  QUALIFY row_number() OVER (PARTITION BY address ORDER BY is_own DESC, granted_at DESC, profile_id) = 1
)
SELECT $destination, profile_id, address, permit, tags, payload, md5(payload) FROM (
  SELECT permitted.*, to_json(struct_pack(fields := {fields}, tags := tags))::TEXT AS payload
  FROM permitted JOIN trait USING (profile_id)
)
"""


def prepare(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], now: datetime) -> None:
    """Evaluate the audiences, once for all destinations, and make the empty table."""
    choose(connection, audiences, now)
    connection.execute(EMPTY)


def desire(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], channel: Channel) -> None:
    """Work out what one destination should hold; `prepare` evaluated the same audiences."""
    column = columns(audiences)
    here = {column[each.name]: each.to[channel.destination] for each in audiences if channel.destination in each.to}
    connection.execute(_wanted({name: delivery.name for name, delivery in here.items()}))
    fields = {name: trait for delivery in here.values() for name, trait in delivery.fields.items()}
    connection.execute(
        DESIRE.replace("{fields}", _fields(fields)),
        {"destination": channel.destination, "channel": channel.channel, "purpose": channel.purpose},
    )


def _wanted(tags: Mapping[str, str]) -> str:
    """Return the SQL of who matches at a destination, by the tag that each column of `choice` gives."""
    gives = {tag: [name for name, its in tags.items() if its == tag] for tag in sorted(tags.values())}
    return WANTED.format(
        tags=", ".join(f"CASE WHEN {_any(names, IN)} THEN {literal(tag)} END" for tag, names in gives.items()),
        held_out=_any(tags, HELD_OUT),
        matched=_any(tags, IN, HELD_OUT),
    )


def _any(names: Iterable[str], *verdicts: int) -> str:
    """Return the SQL of whether any of some columns holds one of some verdicts."""
    among = ", ".join(map(str, verdicts))
    return " OR ".join(f"coalesce({name} IN ({among}), false)" for name in names) or "false"


def reporting(connection: duckdb.DuckDBPyConnection, entities: set[str]) -> Mapping[str, str]:
    """Return the connections that report each entity, or that nobody does."""
    found = {}
    for entity in entities:
        rows = connection.execute(f'SELECT DISTINCT source FROM "{entity}" ORDER BY source').fetchall()
        found[entity] = ", ".join(source for (source,) in rows) or f"nobody: no source with a {entity} is read"
    return found


def _fields(fields: dict[str, str]) -> str:
    """Return the SQL of a merge-field object; names come from checked rules, traits from the catalogue."""
    if not fields:
        return "MAP {}::JSON"
    pairs = ", ".join(f"'{name}': coalesce(CAST({trait} AS TEXT), '')" for name, trait in sorted(fields.items()))
    return f"{{{pairs}}}"


def payload_of(text: str) -> dict[str, object]:
    """Return the decoded payload of a desired or delivered row."""
    payload: dict[str, object] = json.loads(text)
    return payload
