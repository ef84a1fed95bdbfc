"""The facts of products as the engine's table `fact`: one row for each sellable product of the feed's source.

Products, prices and stock are all that is read of the store (`READ`): no person's record comes near a feed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import duckdb

from plugins.rules.catalogue import DUCKDB_TYPES
from plugins.rules.feed_facts import FACTS, FILLED
from plugins.store.engine import Store
from plugins.store.mirror import attached

READ = ("product", "price", "stock")
LIVING = "NOT CAST(is_deleted AS BOOLEAN) AND NOT CAST(is_absent AS BOOLEAN)"
TIMES = {"product": ("changed_at",), "price": ("starts_at", "ends_at"), "stock": ("changed_at",)}

MACROS = r"""
CREATE OR REPLACE MACRO is_wide(t) AS
  contains(t, '  ') OR contains(t, chr(10)) OR contains(t, chr(9)) OR contains(t, chr(13)) OR contains(t, chr(12));
CREATE OR REPLACE MACRO clean(t) AS
  nullif(trim(CASE WHEN is_wide(t) THEN regexp_replace(t, '\s+', ' ', 'g') ELSE t END), '');
CREATE OR REPLACE MACRO letters(t) AS CASE WHEN contains(t, '&') THEN
  replace(replace(replace(replace(replace(replace(replace(
    t, '&nbsp;', ' '), '&quot;', '"'), '&#39;', ''''), '&euro;', '€'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')
  ELSE t END;
CREATE OR REPLACE MACRO untagged(t) AS
  CASE WHEN contains(t, '<') THEN regexp_replace(t, '<[A-Za-z/!][^>]*>', ' ', 'g') ELSE t END;
CREATE OR REPLACE MACRO address(t) AS replace(replace(nullif(trim(t), ''), ' ', '%20'), ',', '%2C');
"""

# Texts are cleaned once, step by step: a macro writes its argument out as often as it speaks of it.
TOLD = r"""
CREATE OR REPLACE TABLE told AS
WITH untagged AS (
  SELECT source, source_id, nullif(parent_id, '') AS parent_id, clean(product_code) AS product_code, clean(sku) AS sku,
    nullif(regexp_replace(gtin, '[\s-]', '', 'g'), '') AS gtin, untagged(name) AS name,
    untagged(description) AS description, nullif(description, '') AS description_html, untagged(brand) AS brand,
    untagged(category) AS category, untagged(department) AS department, clean(colour) AS colour, clean(size) AS size,
    address(url) AS url, address(image_url) AS image_url, clean(status) AS life_status, is_online, changed_at
  FROM product
), lettered AS (
  SELECT * REPLACE (letters(name) AS name, letters(description) AS description, letters(brand) AS brand,
                    letters(category) AS category, letters(department) AS department) FROM untagged
)
SELECT * REPLACE (clean(name) AS name, clean(description) AS description, clean(brand) AS brand,
                  clean(category) AS category, clean(department) AS department) FROM lettered
"""

# A size or colour often has little of its own: what its parent says counts for it too.
KNOWN = """
CREATE OR REPLACE TABLE known AS
SELECT own.* REPLACE (
    coalesce(parent.name, own.name) AS name, coalesce(own.description, parent.description) AS description,
    coalesce(own.description_html, parent.description_html) AS description_html,
    coalesce(own.brand, parent.brand) AS brand, coalesce(own.category, parent.category) AS category,
    coalesce(own.department, parent.department) AS department, coalesce(own.url, parent.url) AS url,
    coalesce(own.image_url, parent.image_url) AS image_url,
    own.is_online AND coalesce(parent.is_online, true) AS is_online),
  CASE WHEN parent.name IS NOT NULL THEN own.name END AS variant_name
FROM told AS own LEFT JOIN told AS parent ON parent.source = own.source AND parent.source_id = own.parent_id
"""

# What is a parent is not sold itself. The same thing elsewhere has the same GTIN, or else the same sku.
LINK = """
CREATE OR REPLACE TABLE link AS
WITH item AS (
  FROM known WHERE source = $source
    AND source_id NOT IN (SELECT parent_id FROM known WHERE source = $source AND parent_id IS NOT NULL)
), other AS (
  FROM known WHERE source <> $source
), near AS (
  SELECT item.source_id AS item, other.source, other.source_id AS product_id, 0 AS closeness FROM item
  JOIN other ON ltrim(other.gtin, '0') = ltrim(item.gtin, '0')
  UNION ALL
  SELECT item.source_id, other.source, other.source_id, 1 FROM item
  JOIN other ON other.sku = item.sku
)
SELECT source_id AS item, source, source_id AS product_id FROM item UNION ALL
SELECT item, source, product_id FROM near
QUALIFY row_number() OVER (PARTITION BY item, source ORDER BY closeness, product_id) = 1
"""

STANDARD = """
CREATE OR REPLACE TABLE standard AS
SELECT item, price.source, price_minor FROM price
JOIN link USING (source, product_id) JOIN (SELECT unnest($prices) AS source, unnest($ranks) AS rank) USING (source)
WHERE kind = 'standard' AND currency = $currency AND coalesce(quantity, 1) <= 1
  AND (store_id IS NULL OR store_id = $store)
  AND coalesce(starts_at <= $now, true) AND coalesce(ends_at > $now, true)
QUALIFY row_number() OVER (
  PARTITION BY item ORDER BY rank, store_id NULLS LAST, starts_at DESC NULLS LAST, price.source_id) = 1
"""

# Who says what a product costs also says what it costs on sale; a sale that is on comes before one that will be.
SALE = """
CREATE OR REPLACE TABLE sale AS
SELECT item, price.price_minor AS sale_price_minor, starts_at AS sale_starts_at, ends_at AS sale_ends_at FROM price
JOIN link USING (source, product_id) JOIN standard USING (item, source)
WHERE kind = 'promo' AND currency = $currency AND coalesce(quantity, 1) <= 1
  AND (store_id IS NULL OR store_id = $store) AND coalesce(ends_at > $now, true)
QUALIFY row_number() OVER (
  PARTITION BY item ORDER BY coalesce(starts_at <= $now, true) DESC, store_id NULLS LAST, starts_at, price.price_minor,
  price.source_id) = 1
"""

# A store that is short does not take pieces away from another.
PIECES = """
CREATE OR REPLACE TABLE pieces AS
SELECT item,
  CAST(sum(greatest(available_thousandths, 0)) FILTER (available_thousandths IS NOT NULL) // 1000 AS BIGINT) AS stock,
  coalesce(bool_or(status = 'instock'), false) AS is_said, coalesce(bool_or(status = 'onbackorder'), false) AS is_coming
FROM stock JOIN link USING (source, product_id)
JOIN (SELECT unnest($stock_sources) AS source, unnest($stock_stores) AS place) USING (source)
WHERE place IS NULL OR place = store_id GROUP BY item
"""


class Range(Protocol):
    """Whose products are meant, and who else is asked about them: a feed says so, and so does an offer."""

    @property
    def source(self) -> str: ...
    @property
    def fill_from(self) -> Sequence[str]: ...
    @property
    def prefer(self) -> Mapping[str, str]: ...
    @property
    def stock(self) -> Mapping[str, Any]: ...
    @property
    def store(self) -> str | None: ...
    @property
    def currency(self) -> str: ...


def gather(engine: duckdb.DuckDBPyConnection, store: Store, feed: Range, now: datetime) -> None:
    """Make `fact` from the living products, prices and stock of the store at this moment."""
    sources = [*dict.fromkeys((feed.source, *feed.fill_from, *feed.stock))]
    engine.execute("SET TimeZone = 'UTC'")
    with attached(engine, store):
        for entity in READ:
            engine.execute(_copied(entity), [sources])
    derive(engine, feed, now)


def derive(engine: duckdb.DuckDBPyConnection, feed: Range, now: datetime) -> None:
    """Make `fact` from the tables `product`, `price` and `stock`."""
    prices = _by_preference(feed, "price_minor")
    places = [(source, store) for source, stores in _counted(feed).items() for store in stores]
    given: dict[str, Any] = {
        "source": feed.source, "currency": feed.currency, "store": feed.store,
        "now": now.astimezone(UTC).replace(tzinfo=None), "prices": prices, "ranks": list(range(len(prices))),
        **{f"source{number}": source for number, source in enumerate((feed.source, *feed.fill_from))},
        "stock_sources": [source for source, _ in places], "stock_stores": [store for _, store in places],
    }  # fmt: skip
    engine.execute(MACROS)
    for statement in (TOLD, KNOWN, LINK, STANDARD, SALE, PIECES, _fact(feed)):
        engine.execute(statement, {name: given[name] for name in re.findall(r"\$(\w+)", statement)})


def _copied(entity: str) -> str:
    """Return the statement that copies the living records of an entity, of some sources."""
    casts = [f"TRY_CAST({name} AS TIMESTAMP) AS {name}" for name in TIMES[entity]]
    casts += ["CAST(is_online AS BOOLEAN) AS is_online"] if entity == "product" else []
    return (
        f"CREATE OR REPLACE TABLE {entity} AS SELECT * EXCLUDE (raw) REPLACE ({', '.join(casts)}) "
        f"FROM origin.{entity} WHERE list_contains(?, source) AND {LIVING}"
    )


def _counted(feed: Range) -> dict[str, list[str | None]]:
    """Return the stores whose stock counts, by source; None is all of them."""
    counted = feed.stock or {feed.source: "all"}
    return {source: [None] if stores == "all" else list(stores) for source, stores in counted.items()}


def _by_preference(feed: Range, fact: str) -> list[str]:
    """Return the sources that are asked for a fact, first the one that counts first."""
    known = [feed.source, *feed.fill_from]
    return [*dict.fromkeys((feed.prefer.get(fact, feed.source), *known))]


def _fact(feed: Range) -> str:
    sources = [feed.source, *feed.fill_from]
    alias = {source: f"k{number}" for number, source in enumerate(sources)}
    filled = {fact: f"coalesce({', '.join(f'{alias[each]}.{fact}' for each in _by_preference(feed, fact))})"
              for fact in FILLED}  # fmt: skip
    joins = " ".join(_joined(alias[source]) for source in feed.fill_from)
    values = {**{name: f"k0.{name}" for name in FACTS}, **filled, **DERIVED}
    columns = ", ".join(f'CAST({values[name]} AS {_type(name)}) AS "{name}"' for name in FACTS)
    return FACT.format(columns=columns, joins=joins)


def _joined(alias: str) -> str:
    number = alias.removeprefix("k")
    return (
        f"LEFT JOIN link AS l{number} ON l{number}.item = k0.source_id AND l{number}.source = $source{number} "
        f"LEFT JOIN known AS {alias} ON {alias}.source = l{number}.source AND {alias}.source_id = l{number}.product_id"
    )


def _type(fact: str) -> str:
    kind = FACTS[fact].type
    return "TIMESTAMP" if kind == "time" else DUCKDB_TYPES[kind]


DERIVED = {
    "product_id": "k0.source_id",
    "variant_count": "count(k0.parent_id) OVER (PARTITION BY k0.parent_id)",
    "price_minor": "standard.price_minor",
    **{name: f"sale.{name}" for name in ("sale_price_minor", "sale_starts_at", "sale_ends_at")},
    "is_on_sale": "sale.item IS NOT NULL AND coalesce(sale.sale_starts_at <= $now, true)",
    "discount_percent": "(standard.price_minor - sale.sale_price_minor) * 100 // nullif(standard.price_minor, 0)",
    "stock": "pieces.stock",
    "is_in_stock": "CASE WHEN pieces.stock IS NOT NULL THEN pieces.stock > 0 ELSE coalesce(pieces.is_said, false) END",
    "availability": "CASE WHEN coalesce(pieces.stock > 0, pieces.is_said) THEN 'in_stock' "
    "WHEN pieces.is_coming THEN 'backorder' ELSE 'out_of_stock' END",
}
FACT = """
CREATE OR REPLACE TABLE fact AS
SELECT {columns} FROM link AS l0
JOIN known AS k0 ON k0.source = l0.source AND k0.source_id = l0.product_id {joins}
LEFT JOIN standard ON standard.item = k0.source_id LEFT JOIN sale ON sale.item = k0.source_id
LEFT JOIN pieces ON pieces.item = k0.source_id
WHERE l0.source = $source0
"""


def columns(facts: Sequence[str] = tuple(FACTS)) -> str:
    """Return the columns of a table of facts."""
    return ", ".join(f'"{name}" {_type(name)}' for name in facts)
