"""What offers are for, where it can be had, and where the systems differ about it: price, promotion, stock, feeds.

Leaves in the engine: `offered` (offer, item, source, product_id, name), an item under each id it has anywhere, and
`on_hand` (offer, item, name, source, store), where a piece of it is; a store of NULL is a stock without shops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from plugins.feeds.compiling import Compiled
from plugins.feeds.facts import gather
from plugins.feeds.folder import published, standing
from plugins.feeds.plan import MEMORY_LIMIT, planned
from plugins.rules.offer_reading import ReadOffer
from plugins.store.engine import Store
from plugins.store.mirror import spill_path

MOST_PRODUCTS = 500
"""So many a code can be tied to."""
EMPTY = """
CREATE OR REPLACE TEMP TABLE offered (offer TEXT, item TEXT, source TEXT, product_id TEXT, name TEXT);
CREATE OR REPLACE TEMP TABLE on_hand (offer TEXT, item TEXT, name TEXT, source TEXT, store TEXT)
"""
# What each source that takes the code asks for each item now, and how many pieces it has.
ASKED = """
CREATE OR REPLACE TABLE asked AS
WITH place AS (
  SELECT chosen.product_id AS item, name, source FROM chosen, (SELECT unnest($sources) AS source)
), quoted AS (
  SELECT item, price.source, list_sort(list(DISTINCT price_minor) FILTER (kind = 'standard')) AS prices,
         list_sort(list(DISTINCT price_minor) FILTER (kind = 'promo')) AS promotions
  FROM price JOIN link USING (source, product_id)
  WHERE currency = $currency AND coalesce(quantity, 1) <= 1
    AND coalesce(starts_at <= $now, true) AND coalesce(ends_at > $now, true)
  GROUP BY ALL
)
SELECT place.*, link.product_id, coalesce(prices, []) AS prices, coalesce(promotions, []) AS promotions
FROM place LEFT JOIN link USING (item, source) LEFT JOIN quoted USING (item, source)
"""
DIFFERING = """
SELECT item, any_value(name) AS name, CASE
  WHEN bool_or(product_id IS NULL) THEN 'not known at ' || string_agg(source, ', ' ORDER BY source)
                                        FILTER (product_id IS NULL)
  WHEN bool_or(len(prices) = 0) THEN 'no price at ' || string_agg(source, ', ' ORDER BY source) FILTER (len(prices) = 0)
  WHEN len(list_distinct(flatten(list(prices)))) > 1 THEN 'price: ' || string_agg(_told(prices) || ' at ' || source,
                                                                                ', ' ORDER BY source)
  WHEN len(list(DISTINCT promotions)) > 1 OR max(len(promotions)) > 1 THEN 'promotion: ' || string_agg(
    CASE WHEN len(promotions) = 0 THEN 'none' ELSE _told(promotions) END || ' at ' || source, ', ' ORDER BY source)
  WHEN item IN (SELECT product_id FROM stale) THEN 'feed ' || (
    SELECT string_agg(feed, ', ' ORDER BY feed) FROM stale WHERE product_id = item) || ' says something else'
  END AS what
FROM asked GROUP BY item
"""
HERE = """
SELECT DISTINCT item, name, source, store_id FROM stock
JOIN (SELECT item, name, source, product_id FROM asked WHERE product_id IS NOT NULL) AS known USING (source, product_id)
WHERE coalesce(available_thousandths >= 1000, status = 'instock')
"""


@dataclass(frozen=True, slots=True)
class Sold:
    """The products of the first system that takes a code, and of the others what is the same."""

    source: str
    fill_from: Sequence[str]
    stock: Mapping[str, str]
    currency: str
    store: None = None
    prefer: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A product of an offer about which systems do not say the same."""

    product: str
    what: str


@dataclass(frozen=True, slots=True)
class Goods:
    """What an offer comes to, of the products it is for."""

    products: int
    """How many it is for, as things stand; 0 where it is for no product in particular, too."""
    differences: tuple[Difference, ...] = ()
    held: str = ""
    """Why nobody gets it now; empty where nothing is in the way."""


