"""A product feed: 100,000 products, 60 fields, 50 rules; made, validated and written, against writing the same bytes.

`python -m bench.feeds [--products 100000] [--pairs 3]`. Products, prices and stock lie in the engine as a copy of the
store would; what is timed begins there and ends with a file on disk. `bare` has the same rows in memory and writes the
same bytes with the same writer. The sides run in turn, and the files are compared before a time is told.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench.whole import ROOT, BenchError
from plugins.feeds.compiling import Compiled, compile_feeds
from plugins.feeds.facts import derive
from plugins.feeds.judging import judge
from plugins.feeds.publishing import items
from plugins.feeds.writing import Row, layout_of, write
from plugins.rules.load import load_rules

RESULTS = ROOT / "bench" / "results" / "feeds.jsonl"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES, FIELDS = 50, 60
WRONG_EVERY = 100
"""One product in so many has no picture, and must stay out."""

OWN = {
    "id": "{sku}", "title": "{brand} {name}[ {colour}][, maat {size}]", "description": "{description:5000}",
    "link": "{url}", "image_link": "{image_url}", "availability": "{availability}", "price": "{price_minor}",
    "sale_price": "{sale_price_minor}", "brand": "{brand}", "gtin": "{gtin}", "condition": "new", "color": "{colour}",
    "size": "{size}", "item_group_id": "{product_code}", "product_type": "{department} > {category}",
    "shipping": "NL:::4.95 EUR",
}  # fmt: skip
MORE = {
    "mobile_link": "{url}", "additional_image_link": "{image_url}", "video_link": "{url}", "ads_redirect": "{url}",
    "lifestyle_image_link": "{image_url}", "mpn": "{sku}", "age_group": "adult", "gender": "unisex", "adult": "no",
    "size_type": "regular", "size_system": "EU", "material": "{category}", "pattern": "{colour}",
    "item_group_title": "{name}", "google_product_category": "{department}", "short_title": "{name:60}",
    "is_bundle": "no", "multipack": "2", "shipping_label": "{department}", "shipping_weight": "1.5 kg",
    "min_handling_time": "0", "max_handling_time": "2", "promotion_id": "SPRING", "external_seller_id": "{brand}",
    "product_length": "30 cm", "product_width": "20 cm", "product_height": "10 cm", "product_weight": "1 kg",
    "cost_of_goods_sold": "{price_minor}", "auto_pricing_min_price": "{price_minor}",
    "unit_pricing_measure": "1 ct", "unit_pricing_base_measure": "1 ct", "product_detail": "a:b:{colour}",
    "product_highlight": "{name}", "certification": "EC:EPREL:123456", "expiration_date": "2026-03-20T09:00+0000",
    "availability_date": "2026-03-20T09:00+0000", "sale_price_effective_date": "2026-03-01T00:00Z/2026-03-09T00:00Z",
    "loyalty_program": "club:gold:{price_minor}::::",
    **{f"custom_label_{number}": "{category} {size}" for number in range(5)},
}  # fmt: skip

PRODUCTS = """
CREATE TABLE product AS SELECT 'web' AS source, CAST(i AS VARCHAR) AS source_id, NULL::VARCHAR AS parent_id,
  'P' || (i // 5) AS product_code, 'SKU-' || i AS sku,
  (body || ((10 - (list_sum([CAST(body[k] AS INTEGER) * (CASE WHEN k % 2 = 0 THEN 3 ELSE 1 END)
    FOR k IN range(1, 13)]) % 10)) % 10)) AS gtin,
  'Regenjas & co ' || i AS name, '<p>' || repeat('Blijft droog op elk pad. ', 10) || i || '</p>' AS description,
  'Ardenna' AS brand, 'Jassen' AS category, 'Kleding' AS department, ['zwart', 'oker', 'marine'][1 + i % 3] AS colour,
  ['S', 'M', 'L', 'XL', 'XS'][1 + i % 5] AS size, 'https://shop.example/p/' || i || '?a=1&b=2' AS url,
  CASE WHEN i % {wrong} THEN 'https://img.example/' || i || '.jpg' END AS image_url, true AS is_online,
  'publish' AS status, TIMESTAMP '2026-01-01' AS changed_at
FROM (SELECT i, '871' || lpad(CAST(i AS VARCHAR), 9, '0') AS body FROM range({count}) AS r(i))
"""
PRICES = """
CREATE TABLE price AS SELECT 'web' AS source, i || ':' || kind AS source_id, CAST(i AS VARCHAR) AS product_id,
  NULL::VARCHAR AS store_id, kind, 'EUR' AS currency, NULL::BIGINT AS quantity, NULL::TIMESTAMP AS starts_at,
  NULL::TIMESTAMP AS ends_at, CASE kind WHEN 'promo' THEN 2000 + i % 500 ELSE 5000 + i % 9000 END AS price_minor
FROM range({count}) AS r(i), (VALUES ('standard'), ('promo')) AS k(kind) WHERE kind = 'standard' OR i % 5 = 0
"""
STOCK = """
CREATE TABLE stock AS SELECT 'web' AS source, i || ':' || shop AS source_id, CAST(i AS VARCHAR) AS product_id,
  CAST(shop AS VARCHAR) AS store_id, (i + shop) % 4 * 1000 AS available_thousandths, NULL::VARCHAR AS status
FROM range({count}) AS r(i), range(12) AS s(shop)
"""


def written_rules(folder: Path) -> Compiled:
    """Return a feed of 60 fields and 50 rules."""
    texts = {**OWN, **MORE}
    if len(texts) != FIELDS:
        raise BenchError(f"{len(texts)} fields")
    rules = [
        {"title": f"rule {number}", "when": f"price_minor >= {5000 + number * 100} and size in ('S', 'M')",
         "set": {f"custom_label_{number % 5}": f"price {number}", "shipping_label": f"label {number}"}}
        for number in range(RULES - 1)
    ]  # fmt: skip
    feed = {
        "description": "The bench.", "format": "google_xml", "source": "web", "currency": "EUR", "country": "NL",
        "where": "is_online and price_minor > 0", "attributes": texts,
        "rules": [*rules, {"title": "out", "when": "stock = 0 and not is_online", "leave_out": True}],
        "examples": [{"title": "out", "given": {}, "expect": "out"}],
    }  # fmt: skip
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / "bench.yml").write_text(json.dumps(feed), "utf-8")
    return compile_feeds(load_rules(folder).feeds.values())["bench"]


def stocked(count: int) -> duckdb.DuckDBPyConnection:
    """Return an engine that holds the products as a copy of the store would."""
    engine = duckdb.connect(":memory:", config={"memory_limit": "2GB"})
    engine.execute("SET TimeZone = 'UTC'")
    for statement in (PRODUCTS, PRICES, STOCK):
        engine.execute(statement.format(count=count, wrong=WRONG_EVERY))
    return engine


def whole(engine: duckdb.DuckDBPyConnection, compiled: Compiled, path: Path) -> int:
    """Make, judge and write the feed; returns how many products were refused."""
    derive(engine, compiled.read.feed, NOW)
    counts = judge(engine, compiled, NOW)
    _write(compiled, items(engine, compiled), path)
    return counts.refused


def _write(compiled: Compiled, rows: object, path: Path) -> None:
    layout = layout_of(compiled.read.feed, compiled.channel, compiled.attributes)
    with path.open("wb") as file:
        write(layout, rows, file)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())


def timed(run: Callable[[], object]) -> float:
    """Return the seconds something takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def compare(count: int, pairs: int, folder: Path) -> dict[str, object]:
    """Run both sides in turn; returns medians and the ratio of each pair."""
    compiled, engine = written_rules(folder / "rules"), stocked(count)
    ours, bare = folder / "ours.xml", folder / "bare.xml"
    refused = whole(engine, compiled, ours)
    rows: Sequence[Row] = list(items(engine, compiled))
    _write(compiled, rows, bare)
    if _sha256(ours) != _sha256(bare) or refused != -(-count // WRONG_EVERY):
        raise BenchError(f"not the same bytes, or {refused} refused")
    seconds: list[tuple[float, float]] = []
    for turn in range(pairs):
        sides = [lambda: whole(engine, compiled, ours), lambda: _write(compiled, rows, bare)]
        took = [timed(side) for side in (sides if turn % 2 == 0 else sides[::-1])]
        seconds.append((took[0], took[1]) if turn % 2 == 0 else (took[1], took[0]))
    return {
        "products": count, "fields": FIELDS, "rules": RULES, "refused": refused, "bytes": ours.stat().st_size,
        "seconds": round(statistics.median(one for one, _ in seconds), 2),
        "bare_seconds": round(statistics.median(other for _, other in seconds), 2),
        "ratio": round(statistics.median(one / other for one, other in seconds), 2), "load": os.getloadavg()[0],
    }  # fmt: skip


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Measure, print, and keep the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = compare(asked.products, asked.pairs, Path(folder))
    line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **result})
    print(line)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


if __name__ == "__main__":
    main()
