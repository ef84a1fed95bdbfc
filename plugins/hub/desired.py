"""Desired state: what each destination should hold, from who was chosen, the traits and the consents.

Leaves the tables `desired` (one row per destination and address), `wanted` (who matches for the destination that came
last, and what they said of being reached there) and `refused`. See plugins.hub.choosing for who is chosen.
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
REFUSED = "CREATE OR REPLACE TEMP TABLE refused AS SELECT address, channel, purpose FROM refused_address"
WANTED = """
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT p, profile_id, is_chosen, is_held_out, state, reason, address, permit, is_own, granted_at,
       is_chosen AND state = 'granted' AND address IS NOT NULL AND address NOT IN (
         SELECT address FROM refused WHERE channel = $channel AND purpose = $purpose) AS is_desired
FROM (
  SELECT p, profile_id, {chosen} AS is_chosen, {held_out} AS is_held_out FROM choice WHERE {matched}
) LEFT JOIN (SELECT * FROM consent_state WHERE channel = $channel AND purpose = $purpose) USING (profile_id)
"""

# One address belongs to one profile: the one whose own record gave the latest grant. An address that any profile
# refuses is nobody's.
SHARED = """
UPDATE wanted SET is_desired = false WHERE p IN (
  SELECT p FROM wanted WHERE is_desired AND address IN (
    SELECT address FROM wanted WHERE is_desired GROUP BY address HAVING count(*) > 1)
  QUALIFY row_number() OVER (PARTITION BY address ORDER BY is_own DESC, granted_at DESC, profile_id) > 1
)
"""
DESIRE = """
INSERT INTO desired
SELECT $destination, profile_id, address, permit, tags, payload, md5(payload) FROM (
  SELECT *, to_json(struct_pack(fields := fields, tags := tags))::TEXT AS payload FROM (
    SELECT wanted.profile_id, address, permit, {fields} AS fields,
           list_filter([{tags}], lambda tag: tag IS NOT NULL)::TEXT[] AS tags
    FROM wanted JOIN choice USING (p) JOIN trait ON trait.rowid = p WHERE is_desired
  )
)
"""


def prepare(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], now: datetime) -> None:
    """Evaluate the audiences, once for all destinations, and make the empty table."""
    choose(connection, audiences, now)
    connection.execute(REFUSED)
    connection.execute(EMPTY)


def desire(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], channel: Channel) -> None:
    """Work out what one destination should hold; `prepare` evaluated the same audiences."""
    column = columns(audiences)
    here = {column[each.name]: each.to[channel.destination] for each in audiences if channel.destination in each.to}
    among = {"chosen": _any(here, IN), "held_out": _any(here, HELD_OUT), "matched": _any(here, IN, HELD_OUT)}
    connection.execute(WANTED.format(**among), {"channel": channel.channel, "purpose": channel.purpose})
    connection.execute(SHARED)
    fields = {name: trait for delivery in here.values() for name, trait in delivery.fields.items()}
    tags = _tags({name: delivery.name for name, delivery in here.items()})
    connection.execute(DESIRE.format(fields=_fields(fields), tags=tags), {"destination": channel.destination})


def _tags(tags: Mapping[str, str]) -> str:
    """Return the SQL of a person's tags, sorted, NULL for each they lack; `tags` is by the columns of `choice`."""
    gives = {tag: [name for name, its in tags.items() if its == tag] for tag in sorted(tags.values())}
    return ", ".join(f"CASE WHEN {_any(names, IN)} THEN {literal(tag)} END" for tag, names in gives.items())


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
    pairs = ", ".join(f"'{name}': coalesce(CAST(trait.{trait} AS TEXT), '')" for name, trait in sorted(fields.items()))
    return f"{{{pairs}}}"


def payload_of(text: str) -> dict[str, object]:
    """Return the decoded payload of a desired or delivered row."""
    payload: dict[str, object] = json.loads(text)
    return payload
