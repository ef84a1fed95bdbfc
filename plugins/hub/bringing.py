"""What a destination is told beside who is in its audiences: items and prices of product feeds, purchases, baskets.

Items and prices are those of the feed that is published, and so is what shops have of them: its guards have spoken. A
purchase or a basket is told only of whom the destination may know, and the gate asks again when it is sent. Leaves
table `beside`, in the shape of a plan by record, and `left_out`: what is not told, and why; table `brought` (the
journal of the destination) is there.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import duckdb

from plugins.feeds.folder import GOODS, feeds_folder, standing
from plugins.hub import pricing
from plugins.hub.destinations import Bring, Channel, Kind, RecordChannel
from plugins.hub.meaning import Meaning
from plugins.hub.promoting import promote
from plugins.hub.selling import COLUMNS, rule_of, sell
from plugins.hub.shelving import shelve
from plugins.rules.feeds import Feed
from plugins.store.engine import Store

KINDS = get_args(Kind)
OF_FEEDS: tuple[Kind, ...] = ("item", "stock", "price")
OF_PERSONS: tuple[Kind, ...] = ("purchase", "basket", "event")
OF_NOBODY: tuple[Kind, ...] = (*OF_FEEDS, "shelf", "promotion")
FOR_EVER_DAYS, AS_OFTEN_AS_NEEDED = 36_500, 1_000_000
BESIDE = """
CREATE OR REPLACE TEMP TABLE beside (
  operation TEXT, kind TEXT, profile_id TEXT, wire_id TEXT, permit TEXT, payload TEXT, payload_hash TEXT, reason TEXT,
  cause TEXT, acted_at TEXT, stored_at TEXT, found TEXT
)
"""
LEFT_OUT = "CREATE OR REPLACE TEMP TABLE left_out (kind TEXT, what TEXT, why TEXT)"
BROUGHT = """
CREATE OR REPLACE TEMP TABLE brought AS
SELECT seq, wire_id, profile_id, operation, payload, payload_hash, state,
       TRY_CAST(answered_at AS TIMESTAMP) AS answered_at FROM journal WHERE contains(wire_id, ':')
"""
# The newest decision about each thing, and whether it may be there.
SAID_OF = """
CREATE OR REPLACE TEMP TABLE said_of AS
SELECT wire_id, arg_max(profile_id, seq) AS profile_id, arg_max(operation, seq) AS operation,
       arg_max(payload_hash, seq) AS payload_hash, arg_max(state, seq) AS state,
       bool_or(operation <> 'remove' AND state <> 'rejected') AS was_there,
       max(answered_at) FILTER (state <> 'rejected') AS written_at,
       max(answered_at) FILTER (state = 'rejected') AS refused_at,
       count(*) FILTER (state <> 'rejected' AND answered_at >= $today) AS written_today
FROM brought WHERE starts_with(wire_id, $kind || ':') AND state NOT IN ('planned', 'dropped') GROUP BY wire_id
"""
OFFERED = "CREATE OR REPLACE TEMP TABLE in_feed AS SELECT item_id, hash, fields FROM read_parquet($file)"
WANTED = {
    "item": """
        SELECT 'item:' || item_id AS wire_id, hash,
               json_object('kind', 'item', 'id', item_id, 'fields', CAST(fields AS JSON)) AS payload FROM in_feed""",
    "stock": """
        SELECT 'stock:' || item_id AS wire_id, md5(payload) AS hash, payload FROM (
          SELECT item_id, json_object('kind', 'stock', 'sku', item_id,
            'stock', TRY_CAST(fields ->> '$.stock' AS BIGINT), 'title', fields ->> '$.title',
            'gtin', coalesce(fields ->> '$.ean', fields ->> '$.gtin')) AS payload
          FROM in_feed WHERE TRY_CAST(fields ->> '$.stock' AS BIGINT) >= 0)""",
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
                   AND (said_of.operation = 'remove') = (due.operation = 'remove')
                   AND (due.operation = 'remove' OR state = 'rejected' OR written_at > $renewed), false)
  AND coalesce(written_today, 0) < $a_day
"""
UNTOLD = "SELECT kind, what, why FROM left_out ORDER BY ALL"
COUNTED = "SELECT kind, operation, count(*) FROM beside GROUP BY ALL"


