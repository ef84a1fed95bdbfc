# ruff: noqa: E501 - generated columns read best on one line
"""Resolve and plan over a million customer records and five million order lines, against DuckDB's bare work.

`python -m bench.resolve [--runs 3] [--scale 1.0]`, or `make bench ARGS=resolve`. The store is generated once (`bench/.data/`), then whole processes
are measured in turn: the floor (DuckDB scans, groups and joins the same data from Parquet), `rotonde plan`, which
resolves first, with the columnar mirror loaded and nothing else derived, the same when nothing has changed, and once
the making of the mirror itself, which a running hub does only for what changed. One JSON line is printed, and kept in
`results/resolve.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import duckdb_extensions

from plugins.store.engine import open_store
from plugins.store.migrate import migrate
from plugins.store.mirror import mirror_path, open_mirror, refresh

RESULTS = Path(__file__).parent / "results" / "resolve.jsonl"
DATA = Path(__file__).parent / ".data"
STAMP = "2026-11-01T00:00:00.000000Z"

PEOPLE = """
CREATE TABLE person AS SELECT i AS p, hash(i) AS h,
  (['Anna','Bram','Cato','Daan','Els','Finn','Guus','Hanna','Iris','Joris','Kim','Lars'])[CAST(1 + hash(i, 1) % 12 AS INT)] AS first_name,
  'naam' || (hash(i, 2) % 40000) AS last_name,
  CASE WHEN hash(i, 3) % 10 < 6 THEN 'klant' || (i - CAST(hash(i, 4) % 2 AS INT)) || '@example.nl' END AS email,
  '+316' || lpad(CAST(hash(i, 5) % 100000000 AS TEXT), 8, '0') AS phone,
  '29' || lpad(CAST(i AS TEXT), 8, '0') AS card
