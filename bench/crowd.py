# ruff: noqa: E501 - generated columns read best on one line
"""A store of many persons, resolved by the product's own command: what pages and look-ups are measured over.

Of ten persons one is known at the till and in the webshop, the others at one of the two; everybody has bought something
twice over, did something on the site, and said something about consent where they are known in the webshop.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extensions

from bench.whole import ROOT, BenchError, Peak, same
from plugins.store.engine import open_store
from plugins.store.migrate import migrate
from plugins.store.mirror import mirror_path
from plugins.store.shown import shown_path

DATA = ROOT / "bench" / ".data" / "crowd"
STAMP = "2026-11-01T00:00:00.000000Z"
CARD = 22_055_000_000_000
KNOWN = """
CREATE TABLE known AS
SELECT i, ['tilroy', 'woocommerce'][CAST(1 + (i + way) % 2 AS INT)] AS source, 'klant' || i || '@example.nl' AS email,
  (['Anna','Bram','Cato','Daan','Els','Finn','Guus','Hanna','Iris','Joris','Kim','Lars'])[CAST(1 + hash(i, 1) % 12 AS INT)] AS first_name,
  'Naam' || (hash(i, 2) % 40000) AS last_name, CAST($card + i AS TEXT) AS card, '+316' || lpad(CAST(i AS TEXT), 8, '0') AS phone
FROM range($persons) AS t(i) CROSS JOIN range(2) AS w(way) WHERE way = 0 OR i % 10 = 0
"""
FILL = {
    "customer": """SELECT source, CAST(i AS TEXT) AS source_id, 'customers' AS stream, $stamp AS changed_at, $stamp AS seen_at,
      email, 'ok' AS email_quality, CASE WHEN source = 'tilroy' THEN phone END AS phone, CASE WHEN source = 'tilroy' THEN 'ok' END AS phone_quality,
      CASE WHEN source = 'tilroy' THEN card END AS card, CASE WHEN source = 'tilroy' THEN 'ok' END AS card_quality, 1 AS normaliser,
      first_name, last_name, first_name[1] AS initial, lower(last_name) AS name_key, 'nl' AS language, 'NL' AS country, 'Breda' AS city,
      md5(source || i) AS content_hash, '[]' AS groups, false AS is_guest, true AS is_active FROM known""",
    "consent": """SELECT source, i || ':meta_data.' || field AS source_id, 'customers' AS stream, $stamp AS changed_at, $stamp AS seen_at,
      CAST(i AS TEXT) AS customer_id, email, 'meta_data.' || field AS field, CASE WHEN hash(i, field) % 4 = 0 THEN 'no' ELSE 'yes' END AS value,
      json_object(field || '_at', '2026-05-01T10:00:00+02:00', field || '_form', 'checkout', field || '_text', 'webshop-2025-09') AS facts,
      md5(field || i) AS content_hash
      FROM known CROSS JOIN (VALUES ('newsletter_optin'), ('behaviour_optin'), ('ads_meta_optin')) AS t(field) WHERE source = 'woocommerce'""",
    "order": """SELECT known.source, CAST(i * 2 + n AS TEXT) AS source_id, 'sales' AS stream, $stamp AS changed_at, $stamp AS seen_at,
      'R' || known.source[1] || (i * 2 + n) AS order_number, CAST(i AS TEXT) AS customer_id, CASE WHEN source = 'tilroy' THEN 'store' ELSE 'web' END AS channel,
      strftime(TIMESTAMP '2026-11-01' - INTERVAL (CAST(hash(i, n) % 730 AS INT)) DAY, '%Y-%m-%dT%H:%M:%S.000000Z') AS ordered_at,
      true AS is_paid, 'EUR' AS currency, CAST(1000 + hash(i, n) % 20000 AS BIGINT) AS total_minor, md5('o' || source || i || n) AS content_hash, '[]' AS coupon_codes
      FROM known CROSS JOIN range(2) AS t(n)""",
    "order_line": """SELECT source, source_id || '/' || n AS source_id, 'sales' AS stream, $stamp AS changed_at, $stamp AS seen_at,
      source_id AS order_id, n AS line_number, CAST(hash(source_id, n) % 9000 AS TEXT) AS product_id, 1000 AS quantity_thousandths, 'EUR' AS currency,
      total_minor // 2 AS total_minor, md5('l' || source || source_id || n) AS content_hash FROM "order" CROSS JOIN range(2) AS t(n)""",
    "product": """SELECT ['tilroy', 'woocommerce'][CAST(1 + i % 2 AS INT)] AS source, CAST(i // 2 AS TEXT) AS source_id, 'products' AS stream, $stamp AS changed_at,
      $stamp AS seen_at, 'Product ' || i // 2 AS name, 'category ' || (i // 2 % 60) AS category, md5('p' || i) AS content_hash FROM range(18000) AS t(i)""",
    "event": """SELECT 'woocommerce' AS source, i || '/' || n AS source_id, 'events' AS stream, $stamp AS changed_at, $stamp AS seen_at,
      ['page_view', 'product_view', 'add_to_cart', 'email_click'][CAST(1 + n % 4 AS INT)] AS kind, CAST(i AS TEXT) AS customer_id, CAST(hash(i, n) % 9000 AS TEXT) AS product_id,
      strftime(TIMESTAMP '2026-11-01' - INTERVAL (CAST(hash(i, n) % 700000 AS INT)) MINUTE, '%Y-%m-%dT%H:%M:%S.000000Z') AS occurred_at,
      md5('e' || i || n) AS content_hash, '{}' AS facts FROM known CROSS JOIN range($events) AS t(n) WHERE source = 'woocommerce'""",
}  # fmt: skip
REQUIRED = {"is_deleted": "false", "is_absent": "false", "raw": "'{}'", "row_seq": "1", "stated_at": f"'{STAMP}'"}
# Everybody was put into an audience at one destination, and of one in ten something waits to be sent.
SENT = """
INSERT INTO push (key, destination, profile_id, operation, wire_id, normaliser, payload, payload_hash, reason, rules_version, state, planned_at, answered_at)
SELECT 'k' || id, 'mailchimp', id, 'add', id || '@example.nl', 1, '{}', 'h', 'newsletter', '1', 'accepted', :at, :at FROM profile
UNION ALL SELECT 'w' || id, 'mailchimp', id, 'change', id || '@example.nl', 1, '{}', 'i', 'newsletter', '1', 'planned', :at, NULL
FROM profile WHERE substr(id, 2, 1) IN ('0', '1')
"""
BAD = """
INSERT INTO quarantine (id, stage, source, stream, reason, payload, first_seen_at, last_seen_at, times, state)
SELECT 'q' || id, 'mean', 'tilroy', 'customers', 'bad_amount', '{}', :at, :at, 1, 'open' FROM profile WHERE substr(id, 2, 2) = '00'
"""
RUN = "INSERT INTO run (id, job, started_at, ended_at, outcome) VALUES ('r1', 'ingest-tilroy', :at, :at, 'ok')"


