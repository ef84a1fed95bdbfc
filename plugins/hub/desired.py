"""Desired state: what each destination should hold, from the audiences, the traits and the consents.

Leaves the tables `matched` (audience, profile) and `desired` (one row per destination and address).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb

from plugins.hub.destinations import Channel
from plugins.hub.meaning import Audience

EMPTY = """
CREATE OR REPLACE TABLE matched (destination TEXT, audience TEXT, tag TEXT, profile_id TEXT, is_held_out BOOLEAN);
CREATE OR REPLACE TABLE desired (destination TEXT, profile_id TEXT, wire_id TEXT, permit TEXT, tags TEXT[],
  payload TEXT, payload_hash TEXT);
CREATE OR REPLACE TABLE yielded (destination TEXT, audience TEXT, "to" TEXT, persons BIGINT);
CREATE OR REPLACE TABLE undecided (destination TEXT, audience TEXT, trait TEXT, persons BIGINT)
"""

# The same person is withheld from the same audience in every channel, run after run.
MATCH = """
INSERT INTO matched
SELECT $destination, $audience, $tag, profile_id,
       (('0x' || substr(md5($audience || chr(31) || profile_id), 1, 8))::BIGINT % 10000) < $holdout
FROM trait WHERE profile_id IN (SELECT profile_id FROM chosen)
"""

# One address belongs to one profile: the one whose own record gave the latest grant. An address that any profile
# refuses is nobody's.
DESIRE = """
INSERT INTO desired
WITH wanted AS (
  SELECT profile_id, list_sort(list(DISTINCT tag)) AS tags FROM matched
  WHERE destination = $destination AND NOT is_held_out GROUP BY profile_id
), permitted AS (
  SELECT wanted.*, address, permit FROM wanted JOIN consent_state USING (profile_id)
  WHERE channel = $channel AND purpose = $purpose AND state = 'granted'
    AND address IS NOT NULL AND address NOT IN (
      SELECT address FROM refused_address WHERE channel = $channel AND purpose = $purpose)
  QUALIFY row_number() OVER (PARTITION BY address ORDER BY is_own DESC, granted_at DESC, profile_id) = 1
)
SELECT $destination, profile_id, address, permit, tags, payload, md5(payload) FROM (
  SELECT permitted.*, to_json(struct_pack(fields := {fields}, tags := tags))::TEXT AS payload
  FROM permitted JOIN trait USING (profile_id)
)
"""


def desire(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], channel: Channel, now: datetime
) -> None:
    """Work out what one destination should hold; `prepare` made the empty tables."""
    fields: dict[str, str] = {}
    for audience in audiences:
        if channel.destination not in audience.to:
            continue
        _match(connection, audience, channel.destination, now)
        fields |= audience.to[channel.destination].fields
    connection.execute(
        DESIRE.replace("{fields}", _fields(fields)),
        {"destination": channel.destination, "channel": channel.channel, "purpose": channel.purpose},
    )


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables."""
    connection.execute(EMPTY)


def _match(connection: duckdb.DuckDBPyConnection, audience: Audience, destination: str, now: datetime) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT profile_id FROM trait WHERE {audience.condition.sql}",
        audience.condition.bind(now),
    )
    for name, first in audience.before.items():  # who matches an earlier one is there, or withheld from there
        gone = connection.execute(
            f"DELETE FROM chosen WHERE profile_id IN (SELECT profile_id FROM trait WHERE {first.sql})", first.bind(now)
        ).fetchall()[0][0]
        connection.execute("INSERT INTO yielded VALUES (?, ?, ?, ?)", [destination, audience.name, name, gone])
    _note_undecided(connection, audience, destination, now)
    tag = audience.to[destination].name
    values = {
        "destination": destination,
        "audience": audience.name,
        "tag": tag,
        "holdout": audience.holdout_basis_points,
    }
    connection.execute(MATCH, values)


def _note_undecided(
    connection: duckdb.DuckDBPyConnection, audience: Audience, destination: str, now: datetime
) -> None:  # fmt: skip
    """Note who is out because something is not known of them, by each trait that is not."""
    condition = audience.condition
    names = sorted(condition.traits)
    if not names:
        return
    counted = ", ".join(f'count(*) FILTER ("{name}" IS NULL)' for name in names)
    found = connection.execute(
        f"SELECT {counted} FROM trait WHERE ({condition.bare}) IS NULL", condition.bind(now)
    ).fetchall()[0]
    rows = [[destination, audience.name, name, count] for name, count in zip(names, found, strict=True) if count]
    if rows:
        connection.executemany("INSERT INTO undecided VALUES (?, ?, ?, ?)", rows)


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
