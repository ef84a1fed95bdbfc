"""What a destination is told beside who is in its audiences: items of a product feed, purchases, baskets.

Items are those of the feed that is published: its guards have spoken. A purchase or a basket is told only of whom the
destination may know, and the gate asks again when it is sent. Leaves table `beside`, in the shape of a plan by record;
table `brought` (the journal of the destination) is there.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import duckdb

from plugins.feeds.folder import GOODS, feeds_folder, standing
from plugins.hub.destinations import Bring, Channel, Kind, RecordChannel
from plugins.hub.meaning import Meaning
from plugins.rules.feeds import Feed
from plugins.rules.sales import Sales
from plugins.store.engine import Store

KINDS = get_args(Kind)
OF_FEEDS: tuple[Kind, ...] = ("item", "stock")
OF_PERSONS: tuple[Kind, ...] = ("purchase", "basket")
WAYS = {"shop": "store", "web": "web"}
"""Where something is bought, and what an order calls that."""
BESIDE = """
CREATE OR REPLACE TEMP TABLE beside (
  operation TEXT, kind TEXT, profile_id TEXT, wire_id TEXT, permit TEXT, payload TEXT, payload_hash TEXT, reason TEXT,
  cause TEXT, acted_at TEXT, stored_at TEXT, found TEXT
)
"""
COLUMNS = "operation, kind, profile_id, wire_id, permit, payload, payload_hash, reason"
BROUGHT = """
CREATE OR REPLACE TEMP VIEW brought AS
SELECT seq, wire_id, profile_id, operation, payload, payload_hash, state,
       TRY_CAST(answered_at AS TIMESTAMP) AS answered_at FROM journal
"""
# The newest decision about each thing, and whether it may be there.
SAID_OF = """
CREATE OR REPLACE TEMP TABLE said_of AS
SELECT wire_id, arg_max(profile_id, seq) AS profile_id, arg_max(operation, seq) AS operation,
       arg_max(payload_hash, seq) AS payload_hash, arg_max(state, seq) AS state,
       bool_or(operation <> 'remove' AND state <> 'rejected') AS was_there,
       count(*) FILTER (state <> 'rejected' AND answered_at >= $today) AS written_today
FROM brought WHERE starts_with(wire_id, $kind || ':') AND state NOT IN ('planned', 'dropped') GROUP BY wire_id
"""
OFFERED = "CREATE OR REPLACE TEMP TABLE offered AS SELECT item_id, hash, fields FROM read_parquet($file)"
WANTED = {
    "item": """
        SELECT 'item:' || item_id AS wire_id, hash,
               json_object('kind', 'item', 'id', item_id, 'fields', CAST(fields AS JSON)) AS payload FROM offered""",
    "stock": """
        SELECT 'stock:' || item_id AS wire_id, md5(payload) AS hash, payload FROM (
          SELECT item_id, json_object('kind', 'stock', 'sku', item_id,
            'stock', TRY_CAST(fields ->> '$.stock' AS BIGINT), 'title', fields ->> '$.title',
            'gtin', coalesce(fields ->> '$.ean', fields ->> '$.gtin')) AS payload
          FROM offered WHERE TRY_CAST(fields ->> '$.stock' AS BIGINT) >= 0)""",
}
# What is not offered any more is taken out, or sold out where a channel knows only how many there are.
LEFT = {
    "item": """
        SELECT 'remove' AS operation, wire_id,
               json_object('kind', 'item', 'id', substr(wire_id, 6), 'fields', json('{}')) AS payload FROM gone""",
    "stock": """
        SELECT 'change' AS operation, wire_id, json_object('kind', 'stock', 'sku', substr(wire_id, 7), 'stock', 0,
               'title', NULL, 'gtin', NULL) AS payload FROM gone""",
}
GOODS_TOLD = f"""
INSERT INTO beside ({COLUMNS})
WITH wanted AS ({{wanted}}), gone AS (
  SELECT wire_id FROM said_of ANTI JOIN wanted USING (wire_id) WHERE was_there
), due AS (
  SELECT CASE WHEN coalesce(was_there, false) THEN 'change' ELSE 'add' END AS operation, wire_id, payload, hash,
         'product feed {{feed}}' AS reason
  FROM wanted LEFT JOIN said_of USING (wire_id)
  UNION ALL
  SELECT operation, wire_id, payload, md5(payload), 'no longer in product feed {{feed}}' FROM ({{left}})
)
SELECT due.operation, $kind, '', wire_id, NULL, payload, hash, reason
FROM due LEFT JOIN said_of USING (wire_id)
WHERE NOT coalesce(state IN ('accepted', 'staged', 'rejected') AND payload_hash = hash
                   AND (said_of.operation = 'remove') = (due.operation = 'remove'), false)
  AND coalesce(written_today, 0) < $a_day