def url_of(persons: int) -> str:
    """Return the URL of the store of so many persons."""
    return f"sqlite:///{DATA}/{persons}/store.db"


def made(persons: int, events: int = 2) -> dict[str, Any]:
    """Make the store where it is not there yet; returns what making and resolving it took."""
    folder = DATA / str(persons)
    told = folder / "made.json"
    if not told.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for each in folder.glob("store*"):
            each.unlink()
        _fill(folder / "store.db", persons, events)
        resolved = command(persons, "resolve", "--json")
        same("persons", json.loads(resolved.pop("said"))["profiles"], persons)
        _live(folder / "store.db")
        store = open_store(url_of(persons))
        sizes = {path.name: path.stat().st_size >> 20 for path in (store.path, mirror_path(store), shown_path(store))}
        told.write_text(json.dumps({"persons": persons, "resolve": resolved, "megabytes": sizes}))
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def _fill(path: Path, persons: int, events: int) -> None:
    store = open_store(f"sqlite:///{path}")
    migrate(store)
    store.close()
    duckdb_extensions.import_extension("sqlite_scanner")
    given = {"stamp": STAMP, "events": events, "persons": persons, "card": CARD}
    with duckdb.connect() as engine:
        engine.execute("LOAD sqlite_scanner")
        engine.execute(f"ATTACH '{path}' AS origin (TYPE sqlite)")
        engine.execute(KNOWN, {"persons": persons, "card": CARD})
        for entity, query in FILL.items():
            values = ", ".join(f"{value} AS {name}" for name, value in REQUIRED.items())
            used = {name: value for name, value in given.items() if f"${name}" in query}
            engine.execute(f'CREATE TABLE "{entity}" AS SELECT *, {values} FROM ({query})', used)
            names = ", ".join(f'"{row[0]}"' for row in engine.execute(f'DESCRIBE "{entity}"').fetchall())
            engine.execute(f'INSERT INTO origin."{entity}" ({names}) SELECT {names} FROM "{entity}"')


def _live(path: Path) -> None:
    """Let a journal be there, a quarantine and a run."""
    with closing(sqlite3.connect(path)) as store:
        for each in (SENT, BAD, RUN):
            store.execute(each, {"at": STAMP})
        store.commit()


def command(persons: int, *words: str) -> dict[str, Any]:
    """Run the product's own command over the store; returns what it said and took."""
    env = {**os.environ, "ROTONDE_DATABASE_URL": url_of(persons), "PYTHONPATH": str(ROOT)}
    started, before = time.monotonic(), os.times()
    ordered = [str(Path(sys.executable).with_name("rotonde")), *words]
    with subprocess.Popen(ordered, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        peak = Peak(process.pid)
        said, _ = process.communicate()
    if process.returncode:
        raise BenchError(f"rotonde {' '.join(words)}: exit {process.returncode}; no time is told")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    took = {"seconds": round(time.monotonic() - started, 1), "cpu_seconds": round(cpu, 1)}
    return {"said": said, **took, "peak_megabytes": peak.largest >> 10}
