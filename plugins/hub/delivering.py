"""What a marketplace is told of its orders: what the till sent of them, and what was cancelled there; each thing once.

Adds to table `beside`. A thing is one line of an order that was sent, or cancelled; lines that go together are one row.
It is known again by `wire_id`: `delivery:<source>:<order>:<shipped or cancelled>:<its first line>`.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from plugins.hub.destinations import RecordChannel

WIRE = "delivery:"
# What was said of each order before, the newest word about each row. No lines: all of the order.
TOLD = f"""
CREATE OR REPLACE TEMP TABLE delivery_told AS
SELECT wire_id, regexp_replace(wire_id, ':[^:]*$', '') AS thing, regexp_extract(wire_id, '[^:]*$') AS first,
       arg_max(state, seq) AS state, arg_max(payload_hash, seq) AS payload_hash, arg_max(payload, seq) AS payload,
       CAST(arg_max(payload, seq) -> '$.items' AS TEXT[]) AS items,
       min(prepared_at) FILTER (state = 'unknown') AS since
FROM brought WHERE starts_with(wire_id, '{WIRE}') AND state NOT IN ('planned', 'dropped') GROUP BY wire_id
"""
# How far each line of an order is. Where all that the till has of an order was sent, or cancelled, and it has all of
# it, that is so of every line; else a line waits until all its pieces are, under the name that the till has for it.
ITEMS = f"""
CREATE OR REPLACE TEMP TABLE delivery_item AS
WITH told AS (
  SELECT source, source_id, of_order_id AS order_id, product_id, status, quantity_thousandths // 1000 AS pieces,
         carrier, tracking_code, changed_at
  FROM delivery WHERE of_source = $source
), bought AS (
  SELECT source_id AS order_id FROM "order" WHERE source = $source AND channel = 'marketplace'
    AND source_id IN (SELECT order_id FROM told GROUP BY order_id HAVING max(changed_at) > $since)
), back AS (
  SELECT returns_line_id AS item, sum(quantity_thousandths) AS quantity FROM order_line
  WHERE source = $source AND quantity_thousandths < 0 GROUP BY ALL
), item AS (
  SELECT line.order_id, line.source_id AS item, line.sku, count(*) OVER (PARTITION BY line.order_id) AS lines,
         (line.quantity_thousandths + coalesce(back.quantity, 0)) // 1000 AS pieces
  FROM order_line AS line SEMI JOIN bought USING (order_id) LEFT JOIN back ON back.item = line.source_id
  WHERE line.source = $source AND line.quantity_thousandths > 0
), till AS (SELECT DISTINCT source FROM told), shelf AS (
  SELECT source, ltrim(gtin, '0') AS gtin, min(source_id) AS product_id FROM product SEMI JOIN till USING (source)
  WHERE gtin IS NOT NULL GROUP BY ALL
), named AS (
  SELECT till.source, product.sku, min(coalesce(own.source_id, shelf.product_id)) AS product_id
  FROM product CROSS JOIN till LEFT JOIN product AS own ON own.source = till.source AND own.sku = product.sku
  LEFT JOIN shelf ON shelf.source = till.source AND shelf.gtin = ltrim(product.gtin, '0')
  WHERE product.sku IN (SELECT sku FROM item) GROUP BY ALL
), piece AS (
  SELECT told.order_id, named.sku, sum(pieces) FILTER (status = 'shipped') AS sent,
         sum(pieces) FILTER (status = 'cancelled') AS gone
  FROM told JOIN named USING (source, product_id) GROUP BY ALL
), whole AS (
  SELECT order_id, sum(pieces) AS pieces, bool_and(status = 'shipped') AS is_sent,
         bool_and(status = 'cancelled') AS is_gone FROM told GROUP BY order_id
), due AS (
  SELECT item.order_id, item, lines, sum(item.pieces) OVER (PARTITION BY item.order_id) <= whole.pieces AS is_all,
         whole.is_sent, whole.is_gone, sum(item.pieces) OVER (PARTITION BY item.order_id, item.sku) AS pieces,
         piece.sent, piece.gone
  FROM item JOIN whole USING (order_id) LEFT JOIN piece ON piece.order_id = item.order_id AND piece.sku = item.sku
  WHERE item.pieces > 0
), judged AS (
  SELECT order_id, item, lines, CASE WHEN is_all AND is_sent THEN 'shipped' WHEN is_all AND is_gone THEN 'cancelled'
    WHEN sent >= pieces THEN 'shipped' WHEN gone >= pieces THEN 'cancelled' END AS status FROM due
), parcel AS (
  SELECT order_id, status, arg_max(tracking_code, (changed_at, source_id)) AS tracking_code,
         arg_max(carrier, (changed_at, source_id)) AS transporter
  FROM told GROUP BY ALL
)
SELECT '{WIRE}' || $source || ':' || order_id || ':' || status AS thing, order_id, item, lines, status, tracking_code,
       transporter
FROM judged JOIN parcel USING (order_id, status)
"""
# Lines that nobody was told of; what was refused, where the till says something else of it by now; and what was sent
# without an answer, as it was, to be looked up.
DELIVERIES = """
INSERT INTO beside (operation, kind, profile_id, wire_id, permit, payload, payload_hash, reason)
WITH told_line AS (
  SELECT thing, unnest(items) AS item FROM delivery_told WHERE items IS NOT NULL
), fresh AS (
  SELECT thing, order_id, status, tracking_code, transporter, replace(min(item), ':', '-') AS first,
         CASE WHEN count(*) < any_value(lines) THEN list(item ORDER BY item) END AS items
  FROM delivery_item ANTI JOIN (SELECT thing FROM delivery_told WHERE items IS NULL) AS whole USING (thing)
  ANTI JOIN told_line USING (thing, item)
  GROUP BY ALL
), again AS (
  SELECT thing, order_id, status, tracking_code, transporter, first, told.items, told.payload_hash
  FROM delivery_item JOIN delivery_told AS told USING (thing)
  WHERE state = 'rejected' AND first = replace(item, ':', '-') AND told.payload <> '{}'
), said AS (
  SELECT *, md5(concat_ws(' ', status, coalesce(array_to_string(items, ','), 'all'), coalesce(tracking_code, '-'),
                coalesce(transporter, '-'))) AS hash
  FROM (SELECT *, NULL AS payload_hash FROM fresh UNION ALL BY NAME SELECT * FROM again)
)
SELECT 'add', 'delivery', '', thing || ':' || first, NULL,
       CASE status WHEN 'shipped' THEN json_object('kind', 'shipment', 'order', order_id, 'items', items,
                                                   'tracking_code', tracking_code, 'transporter', transporter)
            ELSE json_object('kind', 'cancellation', 'order', order_id, 'items', items) END,
       hash, status || ' by the till'
FROM said WHERE payload_hash IS DISTINCT FROM hash
UNION ALL
SELECT 'add', 'delivery', '', wire_id, NULL,
       json_merge_patch(payload, json_object('repeat', json_object('since', since))), payload_hash,
       'whether it arrived is not known'
FROM delivery_told WHERE state = 'unknown' AND starts_with(wire_id, $mine)
"""


def deliver(connection: duckdb.DuckDBPyConnection, channel: RecordChannel, since: datetime) -> None:
    """Plan what a destination is told of the orders that came from there, of which the till said something `since`."""
    connection.execute(TOLD)
    connection.execute(ITEMS, {"source": channel.source, "since": since})
    connection.execute(DELIVERIES, {"mine": f"{WIRE}{channel.source}:"})
