"""The opt-out clock as figures: how long withdrawals take to each destination, and which are overdue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from plugins.hub.plans import Hub, planning
from plugins.store.engine import Store
from plugins.store.mirror import attached, rows
from plugins.store.times import utc_text

HANDED_WITHIN = timedelta(hours=24)
CONFIRMED_WITHIN = timedelta(hours=48)
LOOKS_BACK = timedelta(days=30)
OPEN = "('planned', 'prepared', 'unknown', 'rejected', 'staged')"

# Of each address or record only the newest row can still wait for something: whatever came later took its place.
ROWS = f"""
CREATE OR REPLACE TEMP TABLE opted_out AS
SELECT destination, profile_id, wire_id, state, CAST(acted_at AS TIMESTAMP) AS acted,
       CAST(stored_at AS TIMESTAMP) AS stored, CAST(answered_at AS TIMESTAMP) AS answered,
       CAST(confirmed_at AS TIMESTAMP) AS confirmed,
       is_newest AND state IN {OPEN} AND confirmed_at IS NULL AS is_waiting,
       is_newest AND state = 'accepted' AND confirmed_at IS NULL AS is_unconfirmed
FROM (
  SELECT *, row_number() OVER (PARTITION BY destination, wire_id ORDER BY seq DESC) = 1 AS is_newest
  FROM origin.push WHERE state <> 'dropped'
) WHERE cause = 'consent'
"""
# Minutes. What was said before anything was ever read here says nothing of how fast it came in.
FIGURES = """
SELECT destination, count(*) FILTER (state = 'accepted' AND stored >= $since) AS handed,
  round(quantile_cont(date_diff('second', acted, stored) / 60, 0.5) FILTER (told), 1) AS heard_p50,
  round(quantile_cont(date_diff('second', acted, stored) / 60, 0.95) FILTER (told), 1) AS heard_p95,
  round(quantile_cont(date_diff('second', stored, answered) / 60, 0.5) FILTER (took), 1) AS handed_p50,
  round(quantile_cont(date_diff('second', stored, answered) / 60, 0.95) FILTER (took), 1) AS handed_p95,
  round(max(date_diff('second', stored, answered) / 60) FILTER (took), 1) AS handed_max,
  count(confirmed) FILTER (took) AS confirmed,
  round(quantile_cont(date_diff('second', answered, confirmed) / 60, 0.95) FILTER (took AND confirmed IS NOT NULL), 1)
    AS confirmed_p95,
  count(*) FILTER (is_waiting) AS waiting, count(*) FILTER (overdue IS NOT NULL) AS overdue
FROM judged GROUP BY destination ORDER BY destination
"""
JUDGED = """
CREATE OR REPLACE TEMP TABLE judged AS
SELECT *, state = 'accepted' AND stored >= $since AS took,
  state = 'accepted' AND stored >= $since AND acted >= (SELECT min(CAST(started_at AS TIMESTAMP)) FROM origin.run)
    AS told,
  CASE WHEN is_waiting AND stored < $now::TIMESTAMP - $handing::INTERVAL THEN 'not handed over: ' || coalesce(
         CASE WHEN state = 'rejected' THEN 'refused there' WHEN state = 'planned' THEN 'never sent' END, state)
       WHEN is_unconfirmed
         AND answered < $now::TIMESTAMP - $confirming::INTERVAL THEN 'not confirmed by reading it back' END AS overdue
FROM opted_out
"""
OVERDUE = """
SELECT destination, profile_id, overdue AS why, acted AS acted_at, stored AS stored_at, answered AS answered_at
FROM judged WHERE overdue IS NOT NULL ORDER BY stored, destination, profile_id
"""
UNPLANNED = """
SELECT profile_id, 'not handed over: no run has planned it' AS why, CAST(acted_at AS TIMESTAMP) AS acted_at,
       CAST(stored_at AS TIMESTAMP) AS stored_at, CAST(NULL AS TIMESTAMP) AS answered_at
FROM planned WHERE cause = 'consent' AND CAST(stored_at AS TIMESTAMP) < $now::TIMESTAMP - $handing::INTERVAL
  AND wire_id NOT IN (SELECT wire_id FROM opted_out WHERE destination = $destination AND is_waiting)
ORDER BY stored_at, profile_id
"""


@dataclass(slots=True)
class Clock:
    """What the journal says of withdrawals."""

    destinations: list[dict[str, Any]] = field(default_factory=list)
    """Of the last 30 days, in minutes: from the act to our store, from there to the destination's answer, from there
    to reading it back; and how many wait, and are overdue."""
    overdue: list[dict[str, Any]] = field(default_factory=list)
    """Which of them, by profile: 24 hours to hand over, 48 to confirm."""


def told(connection: duckdb.DuckDBPyConnection, store: Store, now: datetime) -> Clock:
    """Return the figures, from the journal alone."""
    with attached(connection, store):
        connection.execute(ROWS)
        connection.execute(JUDGED, _moments(now) | {"since": utc_text(now - LOOKS_BACK).rstrip("Z")})
    figures = rows(connection, FIGURES, {"since": utc_text(now - LOOKS_BACK).rstrip("Z")})
    return Clock(figures, rows(connection, OVERDUE))


def clock(hub: Hub) -> Clock:
    """Return the figures, and also what no run has ever planned: every destination is planned anew for it."""
    found, unplanned = Clock(), []
    known = {name: each for name, each in _moments(hub.clock()).items() if name != "confirming"}
    with planning(hub, hub.destinations) as opened:
        found = told(opened.connection, hub.store, hub.clock())
        for name in hub.destinations:
            opened.of(name)
            late = rows(opened.connection, UNPLANNED, {**known, "destination": name})
            unplanned += [{"destination": name, **each} for each in late]
    found.overdue += unplanned
    return found


def _moments(now: datetime) -> dict[str, str]:
    limits = {"handing": HANDED_WITHIN, "confirming": CONFIRMED_WITHIN}
    return {"now": utc_text(now).rstrip("Z"), **{name: f"{each.total_seconds():.0f} seconds"
                                                 for name, each in limits.items()}}  # fmt: skip
