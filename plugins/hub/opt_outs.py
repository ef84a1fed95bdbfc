"""The clock of a withdrawal: when the person said it, when we had it, when it was handed over, when it was read back.

A removal in the journal carries all four. Until it is handed over, every new try keeps the moments of the first.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from sqlalchemy import bindparam, update

from plugins.hub.destinations import Channel, RecordChannel
from plugins.store.engine import Store
from plugins.store.mirror import attached
from plugins.store.tables import push

# When each person said no for good, and when the statement behind it came in.
HEARD = """
CREATE OR REPLACE TEMP TABLE heard AS
SELECT stated.profile_id, stated.channel, max(stated.refused_at) AS acted_at, min(kept.stated_at) AS stored_at
FROM consent_state AS stated JOIN act_of AS act
  ON act.profile_id = stated.profile_id AND act.said_at IS NOT DISTINCT FROM stated.refused_at
 AND act.decision IN ('withdrawn', 'refused', 'objected', 'blocked')
JOIN origin.consent AS kept ON kept.source = act.source AND kept.source_id = act.source_id
WHERE stated.purpose = 'marketing' AND stated.state IN ('refused', 'vetoed')
  AND stated.profile_id IN (SELECT profile_id FROM planned WHERE cause = 'consent') GROUP BY ALL
"""
# Whose statement is not found has only just been understood: the clock runs from now.
STAMPED = """
UPDATE planned SET stored_at = coalesce(said.stored_at, $at),
  acted_at = coalesce(strftime(said.acted_at, '%Y-%m-%dT%H:%M:%S.%fZ'), said.stored_at, $at)
FROM (
  SELECT p.wire_id, min(heard.acted_at) AS acted_at, min(heard.stored_at) AS stored_at
  FROM planned AS p LEFT JOIN heard ON heard.profile_id = p.profile_id AND list_contains($channels, heard.channel)
  WHERE p.cause = 'consent' GROUP BY p.wire_id
) AS said WHERE said.wire_id = planned.wire_id AND planned.cause = 'consent'
"""
RUNNING = """
UPDATE planned SET stored_at = open.stored_at, acted_at = open.acted_at FROM (
  SELECT wire_id, min(stored_at) AS stored_at, arg_min(acted_at, stored_at) AS acted_at
  FROM origin.push AS b WHERE destination = $destination AND cause = 'consent' AND seq > coalesce((
    SELECT max(seq) FROM origin.push AS a
    WHERE a.destination = $destination AND a.wire_id = b.wire_id AND a.state = 'accepted'), -1)
  GROUP BY wire_id
) AS open WHERE open.wire_id = planned.wire_id AND planned.cause = 'consent' AND open.stored_at < planned.stored_at
"""

# What the values of the channel's own fields mean there. Where the person acts is not what we write.
ANSWERS = """
CREATE OR REPLACE TEMP TABLE answer_of AS
SELECT field, value, channel, decision IN ('withdrawn', 'refused', 'objected') AS is_no
FROM declaration WHERE source = $source AND purpose = 'marketing' AND NOT is_origin
UNION ALL
SELECT replace($reads_back, '{channel}', channel), value, channel, value = 'no'
FROM (SELECT unnest($channels::TEXT[]) AS channel) CROSS JOIN (VALUES ('yes'), ('no')) AS said(value)
WHERE $reads_back IS NOT NULL
"""
# What was sent and not read back yet, whatever was answered, and what the destination has said of it since. Who said
# yes again there, so that it counts, is done with: the withdrawal is no longer theirs.
SENT = """
CREATE OR REPLACE TEMP TABLE sent AS
SELECT key, wire_id, profile_id, payload, coalesce(answered_at, prepared_at) AS sent_at FROM origin.push
WHERE destination = $destination AND state IN ('accepted', 'unknown', 'rejected') AND cause = 'consent'
  AND confirmed_at IS NULL
