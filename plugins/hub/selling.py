"""What is told of sales: purchases and baskets of who agreed to it, orders of marketplaces and their deliveries.

Adds to table `beside`; `said_of` has the newest decision about each thing (see plugins.hub.bringing).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from plugins.hub.delivering import deliver
from plugins.hub.destinations import Bring, Channel, Kind, RecordChannel
from plugins.hub.meaning import Meaning
from plugins.hub.visiting import knows_visitors, reach
from plugins.rules.sales import Sales

WAYS = {"shop": "store", "web": "web"}
"""Where something is bought, and what an order calls that."""
COLUMNS = "operation, kind, profile_id, wire_id, permit, payload, payload_hash, reason"
# Who may be known at the destination, and by which address; one address is one person's.
REACHED = """
CREATE OR REPLACE TEMP TABLE told_to AS
SELECT profile_id, address, permit FROM consent_state
WHERE channel = $channel AND purpose = $purpose AND state = 'granted' AND address IS NOT NULL
  AND address NOT IN (SELECT address FROM refused WHERE channel = $channel AND purpose = $purpose)
  AND address NOT IN (SELECT email FROM aliased)
QUALIFY row_number() OVER (PARTITION BY address ORDER BY is_own DESC, granted_at DESC, profile_id) = 1
"""
# Of a record that is known it is its person's, else of whose address it names: two joins, as one with `or` would
# compare each with everybody.
OWNED = """
WITH theirs AS (
  SELECT told.*, person.profile_id AS holder, customer.n IS NULL AS is_loose FROM {entity} AS told
  LEFT JOIN customer ON customer.source = told.source AND customer.source_id = told.customer_id
  LEFT JOIN placed USING (n) LEFT JOIN person USING (p)
)
SELECT told_to.profile_id, address, permit, theirs.* FROM theirs JOIN told_to ON told_to.profile_id = holder
UNION ALL
SELECT told_to.profile_id, address, permit, theirs.*
FROM theirs JOIN told_to ON is_loose AND told_to.address = theirs.email
"""
# What a thing is called in the feed that the destination knows: the same thing elsewhere has the same GTIN.
CALLED = """
CREATE OR REPLACE TEMP TABLE goods_name AS
WITH shop AS (SELECT ltrim(gtin, '0') AS gtin, min(sku) AS sku FROM product
              WHERE source = $shop AND gtin IS NOT NULL AND sku IS NOT NULL GROUP BY ALL)
