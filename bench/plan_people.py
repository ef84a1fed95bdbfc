"""A million persons with their traits and consents, laid straight into a mirror as a resolve would leave it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
from sqlalchemy import insert

from bench.plan_rules import DESTINATIONS, written
from plugins.hub.destinations import channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, planning
from plugins.hub.resolving import fingerprint
from plugins.store.engine import open_store
from plugins.store.migrate import migrate
from plugins.store.mirror import NUMBERED, open_mirror
from plugins.store.tables import resolve_run
from plugins.store.times import utc_text

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)

PERSON = """
INSERT INTO person BY NAME
SELECT i AS p, i AS label, 'p' || substr(md5('p' || i), 1, 20) AS profile_id, false AS is_new, false AS is_back
FROM range($persons) AS t(i)
"""
# Of 30 persons one shares the address of the one before. A third are members of the newsletter's system too.
CUSTOMER = """
INSERT INTO customer BY NAME
SELECT source, CAST(p AS TEXT) AS source_id, TIMESTAMP '2026-01-01' AS changed_at,
  'klant' || (p - CAST(p % 30 = 7 AS INT)) || '@example.nl' AS email,
  'Naam' || hash(p, 1) % 400 AS first_name, 'Achternaam' || hash(p, 2) % 40000 AS last_name,
  false AS is_guest, true AS is_active, CASE WHEN source = 'letters' THEN 'subscribed' END AS status
FROM person CROSS JOIN (VALUES ('tilroy'), ('letters')) AS t(source) WHERE source = 'tilroy' OR p % 3 = 0
"""
PLACED = "INSERT INTO placed SELECT n, CAST(source_id AS BIGINT), false FROM customer"
# Of each topic a part never said anything, a part said yes, a part no, a part has no proof.
CONSENT = """
INSERT INTO consent_verdict BY NAME
SELECT profile_id, $channel AS channel, $purpose AS purpose, state,
  CASE WHEN state = 'granted' THEN 'consent' END AS basis,
  'klant' || (p - CAST(p % 30 = 7 AS INT)) || '@example.nl' AS address,
  CASE WHEN state = 'granted' THEN 'woocommerce' || chr(31) || p || ':newsletter_optin' END AS permit,
  p % 30 <> 7 AS is_own, TIMESTAMP '2026-05-01' + INTERVAL (p % 5000) SECOND AS granted_at,
  CASE WHEN state = 'unproven' THEN 'no wording' END AS reason
FROM (
  SELECT p, profile_id, CASE WHEN dice < $yes THEN 'granted' WHEN dice < $yes + 8 THEN 'refused' ELSE 'unproven' END
    AS state
  FROM (SELECT p, profile_id, hash(p, $channel, $purpose) % 100 AS dice FROM person) WHERE dice < $yes + 20
)
"""
ACT = """
INSERT INTO act BY NAME
SELECT p, 0 AS d, 'woocommerce' AS source, p || ':' || way AS source_id,
  'klant' || (p - CAST(p % 30 = 7 AS INT)) || '@example.nl' AS email, true AS is_own,
  TIMESTAMP '2026-05-01' AS acted_at, TIMESTAMP '2026-05-01' AS said_at