"""
ADDRESS_READ_BACK = """
WITH holding AS (
  SELECT email AS wire_id, bool_or(status = 'subscribed' AND NOT is_deleted AND NOT is_absent) AS is_there,
         max(greatest(seen_at, CASE WHEN is_absent THEN sealed_from ELSE '' END)) AS seen_at
  FROM origin.customer LEFT JOIN origin.snapshot USING (source, stream)
  WHERE source = $source AND email IS NOT NULL GROUP BY email
), again AS (
  SELECT profile_id FROM consent_state WHERE channel = $channel AND purpose = $purpose AND state = 'granted'
)
SELECT key, seen_at FROM sent JOIN holding USING (wire_id)
WHERE seen_at > sent_at AND (NOT is_there OR profile_id IN (SELECT profile_id FROM again))
"""
RECORD_READ_BACK = """
WITH told AS (
  SELECT sent.key, profile_id, substr(wire_id, 9) AS customer_id, sent_at, entry.key AS channel
  FROM sent, json_each(payload, '$.consent') AS entry WHERE wire_id LIKE 'consent:%'
), statement AS (
  SELECT customer_id, answer.channel, is_no, seen_at
  FROM origin.consent AS c JOIN answer_of AS answer ON answer.field = c.field AND answer.value = lower(trim(c.value))
  WHERE c.source = $source AND c.customer_id IN (SELECT customer_id FROM told)
  QUALIFY row_number() OVER (PARTITION BY customer_id, c.field, answer.channel, c.facts ->> '$.bu'
                             ORDER BY c.changed_at DESC NULLS LAST, c.source_id DESC) = 1
), said AS (
  SELECT customer_id, channel, max(seen_at) FILTER (is_no) AS no_at, max(seen_at) AS seen_at FROM statement GROUP BY ALL
), gone AS (
  SELECT source_id AS customer_id, greatest(seen_at, CASE WHEN is_absent THEN sealed_from ELSE '' END) AS seen_at
  FROM origin.customer LEFT JOIN origin.snapshot USING (source, stream)
  WHERE source = $source AND (is_deleted OR is_absent)
), again AS (
  SELECT profile_id, channel FROM consent_state WHERE purpose = 'marketing' AND state = 'granted'
), read_back AS (
  SELECT told.key, sent_at, CASE WHEN gone.customer_id IS NOT NULL THEN gone.seen_at
    WHEN again.profile_id IS NOT NULL THEN said.seen_at ELSE said.no_at END AS seen_at
  FROM told LEFT JOIN said USING (customer_id, channel) LEFT JOIN gone USING (customer_id)
  LEFT JOIN again USING (profile_id, channel)
)
SELECT key, max(seen_at) FROM read_back GROUP BY key HAVING bool_and(coalesce(seen_at > sent_at, false))
"""


def stamp(connection: duckdb.DuckDBPyConnection, destination: str, channels: Sequence[str], at: str) -> None:
    """Say of each withdrawal in `planned` when it was said and when we had it; the store is attached."""
    if not connection.execute("SELECT 1 FROM planned WHERE cause = 'consent' LIMIT 1").fetchall():
        return
    connection.execute(HEARD)
    connection.execute(STAMPED, {"channels": list(channels), "at": at})
    connection.execute(RUNNING, {"destination": destination})


def answers(connection: duckdb.DuckDBPyConnection, channel: RecordChannel) -> None:
    """Leave table `answer_of`: which value of which field of the channel is a no there."""
    named = {"source": channel.source, "channels": list(channel.consent), "reads_back": channel.reads_back}
    connection.execute(ANSWERS, named)


def confirm(connection: duckdb.DuckDBPyConnection, store: Store, channel: Channel | RecordChannel) -> int:
    """Note in the journal which withdrawals the destination was read back to hold; returns how many.

    What counts is a reading that began after the withdrawal was sent. The engine has what the last resolve came to.
    """
    named = {"source": channel.source}
    with attached(connection, store):
        connection.execute(SENT, {"destination": channel.destination})
        if not connection.execute("SELECT 1 FROM sent LIMIT 1").fetchall():
            return 0
        if isinstance(channel, RecordChannel):
            answers(connection, channel)
            found = connection.execute(RECORD_READ_BACK, named).fetchall()
        else:
            whom = {"channel": channel.channel, "purpose": channel.purpose}
            found = connection.execute(ADDRESS_READ_BACK, {**named, **whom}).fetchall()
    if found:
        noted = update(push).where(push.c.key == bindparam("row")).values(confirmed_at=bindparam("at"))
        with store.writing() as writer:
            writer.execute(noted, [{"row": key, "at": at} for key, at in found])
    return len(found)
