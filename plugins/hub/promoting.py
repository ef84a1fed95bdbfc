"""Which promotions a destination may tell everybody of: those that are named, and whose days the till tells.

A till tells name and days only: what a promotion is worth, and that anybody may use it, `promotions.yml` says. Adds to
tables `beside` and `left_out`; `said_of` and `brought` are there (see plugins.hub.bringing).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from plugins.hub.selling import COLUMNS
from plugins.rules.promotions import Promotions

NAMED = """
CREATE OR REPLACE TEMP TABLE named_promotion AS
SELECT each ->> '$.id' AS id, each ->> '$.source' AS source, each ->> '$.promotion' AS promotion, each AS told
FROM (SELECT unnest(CAST(CAST($named AS JSON) AS JSON[])) AS each)
"""
JUDGED = """
CREATE OR REPLACE TEMP TABLE promotion_judged AS
SELECT named_promotion.id, told, starts_at, ends_at, CASE
  WHEN promotion.source_id IS NULL THEN source || ' reports no promotion ' || named_promotion.promotion
  WHEN starts_at IS NULL OR ends_at IS NULL THEN source || ' does not tell from when until when'
  WHEN ends_at <= starts_at THEN source || ' says that it ends before it starts' END AS why
FROM named_promotion
LEFT JOIN (SELECT source, source_id, source_id AS promotion, starts_at, ends_at FROM promotion) AS promotion
  USING (source, promotion)
"""
LEFT_OUT = """
INSERT INTO left_out
SELECT 'promotion', id, why FROM promotion_judged WHERE why IS NOT NULL
UNION ALL
SELECT 'promotion', concat_ws(' ', source, source_id, name),
       'promotions.yml does not say what it is worth, and that anybody may use it'
FROM promotion WHERE coalesce(ends_at > $now, true)
  AND (source, source_id) NOT IN (SELECT (source, promotion) FROM named_promotion)
"""
# One that is not told any more ends now: nothing can be deleted. One that has not begun ends before it does.
TOLD = f"""
INSERT INTO beside ({COLUMNS})
WITH wanted AS (
  SELECT 'promotion:' || id AS wire_id,
         json_merge_patch(told, json_object('starts_at', strftime(starts_at, '%Y-%m-%dT%H:%M:%SZ'),
                                            'ends_at', strftime(ends_at, '%Y-%m-%dT%H:%M:%SZ'))) AS payload
  FROM promotion_judged WHERE why IS NULL AND ends_at > $now
), newest AS (
  SELECT wire_id, CAST(payload AS JSON) AS payload FROM brought
  WHERE starts_with(wire_id, 'promotion:') AND state NOT IN ('planned', 'dropped', 'rejected')
    AND (operation <> 'remove' OR state = 'accepted') -- an end whose answer was lost is told again
  QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
), gone AS (
  SELECT wire_id, json_merge_patch(payload, json_object(
           'starts_at', least(payload ->> '$.starts_at', $before), 'ends_at', $at)) AS payload
  FROM newest ANTI JOIN wanted USING (wire_id) WHERE payload ->> '$.ends_at' > $at
), due AS (
  SELECT CASE WHEN coalesce(was_there, false) THEN 'change' ELSE 'add' END AS operation, wire_id, payload,
         'promotion for everybody' AS reason
  FROM wanted LEFT JOIN said_of USING (wire_id)
  UNION ALL
  SELECT 'remove', wire_id, payload, 'promotion that is not told any more' FROM gone
)
SELECT due.operation, 'promotion', '', wire_id, NULL, payload, md5(payload), reason
FROM due LEFT JOIN said_of USING (wire_id)
WHERE NOT coalesce(state IN ('accepted', 'staged', 'rejected') AND payload_hash = md5(payload)
                   AND (said_of.operation = 'remove') = (due.operation = 'remove'), false)
"""


def promote(connection: duckdb.DuckDBPyConnection, destination: str, rules: Promotions, now: datetime) -> None:
    """Plan what differs from what everybody may be told."""
    named = [_told(rules, name) for name, each in rules.promotions.items() if destination in each.to]
    naive = now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    values: dict[str, Any] = {
        "named": json.dumps(named), "now": naive, "at": f"{naive.isoformat()}Z",
        "before": f"{(naive - timedelta(minutes=1)).isoformat()}Z",
    }  # fmt: skip
    for statement in (NAMED, JUDGED, LEFT_OUT, TOLD):
        connection.execute(statement, {name: each for name, each in values.items() if f"${name}" in statement})


def _told(rules: Promotions, name: str) -> dict[str, Any]:
    """Return what is told of one promotion, but for its days."""
    each = rules.promotions[name]
    return {
        "kind": "promotion", "id": name, "source": each.source, "promotion": each.promotion, "title": each.title,
        "percent": each.benefit.percent, "minor": each.benefit.cents, "from_minor": each.benefit.from_cents,
        "currency": rules.currency, "places": sorted(each.places), "products": each.products, "code": each.code,
        "country": each.country, "page": each.page,
    }  # fmt: skip