FROM range($people) AS t(i)
"""
CUSTOMERS = """
CREATE TABLE known AS SELECT r, person.*, r % 3 AS way FROM range($customers) AS t(r)
JOIN person ON person.p = hash(r) % $people
"""
FILL = {
    "customer": """SELECT (['tilroy','woocommerce','mailchimp'])[CAST(1 + way AS INT)] AS source, CAST(r AS TEXT) AS source_id,
      'customers' AS stream, $stamp AS changed_at, $stamp AS seen_at, CASE WHEN way = 0 THEN 'C' || r END AS customer_number,
      email, CASE WHEN email IS NOT NULL THEN 'ok' END AS email_quality,
      CASE WHEN way < 2 THEN phone END AS phone, CASE WHEN way < 2 THEN 'ok' END AS phone_quality,
      CASE WHEN way = 0 THEN card END AS card, CASE WHEN way = 0 THEN 'ok' END AS card_quality, 1 AS normaliser,
      first_name, last_name, first_name[1] AS initial, last_name AS name_key, 'nl' AS language, 'NL' AS country,
      CASE WHEN way = 2 THEN 'subscribed' END AS status, md5(CAST(r AS TEXT)) AS content_hash FROM known""",
    "consent": """SELECT 'woocommerce' AS source, r || ':meta_data.newsletter_optin' AS source_id, 'customers' AS stream,
      $stamp AS changed_at, $stamp AS seen_at, CAST(r AS TEXT) AS customer_id, email,
      'meta_data.newsletter_optin' AS field, CASE WHEN h % 5 = 0 THEN 'no' ELSE 'yes' END AS value,
      '{"newsletter_optin_at":"2026-05-01T10:00:00+02:00","newsletter_optin_form":"checkout",'
      || '"newsletter_optin_text":"webshop-2025-09"}' AS facts,
      md5('c' || r) AS content_hash FROM known WHERE way = 1 AND email IS NOT NULL""",
    "order": """SELECT (['tilroy','woocommerce'])[CAST(1 + o % 2 AS INT)] AS source, CAST(o AS TEXT) AS source_id, 'sales' AS stream,
      $stamp AS changed_at, $stamp AS seen_at, CAST(known.r AS TEXT) AS customer_id,
      (['store','web'])[CAST(1 + o % 2 AS INT)] AS channel, CAST(o % 40 AS TEXT) AS store_id,
      strftime(TIMESTAMP '2026-11-01' - INTERVAL (CAST(hash(o) % 730 AS INT)) DAY, '%Y-%m-%dT%H:%M:%S.000000Z') AS ordered_at,
      true AS is_paid, 'EUR' AS currency, CAST(1000 + hash(o) % 20000 AS BIGINT) AS total_minor, md5('o' || o) AS content_hash
      FROM range($orders) AS t(o) JOIN known ON known.r = CAST(hash(o, 9) % ($customers // 3) AS BIGINT) * 3 + o % 2""",
    "order_line": """SELECT (['tilroy','woocommerce'])[CAST(1 + (l // 5) % 2 AS INT)] AS source, CAST(l AS TEXT) AS source_id,
      'sales' AS stream, $stamp AS changed_at, $stamp AS seen_at, CAST(l // 5 AS TEXT) AS order_id, l % 5 AS line_number,
      CAST(hash(l) % 9000 AS TEXT) AS product_id, 1000 AS quantity_thousandths, 'EUR' AS currency,
      CASE WHEN hash(l) % 20 = 0 THEN -1 ELSE 1 END * CAST(100 + hash(l) % 9000 AS BIGINT) AS total_minor, md5('l' || l) AS content_hash
      FROM range($lines) AS t(l)""",
    "product": """SELECT (['tilroy','woocommerce'])[CAST(1 + i % 2 AS INT)] AS source, CAST(i // 2 AS TEXT) AS source_id,
      'products' AS stream, $stamp AS changed_at, $stamp AS seen_at, 'category ' || (i // 2 % 60) AS category,
      md5('p' || i) AS content_hash FROM range(18000) AS t(i)""",
}  # fmt: skip
REQUIRED = {"is_deleted": "false", "is_absent": "false", "raw": "'{}'", "row_seq": "1", "stated_at": f"'{STAMP}'"}
MORE = {
    "customer": {"groups": "'[]'", "is_guest": "false", "is_active": "true"},
    "order": {"coupon_codes": "'[]'"},
}
FLOOR = """
WITH hub AS (
  SELECT email AS value, count(*) AS n, count(DISTINCT name_key) AS names FROM customer GROUP BY email
  UNION ALL SELECT phone, count(*), count(DISTINCT name_key) FROM customer GROUP BY phone
  UNION ALL SELECT card, count(*), count(DISTINCT name_key) FROM customer GROUP BY card
), linked AS (
  SELECT c.source, c.source_id, max(h.n) AS n FROM customer AS c LEFT JOIN hub AS h ON h.value = c.email GROUP BY ALL
), spent AS (
  SELECT o.source, o.customer_id, count(DISTINCT o.source_id) AS orders, sum(l.total_minor) AS total, max(o.ordered_at) AS newest
  FROM order_line AS l JOIN "order" AS o ON o.source = l.source AND o.source_id = l.order_id GROUP BY ALL
)
SELECT count(*), sum(n), sum(orders), sum(total), max(newest) FROM linked
LEFT JOIN spent ON spent.source = linked.source AND spent.customer_id = linked.source_id
LEFT JOIN consent ON consent.source = linked.source AND consent.customer_id = linked.source_id
"""


def generate(scale: float) -> None:
    """Fill the store and the Parquet files, once."""
    DATA.mkdir(exist_ok=True)
    sizes = {"customers": int(1_000_000 * scale), "people": int(420_000 * scale), "orders": int(1_000_000 * scale),
             "lines": int(5_000_000 * scale)}  # fmt: skip
    store = open_store(f"sqlite:///{DATA}/store.db")
    migrate(store)
    duckdb_extensions.import_extension("sqlite_scanner")
    with duckdb.connect() as engine:
        engine.execute("LOAD sqlite_scanner")
        engine.execute(f"ATTACH '{DATA}/store.db' AS origin (TYPE sqlite)")
        engine.execute(PEOPLE, {"people": sizes["people"]})
        engine.execute(CUSTOMERS, {name: sizes[name] for name in ("customers", "people")})
        for entity, query in FILL.items():
            extra = {**REQUIRED, **MORE.get(entity, {})}
            values = ", ".join(f"{value} AS {name}" for name, value in extra.items())
            used = {name: value for name, value in {**sizes, "stamp": STAMP}.items() if f"${name}" in query}
            engine.execute(f'CREATE TABLE "{entity}" AS SELECT *, {values} FROM ({query})', used)
            names = ", ".join(f'"{row[0]}"' for row in engine.execute(f'DESCRIBE "{entity}"').fetchall())
            engine.execute(f'INSERT INTO origin."{entity}" ({names}) SELECT {names} FROM "{entity}"')
            engine.execute(f"COPY \"{entity}\" TO '{DATA}/{entity}.parquet' (FORMAT parquet)")
    store.close()


def floor() -> None:
    """Scan, group and join the same data from Parquet."""
    with duckdb.connect() as engine:
        for entity in FILL:
            engine.execute(f"CREATE VIEW \"{entity}\" AS SELECT * FROM '{DATA}/{entity}.parquet'")
        print(engine.execute(FLOOR).fetchall(), file=sys.stderr)


def forget() -> None:
    """Throw away what a resolve decides and derives; the mirror of the records stays."""
    store = open_store(f"sqlite:///{DATA}/store.db")
    with open_mirror(store) as engine:
        engine.execute("DROP TABLE IF EXISTS resolved")
    with store.writing() as connection:
        for table in ("membership", "profile", "profile_event", "resolve_run", "push"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    store.close()


def load_mirror() -> float:
    """Make the mirror from nothing; returns the seconds it took."""
    store = open_store(f"sqlite:///{DATA}/store.db")
    mirror_path(store).unlink(missing_ok=True)
    started = time.monotonic()
    with open_mirror(store) as engine:
        refresh(engine, store)
    store.close()
    return time.monotonic() - started


def measured(*commands: list[str]) -> tuple[float, float, int]:
    """Run commands one after another; returns wall seconds, CPU seconds and peak megabytes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    peak = 0
    environment = {**os.environ, "ROTONDE_DATABASE_URL": f"sqlite:///{DATA}/store.db"}
    for command in commands:
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(child.pid, 0)
        assert child.stderr is not None
        assert status == 0, child.stderr.read().decode()
        peak = max(peak, usage.ru_maxrss // 1024)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - started, cpu, peak


def main() -> None:
    """Measure, in turn, and print medians and ratios of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--floor", action="store_true", help="do the floor's work and stop")
    options = parser.parse_args()
    if options.floor:
        floor()
        return
    if not (DATA / "product.parquet").exists():
        generate(options.scale)
    rotonde = str(Path(sys.executable).parent / "rotonde")
    mirror_seconds = load_mirror()
    work = ([rotonde, "plan", "--json"],)
    rows = []
    for _ in range(options.runs):
        base = measured([sys.executable, __file__, "--floor"])
        forget()
        full = measured(*work)
        again = measured(*work)
        rows.append((base, full, again))
        print(json.dumps({"floor": base, "full": full, "unchanged": again}), file=sys.stderr)
    median = statistics.median
    entry = {
        "bench": "resolve", "runs": options.runs, "scale": options.scale,
        "floor_seconds": round(median(base[0] for base, _, _ in rows), 2),
        "full_seconds": round(median(full[0] for _, full, _ in rows), 2),
        "full_to_floor": round(median(full[0] / base[0] for base, full, _ in rows), 2),
        "cpu_full_to_floor": round(median(full[1] / base[1] for base, full, _ in rows), 2),
        "unchanged_to_full": round(median(again[0] / full[0] for _, full, again in rows), 3),
        "mirror_seconds": round(mirror_seconds, 2),
        "peak_megabytes": max(full[2] for _, full, _ in rows),
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    print(json.dumps(entry))
    with RESULTS.open("a") as file:
        file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
