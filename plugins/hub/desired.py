"""Desired state: what each destination should hold, from who was chosen, the traits and the consents.

Leaves the tables `desired` (one row per destination and address), `wanted` (who matches for the destination that came
last, and what they said of being reached there) and `refused`. Who comes into an audience that is told by an event is
in `wanted` only: nothing of it is held (see plugins.hub.arrivals). See plugins.hub.choosing for who is chosen.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import duckdb

from plugins.hub.bundles import any_of, masks
from plugins.hub.choosing import choose, literal
from plugins.hub.destinations import Channel
from plugins.hub.limiting import NONE, Limits
from plugins.hub.meaning import Audience

EMPTY = """
CREATE OR REPLACE TEMP TABLE desired (destination TEXT, profile_id TEXT, wire_id TEXT, permit TEXT, tags TEXT[],
  payload TEXT, payload_hash TEXT)
"""
REFUSED = "CREATE OR REPLACE TEMP TABLE refused AS SELECT address, channel, purpose FROM refused_address"
EMPTY_TEXT = "''"
WANTED = """
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT p, profile_id, {columns}, is_chosen, is_held_out, state, reason, address, permit, is_own, granted_at,
       is_chosen AND state = 'granted' AND address IS NOT NULL AND address NOT IN (
         SELECT address FROM refused WHERE channel = $channel AND purpose = $purpose)
       AND address NOT IN (SELECT email FROM aliased) AS is_desired
FROM (
  SELECT p, profile_id, {packed}, {chosen} AS is_chosen, {held_out} AS is_held_out FROM choice
  WHERE {chosen} OR {held_out}
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
# Persons are many and bundles of tags are few: what goes with a bundle is made once.
BUNDLE = """
CREATE OR REPLACE TEMP TABLE bundle AS
SELECT *, to_json(tags)::TEXT AS told FROM (
  SELECT {columns}, list_filter([{tags}], lambda tag: tag IS NOT NULL)::TEXT[] AS tags
  FROM (SELECT DISTINCT {columns} FROM wanted WHERE is_desired)
)
"""
DESIRE = """
INSERT INTO desired
SELECT $destination, profile_id, address, permit, tags, payload, md5(payload) FROM (
  SELECT wanted.profile_id, address, permit, tags,
         '{{"fields":' || to_json({fields})::TEXT || ',"tags":' || told || $modes || '}}' AS payload
  FROM wanted JOIN bundle USING ({columns}) JOIN trait ON trait.rowid = p
  WHERE is_desired AND len(tags) > 0
)
"""


def prepare(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], now: datetime,
    limits: Limits = NONE,
) -> None:  # fmt: skip
    """Evaluate the audiences, once for all destinations, and make the empty table."""
    choose(connection, audiences, now, limits)
    connection.execute(REFUSED)
    connection.execute(EMPTY)


def desire(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], channel: Channel) -> None:
    """Work out what one destination should hold; `prepare` evaluated the same audiences."""
    here = {
        place: each.to[channel.destination] for place, each in enumerate(audiences) if channel.destination in each.to
    }
    bits = masks(here, len(audiences))
    bundle = {f"b{number}": f"chosen{number} & {mask}" for number, mask in bits.items()}
    among = {"chosen": any_of("chosen", bits), "held_out": any_of("held", bits), "columns": ", ".join(bundle)}
    packed = ", ".join(f"{sql} AS {name}" for name, sql in bundle.items())
    topic = {"channel": channel.channel, "purpose": channel.purpose}
    connection.execute(WANTED.format(packed=packed, **among), topic)
    connection.execute(SHARED)
    held = {place: delivery for place, delivery in here.items() if delivery.kind != "event"}
    tags = _tags({place: delivery.name for place, delivery in held.items()}, len(audiences))
    connection.execute(BUNDLE.format(columns=among["columns"], tags=tags))
    fields = _fields(
        {name: trait for delivery in held.values() for name, trait in delivery.fields.items()},
        {trait for delivery in held.values() for trait in delivery.listed},
        {name for delivery in held.values() for name in delivery.kept},
    )
    modes = {name: mode for delivery in held.values() for name, mode in delivery.modes.items()}
    told = {"destination": channel.destination, "modes": f',"modes":{json.dumps(modes)}' if modes else ""}
    connection.execute(DESIRE.format(fields=fields, columns=among["columns"]), told)


def _tags(gives: Mapping[int, str], count: int) -> str:
    """Return the SQL of a bundle's tags, sorted, NULL for each that is not in it; which audience gives which tag."""
    places = {tag: [place for place, its in gives.items() if its == tag] for tag in sorted(set(gives.values()))}
    each = (f"CASE WHEN {any_of('b', masks(found, count))} THEN {literal(tag)} END" for tag, found in places.items())
    return ", ".join(each)


def reporting(connection: duckdb.DuckDBPyConnection, entities: set[str]) -> Mapping[str, str]:
    """Return the connections that report each entity, or that nobody does."""
    found = {}
    for entity in entities:
        rows = connection.execute(f'SELECT DISTINCT source FROM "{entity}" ORDER BY source').fetchall()
        found[entity] = ", ".join(source for (source,) in rows) or f"nobody: no source with a {entity} is read"
    return found


def _fields(fields: Mapping[str, str], listed: Collection[str], kept: Collection[str]) -> str:
    """Return the SQL of a merge-field object; names come from checked rules, traits from the catalogue."""
    if not fields:
        return "MAP {}::JSON"
    told = {trait: f"array_to_string(trait.{trait}, ', ')" if trait in listed else f"CAST(trait.{trait} AS TEXT)"
            for trait in fields.values()}  # fmt: skip
    pairs = ", ".join(
        f"'{name}': {told[trait] if name in kept else f'coalesce({told[trait]}, {EMPTY_TEXT})'}"
        for name, trait in sorted(fields.items())
    )
    return f"{{{pairs}}}"


def payload_of(text: str) -> dict[str, object]:
    """Return the decoded payload of a desired or delivered row."""
    payload: dict[str, object] = json.loads(text)
    return payload