"""
# Who may be known at the destination, and by which address; one address is one person's.
REACHED = """
CREATE OR REPLACE TEMP TABLE reached AS
SELECT profile_id, address, permit FROM consent_state
WHERE channel = $channel AND purpose = $purpose AND state = 'granted' AND address IS NOT NULL
  AND address NOT IN (SELECT address FROM refused WHERE channel = $channel AND purpose = $purpose)
  AND address NOT IN (SELECT email FROM aliased)
QUALIFY row_number() OVER (PARTITION BY address ORDER BY is_own DESC, granted_at DESC, profile_id) = 1
"""
OWNED = """
SELECT reached.profile_id, address, permit, told.*
FROM {entity} AS told
LEFT JOIN customer ON customer.source = told.source AND customer.source_id = told.customer_id
LEFT JOIN placed USING (n) LEFT JOIN person USING (p)
JOIN reached ON reached.profile_id = person.profile_id OR (customer.n IS NULL AND reached.address = told.email)
"""
# What a thing is called in the feed that the destination knows: the same thing elsewhere has the same GTIN.
CALLED = """
CREATE OR REPLACE TEMP TABLE called AS
WITH shop AS (SELECT ltrim(gtin, '0') AS gtin, min(sku) AS sku FROM product
              WHERE source = $shop AND gtin IS NOT NULL AND sku IS NOT NULL GROUP BY ALL)