def bring(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, channel: Channel | RecordChannel,
    now: datetime,
) -> Counter[tuple[str, str]]:  # fmt: skip
    """Work out table `beside` for one destination; returns how many rows of each kind and operation."""
    connection.execute(BESIDE)
    connection.execute(LEFT_OUT)
    for kind, how in channel.brings.items():
        _said(connection, kind, now)
        if kind == "price":
            _prices(connection, store, meaning, channel.destination, how, now)
        elif kind in OF_FEEDS:
            _goods(connection, store, meaning, channel.destination, kind, how, now)
        elif kind == "shelf":
            _shelves(connection, store, meaning, channel.destination, how, now)
        elif kind == "promotion":
            promote(connection, channel.destination, meaning.promotions, now)
        elif rule := rule_of(meaning, channel.destination, kind):
            named = feed_of(meaning, channel.destination)
            sell(connection, channel, rule, how, named[1].source if named else "", now)
    return Counter({(kind, operation): count for kind, operation, count in connection.execute(COUNTED).fetchall()})


def calls(channel: Channel | RecordChannel, told: Counter[tuple[str, str]]) -> int:
    """Return how many calls the rows take at least."""
    rows = Counter[str]()
    for (kind, _), count in told.items():
        of, _, manner = kind.partition(", ")
        rows[of] += count if manner != "noted" else 0
    return sum(-(-rows[kind] // how.size) for kind, how in channel.brings.items())


def feed_of(meaning: Meaning, destination: str) -> tuple[str, Feed] | None:
    """Return the feed whose items a destination is told, with its name."""
    found = ((each.name, each.feed) for each in meaning.feeds if destination in each.feed.told)
    return next(found, None)


def _said(connection: duckdb.DuckDBPyConnection, kind: str, now: datetime) -> None:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    connection.execute(SAID_OF, {"kind": kind, "today": midnight})


def _goods(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    meaning: Meaning,
    destination: str,
    kind: Kind,
    how: Bring,
    now: datetime,
) -> None:
    """Plan what differs from the published feed; where none is published nothing is known, and nothing is told."""
    named = feed_of(meaning, destination)
    file = _published(store, named[0]) if named else None
    if named is None or file is None:
        return
    connection.execute(OFFERED, {"file": str(file)})
    _differing(connection, GOODS_TOLD.format(wanted=WANTED[kind], left=LEFT[kind], feed=named[0]), kind, how, now)


def _prices(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, destination: str, how: Bring, now: datetime
) -> None:
    """Plan what differs from the published feed in each price list; one that no feed keeps is left alone."""
    for name, feed, listed in pricing.kept(meaning, destination):
        if file := _published(store, name):
            connection.execute(OFFERED, {"file": str(file)})
            pricing.lay_out(connection, feed, listed)
            _said(connection, pricing.kind_of(listed), now)
            sql = GOODS_TOLD.format(wanted=pricing.WANTED, left=pricing.LEFT, feed=name)
            _differing(connection, sql, "price", how, now)


def _differing(connection: duckdb.DuckDBPyConnection, sql: str, kind: Kind, how: Bring, now: datetime) -> None:
    renewed = now - timedelta(days=how.renew_days or FOR_EVER_DAYS)
    naive = renewed.astimezone(UTC).replace(tzinfo=None)
    connection.execute(sql, {"kind": kind, "a_day": how.a_day or AS_OFTEN_AS_NEEDED, "renewed": naive})


def _shelves(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, destination: str, how: Bring, now: datetime
) -> None:
    """Plan what the shops have of the published feed; where none is published nothing is told."""
    named = feed_of(meaning, destination)
    file = _published(store, named[0]) if named else None
    if named and file:
        connection.execute(OFFERED, {"file": str(file)})
        shelve(connection, destination, named[1], how, now)


def _published(store: Store, name: str) -> Path | None:
    file = standing(feeds_folder(store), name) / GOODS
    return file if file.exists() else None