SELECT product.source, product.source_id AS product_id, coalesce(shop.sku, product.sku) AS id
FROM product LEFT JOIN shop ON shop.gtin = ltrim(product.gtin, '0')
"""
# Since when a destination has each item, without a break: what was refused before that may have lacked it.
SHELVED = """
CREATE OR REPLACE TEMP TABLE shelved AS
WITH item AS (
  SELECT substr(wire_id, 6) AS id, operation, answered_at, seq,
         max(seq) FILTER (operation = 'remove') OVER (PARTITION BY wire_id) AS removed
  FROM brought WHERE starts_with(wire_id, 'item:') AND state = 'accepted'
)
SELECT id, min(answered_at) AS since FROM item
WHERE operation <> 'remove' AND seq > coalesce(removed, 0) GROUP BY id
"""
COMPLETE = """
wire_id IN (
  SELECT wire_id FROM (
    SELECT wire_id, refused_at, unnest(CAST(payload -> '$.items' AS JSON[])) ->> '$.id' AS id
    FROM wanted JOIN said_of USING (wire_id) WHERE state = 'rejected'
  ) JOIN shelved USING (id) WHERE since > refused_at
)
"""
PURCHASES = f"""
INSERT INTO beside ({COLUMNS})
WITH bought AS (
  SELECT * FROM ({OWNED.format(entity='"order"')})
  WHERE is_paid AND total_minor > 0 AND ordered_at > $since AND list_contains($ways, channel)
), line AS (
  SELECT line.source, line.order_id,
         to_json(list(struct_pack(id := coalesce(goods_name.id, line.sku, line.product_id),
           quantity := quantity_thousandths // 1000, unit_minor := line.total_minor * 1000 // quantity_thousandths)
           ORDER BY line_number, line.source_id) FILTER (quantity_thousandths >= 1000 AND line.total_minor >= 0
             AND coalesce(goods_name.id, line.sku, line.product_id) IS NOT NULL)) AS items,
         -sum(line.total_minor) FILTER (returns_order_id = line.order_id) AS returned
  FROM order_line AS line SEMI JOIN bought ON bought.source = line.source AND bought.source_id = line.order_id
  LEFT JOIN goods_name ON goods_name.source = line.source AND goods_name.product_id = line.product_id
  GROUP BY line.source, line.order_id
), wanted AS (
  SELECT bought.profile_id, permit, 'purchase:' || bought.source || ':' || bought.source_id AS wire_id,
         json_object('kind', 'purchase', 'reference', bought.source || ':' || bought.source_id,
           'place', CASE channel WHEN 'store' THEN 'shop' ELSE 'web' END,
           'at', strftime(ordered_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'currency', currency, 'total_minor', total_minor,
           'store', store_id, {{whom}}, 'items', coalesce(items, json('[]'))) AS payload
  FROM bought LEFT JOIN line ON line.source = bought.source AND line.order_id = bought.source_id
  LEFT JOIN trait USING (profile_id) WHERE coalesce(returned, 0) < total_minor
)
SELECT 'add', 'purchase', wanted.profile_id, wire_id, permit, payload, md5(wire_id), 'bought lately'
FROM wanted LEFT JOIN said_of USING (wire_id)
WHERE said_of.wire_id IS NULL OR (state IN ('unknown', 'prepared') AND NOT $once) OR (state = 'rejected' AND {COMPLETE})
QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY wanted.profile_id) = 1
"""
BY_ADDRESS = "'email', address, 'fields', json_merge_patch('{{}}', json_object({fields}))"
BY_VISITOR = "'visitor', address"
"""How a purchase says whose it is: no address goes where somebody is known by their browser."""
# Of everybody the basket they touched last: what somebody left in two systems is one basket to them.
BASKETS = f"""
INSERT INTO beside ({COLUMNS})
WITH open AS (
  SELECT *, CAST(lines AS JSON[]) AS held FROM ({OWNED.format(entity="basket")})
  WHERE status IN ('open', 'active', 'abandoned') AND updated_at > $since
), line AS (
  SELECT source, source_id, list(struct_pack(id := coalesce(goods_name.id, said ->> '$.sku', product_id),
           quantity := pieces // 1000, unit_minor := CAST(said ->> '$.total_minor' AS BIGINT) * 1000 // pieces)
           ORDER BY place) AS items, sum(CAST(said ->> '$.total_minor' AS BIGINT)) AS worth
  FROM (SELECT source, source_id, said, place, said ->> '$.product_id' AS product_id,
               CAST(said ->> '$.quantity_thousandths' AS BIGINT) AS pieces
        FROM (SELECT source, source_id, unnest(held) AS said, unnest(range(len(held))) AS place FROM open)) AS told
  LEFT JOIN goods_name USING (source, product_id)
  WHERE pieces >= 1000 AND coalesce(goods_name.id, said ->> '$.sku', product_id) IS NOT NULL
    AND CAST(said ->> '$.total_minor' AS BIGINT) >= 0
  GROUP BY source, source_id
), wanted AS (
  SELECT profile_id, permit, 'basket:' || source || ':' || source_id AS wire_id,
         json_object('kind', 'basket', 'reference', source || ':' || source_id,
           'at', strftime(updated_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'currency', currency, 'total_minor',
           coalesce(total_minor, worth),
           'email', address, 'url', url, 'items', to_json(items)) AS payload
  FROM open JOIN line USING (source, source_id) WHERE currency IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY updated_at DESC, source, source_id) = 1
), due AS (
  SELECT CASE WHEN coalesce(was_there, false) THEN 'change' ELSE 'add' END AS operation, wanted.profile_id, wire_id,
         permit, payload, 'left in a basket' AS reason
  FROM wanted LEFT JOIN said_of USING (wire_id)
  UNION ALL
  SELECT 'remove', profile_id, wire_id, NULL, json_object('kind', 'basket', 'reference', substr(wire_id, 8)),
         'not in a basket any more'
  FROM said_of ANTI JOIN wanted USING (wire_id) WHERE was_there
)
SELECT due.operation, 'basket', due.profile_id, wire_id, permit, payload, md5(payload), reason
FROM due LEFT JOIN said_of USING (wire_id)
WHERE NOT coalesce(state IN ('accepted', 'staged', 'rejected') AND payload_hash = md5(payload), false)
  OR (state = 'rejected' AND due.operation <> 'remove' AND {COMPLETE})
"""
# Orders of marketplaces, under the names that the till has for the things. One with a thing that is not known there
# waits: part of an order would be a wrong one. Nothing says who ordered it.
ORDERS = f"""
INSERT INTO beside ({COLUMNS})
WITH shelf AS (
  SELECT ltrim(gtin, '0') AS gtin, min(source_id) AS product_id FROM product
  WHERE source = $source AND gtin IS NOT NULL GROUP BY ALL
), named AS (
  SELECT product.sku, min(coalesce(own.source_id, shelf.product_id)) AS product_id FROM product
  LEFT JOIN product AS own ON own.source = $source AND own.sku = product.sku
  LEFT JOIN shelf ON shelf.gtin = ltrim(product.gtin, '0') WHERE product.sku IS NOT NULL GROUP BY product.sku
), ordered AS (
  SELECT * FROM "order"
  WHERE channel = 'marketplace' AND source <> $source AND is_paid AND ordered_at > $since
), piece AS (
  SELECT line.source, line.order_id, line.sku, sum(quantity_thousandths) // 1000 AS quantity,
         max(total_minor * 1000 // quantity_thousandths) FILTER (quantity_thousandths > 0) AS unit_minor
  FROM order_line AS line SEMI JOIN ordered ON ordered.source = line.source AND ordered.source_id = line.order_id
  WHERE quantity_thousandths <> 0 GROUP BY ALL HAVING quantity > 0
), line AS (
  SELECT source, order_id, bool_and(product_id IS NOT NULL) AS is_known,
         to_json(list(struct_pack(sku := product_id, quantity := quantity, unit_minor := unit_minor)
           ORDER BY product_id)) AS lines
  FROM piece LEFT JOIN named USING (sku) GROUP BY ALL
), wanted AS (
  SELECT 'order:' || ordered.source || ':' || source_id AS wire_id,
         json_object('kind', 'order', 'reference', ordered.source || ':' || source_id,
           'number', coalesce(order_number, source_id), 'marketplace', ordered.source,
           'ordered_at', strftime(ordered_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'currency', currency,
           'total_minor', total_minor, 'shipping_minor', coalesce(shipping_minor, 0), 'lines', lines) AS payload
  FROM ordered JOIN line ON line.source = ordered.source AND line.order_id = ordered.source_id WHERE is_known
)
SELECT 'add', 'order', '', wire_id, NULL,
       CASE WHEN since IS NULL THEN payload
            ELSE json_merge_patch(payload, json_object('repeat', json_object('since', since))) END,
       md5(payload), 'order of a marketplace'
FROM wanted LEFT JOIN said_of USING (wire_id)
LEFT JOIN (
  SELECT wire_id, min(prepared_at) AS since FROM brought WHERE state = 'unknown' GROUP BY wire_id
) USING (wire_id)
WHERE said_of.wire_id IS NULL OR state = 'unknown' OR (state = 'rejected' AND payload_hash <> md5(payload))
"""


def rule_of(meaning: Meaning, destination: str, kind: Kind) -> Sales | None:
    """Return the rule that tells a destination of a kind, None where none does."""
    return next((each for each in meaning.sales if each.kind == kind and destination in each.to), None)


def sell(
    connection: duckdb.DuckDBPyConnection, channel: Channel | RecordChannel, rule: Sales, how: Bring, shop: str,
    now: datetime,
) -> None:  # fmt: skip
    """Plan what one rule tells one destination; `shop` is the connection whose names it has for the things."""
    since = (now - timedelta(days=min(rule.days, how.days or rule.days))).astimezone(UTC).replace(tzinfo=None)
    if isinstance(channel, RecordChannel) and rule.kind == "delivery":
        deliver(connection, channel, since)
        return
    if isinstance(channel, RecordChannel):
        connection.execute(ORDERS, {"source": channel.source, "since": since})
        return
    if knows_visitors(channel):
        shop = reach(connection, channel)
    else:
        connection.execute(REACHED, {"channel": channel.channel, "purpose": channel.purpose})
    connection.execute(CALLED, {"shop": shop})
    connection.execute(SHELVED)
    values: dict[str, Any] = {"since": since}
    if rule.kind == "purchase":
        values |= {"ways": [WAYS[place] for place in rule.places if place in how.places], "once": how.once}
    connection.execute(_told(rule, channel), values)


def _told(rule: Sales, channel: Channel) -> str:
    if rule.kind == "basket":
        return BASKETS
    if knows_visitors(channel):
        return PURCHASES.format(whom=BY_VISITOR)
    fields = ", ".join(f"'{name}', CAST(trait.{name} AS TEXT)" for name in rule.to[channel.destination].fields)
    return PURCHASES.format(whom=BY_ADDRESS.format(fields=fields))