SELECT product.source, product.source_id AS product_id, coalesce(shop.sku, product.sku) AS id
FROM product LEFT JOIN shop ON shop.gtin = ltrim(product.gtin, '0')
"""
PURCHASES = f"""
INSERT INTO beside ({COLUMNS})
WITH bought AS (
  SELECT * FROM ({OWNED.format(entity='"order"')})
  WHERE is_paid AND total_minor > 0 AND ordered_at > $since AND list_contains($ways, channel)
), line AS (
  SELECT line.source, line.order_id,
         to_json(list(struct_pack(id := coalesce(called.id, line.sku, line.product_id),
           quantity := quantity_thousandths // 1000, unit_minor := line.total_minor * 1000 // quantity_thousandths)
           ORDER BY line_number, line.source_id) FILTER (quantity_thousandths >= 1000
             AND coalesce(called.id, line.sku, line.product_id) IS NOT NULL)) AS items,
         -sum(line.total_minor) FILTER (returns_order_id = line.order_id) AS returned
  FROM order_line AS line SEMI JOIN bought ON bought.source = line.source AND bought.source_id = line.order_id
  LEFT JOIN called ON called.source = line.source AND called.product_id = line.product_id
  GROUP BY line.source, line.order_id
), wanted AS (
  SELECT bought.profile_id, permit, 'purchase:' || bought.source || ':' || bought.source_id AS wire_id,
         json_object('kind', 'purchase', 'reference', bought.source || ':' || bought.source_id,
           'place', CASE channel WHEN 'store' THEN 'shop' ELSE 'web' END,
           'at', strftime(ordered_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'currency', currency, 'total_minor', total_minor,
           'store', store_id, 'email', address, 'fields', json_merge_patch('{{{{}}}}', json_object({{fields}})),
           'items', coalesce(items, json('[]'))) AS payload
  FROM bought LEFT JOIN line ON line.source = bought.source AND line.order_id = bought.source_id
  LEFT JOIN trait USING (profile_id) WHERE coalesce(returned, 0) < total_minor
)
SELECT 'add', 'purchase', wanted.profile_id, wire_id, permit, payload, md5(wire_id), 'bought lately'
FROM wanted LEFT JOIN said_of USING (wire_id)
WHERE said_of.wire_id IS NULL OR (state IN ('unknown', 'prepared') AND NOT $once)
QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY wanted.profile_id) = 1
"""
# Of everybody the basket they touched last: what somebody left in two systems is one basket to them.
BASKETS = f"""
INSERT INTO beside ({COLUMNS})
WITH open AS (
  SELECT *, CAST(lines AS JSON[]) AS held FROM ({OWNED.format(entity="basket")})
  WHERE status IN ('open', 'active', 'abandoned') AND updated_at > $since
), line AS (
  SELECT source, source_id, list(struct_pack(id := coalesce(called.id, said ->> '$.sku', product_id),
           quantity := pieces // 1000, unit_minor := CAST(said ->> '$.total_minor' AS BIGINT) * 1000 // pieces)
           ORDER BY place) AS items, sum(CAST(said ->> '$.total_minor' AS BIGINT)) AS worth
  FROM (SELECT source, source_id, said, place, said ->> '$.product_id' AS product_id,
               CAST(said ->> '$.quantity_thousandths' AS BIGINT) AS pieces
        FROM (SELECT source, source_id, unnest(held) AS said, unnest(range(len(held))) AS place FROM open)) AS told
  LEFT JOIN called USING (source, product_id)
  WHERE pieces >= 1000 AND coalesce(called.id, said ->> '$.sku', product_id) IS NOT NULL
    AND (said ->> '$.total_minor') IS NOT NULL
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
"""
COUNTED = "SELECT kind, operation, count(*) FROM beside GROUP BY ALL"


def bring(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, channel: Channel | RecordChannel,
    now: datetime,
) -> Counter[tuple[str, str]]:  # fmt: skip
    """Work out table `beside` for one destination; returns how many rows of each kind and operation."""
    connection.execute(BESIDE)
    for kind, how in channel.brings.items():
        _said(connection, kind, now)
        if kind in OF_FEEDS:
            _goods(connection, store, meaning, channel.destination, kind, how)
        elif isinstance(channel, Channel):
            _sales(connection, meaning, channel, kind, how, now)
    return Counter({(kind, operation): count for kind, operation, count in connection.execute(COUNTED).fetchall()})


def calls(channel: Channel | RecordChannel, told: Counter[tuple[str, str]]) -> int:
    """Return how many calls the rows take at least."""
    rows = Counter[str]()
    for (kind, _), count in told.items():
        rows[kind] += count
    return sum(-(-rows[kind] // how.size) for kind, how in channel.brings.items())


def feed_of(meaning: Meaning, destination: str) -> tuple[str, Feed] | None:
    """Return the feed whose items a destination is told, with its name."""
    found = ((each.name, each.feed) for each in meaning.feeds if destination in each.feed.bring_to)
    return next(found, None)


def _said(connection: duckdb.DuckDBPyConnection, kind: str, now: datetime) -> None:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    connection.execute(SAID_OF, {"kind": kind, "today": midnight})


def _goods(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, destination: str, kind: Kind, how: Bring
) -> None:
    """Plan what differs from the published feed; where none is published nothing is known, and nothing is told."""
    named = feed_of(meaning, destination)
    file = _published(store, named[0]) if named else None
    if named is None or file is None:
        return
    connection.execute(OFFERED, {"file": str(file)})
    sql = GOODS_TOLD.format(wanted=WANTED[kind], left=LEFT[kind], feed=named[0])
    connection.execute(sql, {"kind": kind, "a_day": how.a_day or 1_000_000})


def _published(store: Store, name: str) -> Path | None:
    file = standing(feeds_folder(store), name) / GOODS
    return file if file.exists() else None


def _sales(
    connection: duckdb.DuckDBPyConnection, meaning: Meaning, channel: Channel, kind: Kind, how: Bring, now: datetime
) -> None:
    """Plan what is to be told of people; without a rule that says so nothing is."""
    rule = next((each for each in meaning.sales if each.kind == kind and channel.destination in each.to), None)
    if rule is None:
        return
    named = feed_of(meaning, channel.destination)
    connection.execute(CALLED, {"shop": named[1].source if named else ""})
    connection.execute(REACHED, {"channel": channel.channel, "purpose": channel.purpose})
    since = (now - timedelta(days=min(rule.days, how.days or rule.days))).astimezone(UTC).replace(tzinfo=None)
    values: dict[str, Any] = {"since": since}
    if kind == "purchase":
        values |= {"ways": [WAYS[place] for place in rule.places], "once": how.once}
    connection.execute(_told(rule, channel.destination), values)


def _told(rule: Sales, destination: str) -> str:
    if rule.kind == "basket":
        return BASKETS
    fields = ", ".join(f"'{name}', CAST(trait.{name} AS TEXT)" for name in rule.to[destination].fields)
    return PURCHASES.format(fields=fields)