FROM person CROSS JOIN range(2) AS t(way)
"""
YES = {"letters": 55, "texts": 30, "calls": 15, "cards": 40, "meta": 25, "google": 25}
"""How many of a hundred said yes to the topic of each destination."""
TRAIT = """
INSERT INTO trait BY NAME
SELECT *, CAST(date_diff('day', last_order_at, TIMESTAMP '2026-11-02') AS BIGINT) AS recency_days,
  CASE WHEN order_count > 0 THEN revenue_minor // order_count END AS average_order_minor FROM (
  SELECT profile_id, 'Naam' || hash(p, 1) % 400 AS first_name, 'Achternaam' || hash(p, 2) % 40000 AS last_name,
    ['nl', 'nl', 'nl', 'fr', 'de', NULL][1 + CAST(hash(p, 3) % 6 AS INT)] AS language,
    ['NL', 'NL', 'BE', 'DE', NULL][1 + CAST(hash(p, 4) % 5 AS INT)] AS country, 'Stad ' || hash(p, 5) % 500 AS city,
    CASE WHEN hash(p, 6) % 3 > 0 THEN DATE '1945-01-01' + CAST(hash(p, 7) % 23000 AS INT) END AS birth_date,
    TIMESTAMP '2026-11-01' - INTERVAL (hash(p, 8) % 3000) DAY AS customer_since,
    CASE WHEN hash(p, 9) % 10 < 7
      THEN TIMESTAMP '2026-11-01' - INTERVAL (hash(p, 10) % 900) DAY END AS last_order_at,
    CASE WHEN hash(p, 9) % 10 < 7 THEN CAST(1 + hash(p, 11) % 12 AS BIGINT) ELSE 0 END AS order_count,
    CAST(hash(p, 12) % 5 AS BIGINT) AS order_count_365d,
    CAST(hash(p, 13) % 90000 AS HUGEINT) AS revenue_minor, CAST(hash(p, 14) % 40000 AS HUGEINT) AS revenue_365d_minor,
    CAST(hash(p, 15) % 4000 AS HUGEINT) AS return_rate_basis_points,
    CAST(hash(p, 16) % 40 AS TEXT) AS favourite_store,
    ['store', 'web'][1 + CAST(hash(p, 17) % 2 AS INT)] AS favourite_channel,
    'category ' || hash(p, 18) % 60 AS favourite_category,
    ['store', 'web'][1 + CAST(hash(p, 19) % 2 AS INT)] AS last_channel,
    CAST(hash(p, 20) % 6000 AS BIGINT) AS points_available,
    ['gold', 'silver', 'bronze', NULL][1 + CAST(hash(p, 21) % 4 AS INT)] AS tier, hash(p, 22) % 3 = 0 AS is_incomplete,
    hash(p, 23) % 2 = 0 AS is_till_customer, hash(p, 24) % 2 = 0 AS is_web_customer,
    CAST(hash(p, 25) % 20 AS BIGINT) AS email_opens_90d, CAST(hash(p, 26) % 8 AS BIGINT) AS email_clicks_90d,
    CASE WHEN hash(p, 27) % 3 = 0
      THEN TIMESTAMP '2026-11-01' - INTERVAL (hash(p, 28) % 400) DAY END AS last_email_click_at
  FROM person)
"""


def hub_in(folder: Path) -> Hub:
    """Return the hub over the store in a folder, at the moment of the bench."""
    known = channels(folder / "targets")
    meaning = read_meaning(folder / "rules", known)
    store = open_store(f"sqlite:///{folder}/store.db")
    migrate(store)
    return Hub(store, meaning, known, lambda: NOW)


def make(folder: Path, persons: int) -> None:
    """Make rules, an empty store, and a mirror that holds so many persons and counts as resolved."""
    written(folder)
    hub = hub_in(folder)
    with planning(hub, hub.destinations):  # makes every table, with nothing in it
        pass
    with open_mirror(hub.store) as engine:
        fill(engine, persons)
        mark = fingerprint(hub.store, hub.meaning, NOW)
        engine.execute("UPDATE resolved SET fingerprint = ?", [mark])
    done = {"at": utc_text(NOW), "fingerprint": mark, "profiles": persons, "records": persons, "identity": ""}
    with hub.store.writing() as connection:
        connection.execute(insert(resolve_run).values(**done))
    hub.store.close()


def fill(engine: duckdb.DuckDBPyConnection, persons: int) -> None:
    """Fill the tables that a plan reads."""
    engine.execute(PERSON, {"persons": persons})
    for statement in (CUSTOMER, NUMBERED, PLACED, ACT, TRAIT):
        engine.execute(statement)
    for name, (channel, purpose, _) in DESTINATIONS.items():
        engine.execute(CONSENT, {"channel": channel, "purpose": purpose, "yes": YES[name]})
