"""Price lists of shops that published feeds keep: which, and what is to stand in each, as tables `priced` and `listed`.

An item without a price above nothing has none of its own: it is taken out of the list, where the list's own rule then
holds.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from plugins.hub.meaning import Meaning
from plugins.rules.feeds import Feed
from plugins.rules.price_lists import PriceList

IN_CENTS = r"""
CREATE OR REPLACE TEMP MACRO in_cents(t) AS CASE WHEN regexp_full_match(t, '\d{1,9}(\.\d{1,2})? ?[A-Z]{3}')
  THEN CAST(CAST(regexp_extract(t, '^[\d.]+') AS DECIMAL(12, 2)) * 100 AS BIGINT) END
"""
LISTED = "CREATE OR REPLACE TEMP TABLE listed AS SELECT $list AS list, $kind AS kind"
# What is not above the price is no price to compare it with.
PRICED = """
CREATE OR REPLACE TEMP TABLE priced AS
SELECT wire_id, md5(payload) AS hash, payload FROM (
  SELECT $kind || ':' || item_id AS wire_id,
         json_object('kind', 'price', 'list', $list, 'sku', item_id, 'price_minor', price,
           'compare_at_minor', CASE WHEN compare_at > price THEN compare_at END, 'currency', $currency) AS payload
  FROM (SELECT item_id, in_cents(fields ->> $price) AS price,
               in_cents(fields ->> CAST($compare_at AS VARCHAR)) AS compare_at FROM in_feed)
  WHERE price > 0)
"""
WANTED = "SELECT wire_id, hash, payload FROM priced"
LEFT = """
SELECT 'remove' AS operation, wire_id,
       json_object('kind', 'price', 'list', list, 'sku', substr(wire_id, length(kind) + 2)) AS payload FROM gone, listed
"""


def kept(meaning: Meaning, destination: str) -> Iterator[tuple[str, Feed, PriceList]]:
    """Give the price lists of a destination, each with the feed that keeps it and its name."""
    for each in meaning.feeds:
        yield from ((each.name, each.feed, listed) for listed in each.feed.price_lists if listed.to == destination)


def kind_of(listed: PriceList) -> str:
    """Return what the names of a list's rows begin with: two lists have two, whatever they are called."""
    name = listed.price_list.replace("%", "%25").replace(":", "%3A")
    return f"price:{name}"


def lay_out(connection: duckdb.DuckDBPyConnection, feed: Feed, listed: PriceList) -> None:
    """Leave what is to stand in a list, from table `in_feed`."""
    named = {"list": listed.price_list, "kind": kind_of(listed)}
    paths = {"price": _path(listed.price), "compare_at": listed.compare_at and _path(listed.compare_at)}
    connection.execute(IN_CENTS)
    connection.execute(LISTED, named)
    connection.execute(PRICED, {**named, **paths, "currency": feed.currency})


def _path(attribute: str) -> str:
    return f'$."{attribute}"'
