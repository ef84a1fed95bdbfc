"""A million members on record in the push journal, and what they should be: nearly the same."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extensions

from bench.plan_people import NOW, hub_in
from bench.plan_rules import written
from plugins.hub.planning import read_journal, subtract
from plugins.hub.plans import Hub, guard_of, planning
from plugins.store.mirror import attached

CHANGED = 300
"""Of so many members one has another content, one is gone and one is new: one in a hundred in all."""
DESIRED = """
CREATE TABLE expected AS
SELECT 'letters' AS destination, 'p' || substr(md5('p' || i), 1, 20) AS profile_id,
  'klant' || i || '@example.nl' AS wire_id, 'woocommerce' || chr(31) || i || ':newsletter_optin' AS permit,
  ['audience_' || i % 7, 'audience_' || (7 + i % 11)] AS tags, payload, md5(payload) AS payload_hash
FROM (
  SELECT i, to_json({'fields': {'FNAME': 'Naam' || i % 400, 'LNAME': 'Achternaam' || i % 40000, 'POINTS': i % 6000},
                     'tags': ['audience_' || i % 7, 'audience_' || (7 + i % 11)]})::TEXT AS payload
  FROM range($members + $members // $changed) AS t(i)
) WHERE i % $changed <> 0 OR i >= $members
"""
PUSHED = """
INSERT INTO origin.push BY NAME
SELECT i + 1 AS seq, md5('k' || i) AS key, 'letters' AS destination, 'p' || substr(md5('p' || i), 1, 20) AS profile_id,
  'add' AS operation, 'klant' || i || '@example.nl' AS wire_id, 1 AS normaliser,
  to_json({'fields': {'FNAME': 'Naam' || i % 400, 'LNAME': 'Achternaam' || i % 40000, 'POINTS': CAST(i % 6000 AS TEXT)},
           'status': NULL, 'tags_on': ['audience_' || i % 7, 'audience_' || (7 + i % 11)], 'tags_off': [],
           'is_known': false})::TEXT AS payload,
  CASE WHEN i % $changed = 1 THEN md5('old' || i) ELSE md5(to_json({'fields': {'FNAME': 'Naam' || i % 400,
    'LNAME': 'Achternaam' || i % 40000, 'POINTS': i % 6000},
    'tags': ['audience_' || i % 7, 'audience_' || (7 + i % 11)]})::TEXT) END AS payload_hash,
  'audience' AS reason, 'woocommerce' || chr(31) || i || ':newsletter_optin' AS permit, '1' AS rules_version,
  'accepted' AS state, md5('c' || i // 500) AS call_key, '2026-10-01T08:00:00.000000Z' AS planned_at,
  '2026-10-01T08:00:01.000000Z' AS prepared_at, '2026-10-01T08:00:02.000000Z' AS answered_at, 1 AS fence
FROM range($members) AS t(i)
"""
JOINED = """
CREATE OR REPLACE TEMP TABLE different AS
SELECT coalesce(have.wire_id, want.wire_id) AS wire_id, have.wire_id IS NULL AS is_new, want.wire_id IS NULL AS is_gone
FROM have FULL JOIN want USING (wire_id) WHERE have.payload_hash IS DISTINCT FROM want.payload_hash
"""


def stocked(folder: Path, members: int) -> Hub:
    """Return a hub whose journal has so many members, and whose mirror says what they should be."""
    written(folder)
    hub = hub_in(folder)
    duckdb_extensions.import_extension("sqlite_scanner")
    with planning(hub, hub.destinations) as opened:
        engine = opened.connection
        engine.execute(DESIRED, {"members": members, "changed": CHANGED})
        with attached(engine, hub.store, writes=True):
            engine.execute(PUSHED, {"members": members, "changed": CHANGED})
            engine.execute("CREATE TABLE have AS SELECT wire_id, payload_hash FROM origin.push")
        engine.execute("CREATE TABLE want AS SELECT wire_id, payload_hash FROM expected")
    return hub


def prepared(engine: duckdb.DuckDBPyConnection) -> None:
    """Lay out what a plan would have made by now."""
    engine.execute("CREATE TEMP TABLE IF NOT EXISTS desired AS FROM expected")
    engine.execute("CREATE TEMP TABLE IF NOT EXISTS refused (address TEXT, channel TEXT, purpose TEXT)")
    wanted = "is_held_out BOOLEAN, is_chosen BOOLEAN, is_desired BOOLEAN, state TEXT, reason TEXT"
    engine.execute(f"CREATE TEMP TABLE IF NOT EXISTS wanted ({wanted})")


def diffed(engine: duckdb.DuckDBPyConnection, hub: Hub) -> dict[str, Any]:
    """Plan one destination; returns rows, calls, and how long the journal took to read."""
    channel, started = hub.channels["letters"], time.perf_counter()
    read_journal(engine, hub.store, channel)
    read = time.perf_counter() - started
    made = subtract(engine, hub.store, channel, guard_of(hub.meaning, "letters"), NOW)
    return {"rows": made.add + made.change + made.remove, "calls": made.calls, "read": read}


def joined(engine: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Join what is there with what should be, and keep what differs."""
    return {"rows": engine.execute(JOINED).fetchall()[0][0]}
