"""Consent one can show: what a person said and where, and which act permitted what was sent on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from plugins.hub.plans import Hub
from plugins.hub.resolving import BUSINESS_ZONE, is_resolved
from plugins.hub.story import STATES, find, present
from plugins.store.engine import StoreError
from plugins.store.mirror import attached, open_mirror, rows
from plugins.store.times import utc_text

ACTS = """
SELECT "at", is_time_of_act, source, source_id, email, field, value, channel, purpose, decision, role, place, wording,
       method, facts AS evidence, lacks
FROM act_told WHERE profile_id = $id AND decision <> 'nothing' ORDER BY channel, purpose, "at", source, field
"""
# A permit names an act; what ended it is the first no to the same address, or of the same person, from then on.
AUDIT = """
WITH sent AS (
  SELECT push.*, told.channel, told.purpose FROM origin.push AS push JOIN told USING (destination)
  WHERE operation IN ('add', 'change') AND NOT starts_with(wire_id, 'erased:')
    AND prepared_at >= $start AND prepared_at < $end
), proof AS (
  SELECT source || chr(31) || source_id AS permit, channel, purpose, any_value(source) AS source,
         any_value(field) AS field, any_value(value) AS value, min(acted_at) AS acted_at, any_value(place) AS place,
         any_value(wording) AS wording, any_value(method) AS method, min(lacks) AS lacks
  FROM act_told WHERE decision IN ('granted', 'soft_opt_in') GROUP BY ALL
  UNION ALL
  SELECT DISTINCT concat_ws(chr(31), kind, source, source_id), channel, 'service', source, NULL, NULL, "at", NULL, NULL,
         kind, NULL FROM contract CROSS JOIN (SELECT DISTINCT channel FROM told WHERE purpose = 'service')
), no AS (
  SELECT profile_id, email, channel, purpose, decision, "at" FROM act_told
  WHERE decision IN ('withdrawn', 'refused', 'objected')
)
SELECT prepared_at, destination, operation, wire_id, sent.profile_id, state, reason, proof.source, proof.field,
  proof.value, proof.acted_at, proof.place, proof.wording, proof.method,
  (SELECT min("at") FROM no WHERE "at" >= proof.acted_at AND (no.email = wire_id OR no.profile_id = sent.profile_id)
     AND sent.purpose <> 'service'
     AND (no.decision = 'objected' OR no.channel = sent.channel AND no.purpose = sent.purpose)) AS ended_at,
  CASE WHEN sent.permit IS NULL THEN 'no act was named'
       WHEN proof.permit IS NULL THEN 'the act is not on file, or means nothing today'
       WHEN proof.lacks IS NOT NULL THEN proof.lacks
       WHEN proof.acted_at > CAST(prepared_at AS TIMESTAMP) THEN 'the act came later' END AS lacks
FROM sent LEFT JOIN proof USING (permit, channel, purpose)
WHERE $who IS NULL OR list_contains($who, sent.profile_id) ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Consents:
    """What one person agreed to: the state of each channel and purpose, and every act behind it."""

    profile_id: str
    states: list[dict[str, Any]]
    acts: list[dict[str, Any]]


def consents(hub: Hub, who: str) -> list[Consents]:
    """Return what everybody agreed to whom a text may mean."""
    with _mirror(hub) as connection:
        return [
            Consents(each, rows(connection, STATES, {"id": each}), rows(connection, ACTS, {"id": each}))
            for each in dict.fromkeys(present(hub, one) for one in find(connection, who))
        ]


def audit(hub: Hub, day: date, who: str | None) -> list[dict[str, Any]]:
    """Return what was handed to destinations on a business day, each row with the act that permitted it.

    `lacks` says why a row has no proof; `ended_at` when the person said no afterwards. Nobody by that name is nothing.
    """
    start, end = (datetime.combine(each, time_of_day(), BUSINESS_ZONE) for each in (day, day + timedelta(days=1)))
    with _mirror(hub) as connection:
        connection.execute("CREATE TEMP TABLE told (destination TEXT, channel TEXT, purpose TEXT)")
        for name, channel in hub.channels.items():
            connection.execute("INSERT INTO told VALUES (?, ?, ?)", [name, channel.channel, channel.purpose])
        people = None if who is None else [*find(connection, who), who]
        with attached(connection, hub.store):
            known = {"start": utc_text(start), "end": utc_text(end), "who": people}
            return rows(connection, AUDIT, known)


def _mirror(hub: Hub) -> Any:
    if not is_resolved(hub.store):
        raise StoreError("consent: nothing is resolved yet; run 'rotonde resolve' first")
    return open_mirror(hub.store, read_only=True)
