"""What the leader reports: its movements of points are the ledger's, as they are; and vouchers as systems tell of them.

A movement that the hub itself brought there (`ours`) is not counted again when it is read back.
"""

from __future__ import annotations

import duckdb

from mappers.loyalty.earning import interval, lapses
from mappers.loyalty.programme import Version

# A negative movement on a receipt that returns one earlier receipt takes back what that one earned; any other is spent.
MOVEMENTS = """
INSERT INTO due
WITH original AS (
  SELECT r.source, r.order_id, min(coalesce(r.returns_order_id, line.order_id)) AS returned
  FROM order_line AS r LEFT JOIN order_line AS line ON line.source = r.source AND line.source_id = r.returns_line_id
  WHERE r.source = $leader AND r.total_minor < 0
  GROUP BY ALL HAVING count(DISTINCT coalesce(r.returns_order_id, line.order_id)) = 1
), earned AS (
  SELECT order_id, min(source_id) AS movement FROM loyalty_movement
  WHERE source = $leader AND points > 0 AND order_id IS NOT NULL GROUP BY order_id
), told AS (
  SELECT m.source, m.source_id, m.customer_id, m.points, m.occurred_at, m.expires_on, earned.movement,
         person.profile_id AS holder, _day(m.occurred_at) AS day
  FROM loyalty_movement AS m
  JOIN customer ON customer.source = m.source AND customer.source_id = m.customer_id
  JOIN placed USING (n) JOIN person USING (p)
  LEFT JOIN original ON original.source = m.source AND original.order_id = CASE WHEN m.points < 0 THEN m.order_id END
  LEFT JOIN earned ON earned.order_id = original.returned
  WHERE m.source = $leader AND m.source_id NOT IN (SELECT movement FROM ours)
)
SELECT concat_ws(':', source, 'movement', source_id), source,
       CASE WHEN points >= 0 THEN 'earn' WHEN movement IS NOT NULL THEN 'reverse' ELSE 'burn' END,
       source, customer_id, NULL, holder, abs(points), occurred_at,
       CASE WHEN points >= 0 THEN coalesce(_ends(expires_on), {expires}) END, NULL,
       CASE WHEN points < 0 AND movement IS NOT NULL THEN concat_ws(':', source, 'movement', movement) END,
       'reported', $version, false
FROM told
"""
# What was spent on an order that is brought back returns to the lots it came from, in the share that was paid back.
RESTORED = """
INSERT INTO due
WITH spending AS (
  SELECT capture.key, capture.subject, capture.amount, hold.refers AS order_key
  FROM origin.loyalty_event AS capture JOIN origin.loyalty_event AS hold ON hold.key = capture.refers
  WHERE capture.kind = 'capture' AND hold.kind = 'hold' AND hold.refers IS NOT NULL AND capture.unit = $unit
), brought AS (
  SELECT concat_ws(':', source, 'order', coalesce(returns_order_id, order_id)) AS order_key, source, return_id, moment,
         returned
  FROM taken_back LEFT JOIN (
    SELECT source, source_id AS returns_line_id, order_id FROM order_line
  ) AS line USING (source, returns_line_id)
), called_off AS (
  SELECT concat_ws(':', source, 'order', order_id) AS order_key, source, 'off ' || order_id AS return_id,
         counts_at AS moment, greatest(total_minor, 1) AS returned
  FROM receipt WHERE status IN ('cancelled', 'failed')
), shares AS (
  SELECT spending.*, back.source, back.return_id, back.moment, paid.minor,
         least(paid.minor, sum(returned) OVER so_far) AS gone,
         least(paid.minor, sum(returned) OVER so_far - returned) AS before
  FROM spending JOIN (FROM brought UNION ALL FROM called_off) AS back USING (order_key)
  JOIN (SELECT concat_ws(':', source, 'order', order_id) AS order_key, greatest(total_minor, 1) AS minor FROM receipt)
    AS paid USING (order_key)
  WINDOW so_far AS (PARTITION BY spending.key ORDER BY back.moment NULLS FIRST, back.return_id)
)
SELECT concat_ws(':', source, 'restore', return_id, key), source, 'restore', NULL, NULL, subject, NULL,
       amount * gone // minor - amount * before // minor, coalesce(moment, CAST($now AS TIMESTAMP)), NULL,
       _ends(CAST(_day(coalesce(moment, CAST($now AS TIMESTAMP))) + {grace} AS DATE)), key, 'restored', $version, false
FROM shares
"""
OURS = """
CREATE OR REPLACE TEMP TABLE ours AS
SELECT substr(answer, length('movement ') + 1) AS movement FROM origin.push
WHERE destination = $leader AND answer LIKE 'movement %'
"""


def movements(connection: duckdb.DuckDBPyConnection, newest: Version, leader: str) -> None:
    """Add what the leader reports; `leader` is a connection."""
    connection.execute(OURS, {"leader": leader})
    known = {"leader": leader, "version": newest.name}
    connection.execute(MOVEMENTS.format(expires=lapses(newest.rules)), known)


def restored(connection: duckdb.DuckDBPyConnection, grace: tuple[int, str], version: str, unit: str, now: str) -> None:
    """Add what comes back to whom spent on an order that was returned or called off; `unit` is the ledger's."""
    known = {"now": now, "version": version, "unit": unit}
    connection.execute(RESTORED.format(grace=interval(grace)), known)
