"""Drift: what a destination really holds, read back through its own tap, against what the journal says."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.hub.destinations import RecordChannel
from plugins.hub.plans import Hub, planned

DRIFT = """
SELECT delivered.profile_id, CASE
  WHEN member.wire_id IS NULL THEN 'gone at the vendor'
  WHEN member.status <> 'subscribed' THEN 'is ' || member.status || ' at the vendor'
  WHEN len(missing) > 0 THEN 'lacks ' || array_to_string(missing, ', ')
  WHEN len(extra) > 0 THEN 'still has ' || array_to_string(extra, ', ') END AS difference
FROM (
  SELECT delivered.*, member.wire_id AS found, member.status,
         list_filter(_tags(payload), lambda tag: NOT list_contains(coalesce(member.groups, []), tag)) AS missing,
         list_filter(coalesce(member.groups, []), lambda tag: list_contains(ours.tags, tag)
                     AND NOT list_contains(_tags(payload), tag)) AS extra
  FROM delivered LEFT JOIN held AS member USING (wire_id) CROSS JOIN ours
  WHERE is_there AND is_certain
) AS delivered LEFT JOIN held AS member ON member.wire_id = delivered.wire_id
WHERE difference IS NOT NULL ORDER BY delivered.profile_id
"""

HELD = """
CREATE OR REPLACE TEMP TABLE held AS
SELECT email AS wire_id, any_value(status ORDER BY changed_at DESC) AS status,
       list_distinct(flatten(list(CAST(groups AS JSON)::TEXT[]))) AS groups
FROM customer WHERE source = $source AND email IS NOT NULL GROUP BY email
"""

# Whoever the journal has taken out must not be reachable there.
UNGONE = """
SELECT delivered.profile_id, 'still subscribed at the vendor' AS difference
FROM delivered JOIN held USING (wire_id)
JOIN (SELECT address AS wire_id FROM refused_address WHERE channel = $channel AND purpose = $purpose) AS refusing
  USING (wire_id)
WHERE NOT is_there AND held.status = 'subscribed' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One person of whom the channel holds something else than the journal says; `rotonde why` tells who it is."""

    profile_id: str
    what: str


def _unequal(hub: Hub, destination: str) -> list[Difference]:
    """Compare record by record: whatever a plan would still bring there is not as it should be."""
    with planned(hub, destination) as (connection, _, _):
        rows = connection.execute("SELECT profile_id, reason FROM planned ORDER BY profile_id, wire_id").fetchall()
    return [Difference(*row) for row in rows]


def drift(hub: Hub, destination: str) -> list[Difference]:
    """Compare; the source of the destination must have been read just before."""
    channel = hub.channel(destination)
    if isinstance(channel, RecordChannel):
        return _unequal(hub, destination)
    with planned(hub, destination) as (connection, _, _):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE ours AS SELECT coalesce(list(DISTINCT tag), []) AS tags FROM "
            "(SELECT unnest(_held(payload, sure)) AS tag FROM delivered)"
        )
        connection.execute(HELD, {"source": channel.source})
        rows = connection.execute(DRIFT).fetchall()
        rows += connection.execute(UNGONE, {"channel": channel.channel, "purpose": channel.purpose}).fetchall()
    return [Difference(*row) for row in rows]