def lay_out(
    connection: duckdb.DuckDBPyConnection, store: Store, offers: Iterable[ReadOffer], feeds: Sequence[Compiled],
    folder: Path, currency: str, now: datetime,
) -> dict[str, Goods]:  # fmt: skip
    """Make `offered` and `on_hand`, and return what each offer comes to; `folder` has the published feeds."""
    connection.execute(EMPTY)
    found = {each.name: Goods(0) for each in offers}
    alike: dict[tuple[str, ...], list[ReadOffer]] = {}
    for each in offers:
        if each.products is not None:
            alike.setdefault(tuple(each.offer.redeem), []).append(each)
    stale = _stale(feeds, store, folder, now) if alike else []
    known = [source for (source,) in connection.execute("SELECT DISTINCT source FROM product ORDER BY 1").fetchall()]
    for sources, some in alike.items():
        with duckdb.connect(
            ":memory:", config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill_path(store)}
        ) as engine:
            others = [each for each in known if each not in sources]  # what is bought there is the same thing, too
            _gather(engine, store, [*sources, *others], stale, currency, now)
            found |= {each.name: _of_offer(connection, engine, each, currency, now) for each in some}
    return found


def _gather(
    engine: duckdb.DuckDBPyConnection, store: Store, sources: Sequence[str], stale: Sequence[tuple[str, str, str]],
    currency: str, now: datetime,
) -> None:  # fmt: skip
    first, *others = sources
    gather(engine, store, Sold(first, others, dict.fromkeys(sources, "all"), currency), now)
    engine.execute(r"CREATE MACRO _told(amounts) AS array_to_string([printf('%d.%02d', a // 100, a % 100) "
                   "FOR a IN amounts], ' and ')")  # fmt: skip
    engine.execute("CREATE TABLE stale (feed TEXT, product_id TEXT)")
    for feed_name, source, product in stale:
        if source == first:
            engine.execute("INSERT INTO stale VALUES (?, ?)", [feed_name, product])


def _of_offer(
    connection: duckdb.DuckDBPyConnection, engine: duckdb.DuckDBPyConnection, read: ReadOffer, currency: str,
    now: datetime,
) -> Goods:  # fmt: skip
    assert read.products is not None
    engine.execute(
        f"CREATE OR REPLACE TABLE chosen AS SELECT product_id, name FROM fact WHERE {read.products.sql}",
        read.products.bind(now),
    )
    given = {"sources": list(read.offer.redeem), "currency": currency, "now": now.astimezone(UTC).replace(tzinfo=None)}
    engine.execute(ASKED, given)
    engine.execute(f"CREATE OR REPLACE TABLE differing AS SELECT * FROM ({DIFFERING}) WHERE what IS NOT NULL")
    engine.execute("DELETE FROM asked WHERE item IN (SELECT item FROM differing)")
    count = engine.execute("SELECT count(DISTINCT item) FROM asked").fetchall()[0][0]
    differences = engine.execute("SELECT DISTINCT name, what FROM differing ORDER BY ALL").fetchall()
    here = engine.execute(HERE).fetchall()
    _copy(connection, "offered", [[read.name, *row] for row in engine.execute(OFFERED).fetchall()])
    _copy(connection, "on_hand", [[read.name, *row] for row in here])
    return Goods(count, tuple(Difference(*row) for row in differences), _held(read, count, len(differences), len(here)))


OFFERED = "SELECT item, source, product_id, name FROM (SELECT DISTINCT item, name FROM asked) JOIN link USING (item)"


def _copy(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _held(read: ReadOffer, products: int, differing: int, places: int) -> str:
    """Say why an offer waits: systems differ, or there is nothing it is for."""
    if differing and read.offer.differ == "hold":
        return f"{differing} products are not the same everywhere"
    if not products:
        return "there is no product it is for" if not differing else "no product is the same everywhere"
    if products > MOST_PRODUCTS:
        return f"it is for {products} products, and a code holds {MOST_PRODUCTS}; narrow them down"
    return "" if places else "none of its products is in stock"


def _stale(
    feeds: Sequence[Compiled], store: Store, folder: Path, now: datetime
) -> list[tuple[str, str, str]]:  # fmt: skip
    """Return feed, source and product of what published feeds say otherwise than they would now."""
    found = []
    for each in feeds:
        if published(standing(folder, each.name)) is None:
            continue
        with planned(each, store, folder, now) as (engine, _):
            source = each.read.feed.source
            found += [(each.name, source, product) for (product,) in engine.execute(SAID_OTHERWISE).fetchall()]
    return found


SAID_OTHERWISE = """
SELECT item._key FROM standing JOIN item ON item.id = standing.item_id LEFT JOIN digest ON digest.item_id = item.id
WHERE digest.hash IS DISTINCT FROM standing.hash
"""
