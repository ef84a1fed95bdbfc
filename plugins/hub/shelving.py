"""What each shop has of the items of the published feed: how many, and what they cost there.

Only shops that the feed names, and items that the destination knows or is told in the same plan. Adds to table
`beside`; `said_of` and `in_feed` are there (see plugins.hub.bringing).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from plugins.hub.destinations import Bring
from plugins.hub.selling import CALLED, COLUMNS
from plugins.rules.feeds import Feed

NAMED = """
CREATE OR REPLACE TEMP TABLE named_shop AS
SELECT unnest(CAST($stores AS TEXT[])) AS store_id, unnest(CAST($codes AS TEXT[])) AS code
"""
UNKNOWN_SHOPS = """
INSERT INTO left_out
SELECT 'shelf', 'store ' || store_id, $source || ' reports no stock of it; write its id there, in quotes'
FROM named_shop WHERE store_id NOT IN (SELECT store_id FROM stock WHERE source = $source AND store_id IS NOT NULL)
"""
# What a shop asks itself comes before what is asked everywhere.
ASKED = """
CREATE OR REPLACE TEMP TABLE asked AS
SELECT goods_name.id AS item, code, price.kind, price_minor, starts_at, ends_at
FROM price JOIN goods_name USING (source, product_id)
JOIN named_shop ON price.store_id IS NULL OR price.store_id = named_shop.store_id
WHERE source = $source AND currency = $currency AND coalesce(quantity, 1) <= 1 AND price_minor > 0
  AND coalesce(starts_at <= $now, true) AND coalesce(ends_at > $now, true)
QUALIFY row_number() OVER (
  PARTITION BY item, code, price.kind
  ORDER BY price.store_id NULLS LAST, starts_at DESC NULLS LAST, price_minor, price.source_id) = 1
"""
KNOWN = """
CREATE OR REPLACE TEMP TABLE known_item AS
SELECT substr(wire_id, 6) AS item FROM beside WHERE kind = 'item' AND operation <> 'remove'
UNION
SELECT substr(wire_id, 6) FROM (
  SELECT wire_id, operation FROM brought
  WHERE starts_with(wire_id, 'item:') AND state NOT IN ('planned', 'dropped', 'rejected')
  QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
) WHERE operation <> 'remove'
"""
# An answer that was lost may have had its effect: what may be there is taken away too.
TOLD = f"""
INSERT INTO beside ({COLUMNS})
WITH counted AS (
  SELECT goods_name.id AS item, code, sum(greatest(available_thousandths, 0)) // 1000 AS quantity
  FROM stock JOIN goods_name USING (source, product_id) JOIN named_shop USING (store_id)
  WHERE source = $source AND available_thousandths IS NOT NULL GROUP BY ALL
), wanted AS (
  SELECT 'shelf:' || code || ':' || item AS wire_id,
         json_object('kind', 'shelf', 'item', item, 'store', code, 'quantity', CAST(quantity AS BIGINT),
           'price', printf('%d.%02d %s', asks.price_minor // 100, asks.price_minor % 100, $currency),
           'sale_price', CASE WHEN sale.price_minor < asks.price_minor THEN
             printf('%d.%02d %s', sale.price_minor // 100, sale.price_minor % 100, $currency) END,
           'sale_dates', CASE WHEN sale.price_minor < asks.price_minor THEN
             strftime(sale.starts_at, '%Y-%m-%dT%H:%M:%SZ') || '/'
             || strftime(sale.ends_at, '%Y-%m-%dT%H:%M:%SZ') END) AS payload
  FROM counted SEMI JOIN known_item USING (item)
  SEMI JOIN in_feed ON in_feed.item_id = counted.item
  LEFT JOIN (SELECT item, code, price_minor FROM asked WHERE kind = 'standard') AS asks USING (item, code)
  LEFT JOIN (SELECT * FROM asked WHERE kind = 'promo') AS sale USING (item, code)
), gone AS (
  SELECT wire_id, json_object('kind', 'shelf', 'item', arg_max(payload ->> '$.item', seq),
                              'store', arg_max(payload ->> '$.store', seq)) AS payload
  FROM brought SEMI JOIN (SELECT wire_id FROM said_of ANTI JOIN wanted USING (wire_id) WHERE was_there) USING (wire_id)
  GROUP BY wire_id
), due AS (
  SELECT CASE WHEN coalesce(was_there, false) THEN 'change' ELSE 'add' END AS operation, wire_id, payload,
         'what a shop has' AS reason
  FROM wanted LEFT JOIN said_of USING (wire_id)
  UNION ALL
  SELECT 'remove', wire_id, payload, 'no longer told of that shop' FROM gone
)
SELECT due.operation, 'shelf', '', wire_id, NULL, payload, md5(payload), reason
FROM due LEFT JOIN said_of USING (wire_id)
WHERE NOT coalesce(state IN ('accepted', 'staged', 'rejected') AND payload_hash = md5(payload)
                   AND (said_of.operation = 'remove') = (due.operation = 'remove'), false)
  AND NOT coalesce(said_of.operation = 'remove' AND written_at > $rested, false)
"""


def shelve(connection: duckdb.DuckDBPyConnection, destination: str, feed: Feed, how: Bring, now: datetime) -> None:
    """Plan what differs from what the shops have; where none is named, all that was told is taken back."""
    shelves = feed.shops.get(destination)
    codes, naive = shelves.codes if shelves else {}, now.astimezone(UTC).replace(tzinfo=None)
    values: dict[str, Any] = {
        "stores": [*codes], "codes": [*codes.values()], "source": shelves.source if shelves else "",
        "shop": feed.source, "currency": feed.currency, "now": naive,
        "rested": naive - timedelta(minutes=how.rest_minutes or 0),
    }  # fmt: skip
    for statement in (NAMED, CALLED, UNKNOWN_SHOPS, ASKED, KNOWN, TOLD):
        connection.execute(statement, {name: each for name, each in values.items() if f"${name}" in statement})
