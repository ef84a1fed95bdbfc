"""Folding five million acts of a million people, against DuckDB merely grouping them; the answer is checked first."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from bench.whole import ROOT, same
from mappers.consent.fold import Policy, fold
from mappers.identity.lifecycle import ASSIGNED
from plugins.hub.meaning import read_meaning
from plugins.store.mirror import NUMBERED, open_file, table_of

RESULTS = ROOT / "bench" / "results" / "consent.jsonl"
START = datetime(2026, 5, 1, 8, tzinfo=UTC)
NOW = START + timedelta(days=60)
MEANING = read_meaning(ROOT / "sync_rules")

# Everybody has an account in the webshop, which was exported twice, and a record at the till with three flags. Of five
# one says no in the shop, of eleven one at the till; of seven one shares the address with the next person.
PEOPLE = """
CREATE TABLE people AS
SELECT i, CAST(i - CASE WHEN i % 7 = 1 THEN 1 ELSE 0 END AS TEXT) || '@example.nl' AS email,
       i % 5 = 0 AS says_no, i % 11 = 0 AS till_no, $start + INTERVAL (i % 5000) SECOND AS acted_at
FROM range($people) AS t(i)
"""
FILL = (
    """INSERT INTO customer BY NAME
    SELECT source, CAST(i AS TEXT) AS source_id, email, DATE '1980-01-01' AS birth_date, false AS is_guest,
           true AS is_active, $start AS changed_at
    FROM people CROSS JOIN (VALUES ('woocommerce'), ('tilroy')) AS t(source)""",
    """INSERT INTO consent BY NAME
    SELECT 'woocommerce' AS source, i || ':meta_data.newsletter_optin:' || export AS source_id,
      CAST(i AS TEXT) AS customer_id, email,
      'meta_data.newsletter_optin' AS field, CASE WHEN says_no THEN 'no' ELSE 'yes' END AS value,
      $start + INTERVAL (export) DAY AS changed_at, to_json({'newsletter_optin_at':
        strftime(acted_at, '%Y-%m-%dT%H:%M:%S+00:00'), 'newsletter_optin_form': 'checkout',
        'newsletter_optin_text': 'webshop-2025-09'})::TEXT AS facts
    FROM people CROSS JOIN range(1, 3) AS t(export)""",
    """INSERT INTO consent BY NAME
    SELECT 'tilroy' AS source, i || ':' || field || ':1' AS source_id, CAST(i AS TEXT) AS customer_id, email, field,
      CASE WHEN till_no = (field = 'doNotEmail') THEN 'true' ELSE 'false' END AS value, $start AS changed_at,
      '{"dateExported":"2026-05-01T08:00:00.000Z","bu":"1"}' AS facts
    FROM people CROSS JOIN (VALUES ('doNotEmail'), ('bu.doEmail'), ('bu.doSms')) AS t(field)""",
    NUMBERED,
    "CREATE TABLE person AS SELECT i AS p, 'p' || i AS profile_id, false AS is_new, false AS is_back FROM people",
    "CREATE TABLE placed AS SELECT n, CAST(source_id AS BIGINT) AS p, false AS is_echo FROM customer",
    ASSIGNED,
    "DROP TABLE people",
)
FLOOR = """
CREATE OR REPLACE TABLE grouped AS
SELECT profile_id, channel, purpose, count(*) AS many, max(consent.changed_at) AS newest FROM consent
JOIN assigned ON assigned.source = consent.source AND assigned.source_id = consent.customer_id
JOIN declaration AS d ON d.source = consent.source AND d.field = consent.field AND d.value = consent.value
GROUP BY profile_id, channel, purpose
"""
ANSWER = "SELECT state, count(*) FROM consent_verdict WHERE channel = 'email' AND purpose = 'marketing' GROUP BY state"


def truth(people: int) -> dict[str, int]:
    """Work out person by person who may be mailed: nobody who says no, or shares an address with somebody who does."""
    found: Counter[str] = Counter()
    for i in range(people):
        sharing = {i, i - 1} if i % 7 == 1 else {i, i + 1} if i % 7 == 0 and i + 1 < people else {i}
        latest = max((each % 5000 for each in sharing if each % 5), default=None)
        web_no = max((each % 5000 for each in sharing if each % 5 == 0), default=None)
        is_refused = latest is None or (web_no is not None and web_no >= latest)
        # the till's flag has no time of its own: it counts from its first export, the very start
        is_flagged = any(each % 11 == 0 for each in sharing) and (latest is None or latest < 300)
        found["refused" if is_refused or is_flagged else "granted"] += 1
    return dict(found)


def generate(engine: duckdb.DuckDBPyConnection, people: int) -> None:
    """Fill a mirror with people and what they said."""
    engine.execute("; ".join(table_of(entity) for entity in ("customer", "consent", "order")))
    known = {"start": START.replace(tzinfo=None), "people": people}
    for statement in (PEOPLE, *FILL):
        engine.execute(statement, {name: value for name, value in known.items() if f"${name}" in statement} or None)


def folded(engine: duckdb.DuckDBPyConnection) -> None:
    """Fold everything by the rules we ship."""
    fold(engine, MEANING.declarations, NOW, Policy())


def grouped(engine: duckdb.DuckDBPyConnection) -> None:
    """Group the acts by profile, channel and purpose."""
    engine.execute(FLOOR)


def main() -> None:
    """Check the answer, then measure in turn; print medians and the ratio of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--people", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as folder, open_file(Path(folder) / "mirror.duckdb") as engine:
        generate(engine, options.people)
        folded(engine)
        same("states", dict(engine.execute(ANSWER).fetchall()), truth(options.people))
        sides: dict[str, Callable[[duckdb.DuckDBPyConnection], None]] = {"fold": folded, "group": grouped}
        took: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(options.runs):
            for name in list(sides)[:: 1 if turn % 2 == 0 else -1]:
                started = time.perf_counter()
                sides[name](engine)
                took[name].append(time.perf_counter() - started)
                print(f"  {name:6} {took[name][-1]:7.2f} s", flush=True)
    tell(options.people, took)


def tell(people: int, took: dict[str, list[float]]) -> None:
    """Print what was measured and add it to the results."""
    ratios = [mine / other for mine, other in zip(took["fold"], took["group"], strict=True)]
    entry = {
        "what": "consent", "at": datetime.now(UTC).isoformat(timespec="seconds"), "people": people, "acts": people * 5,
        "runs": len(ratios), **{f"{name}_seconds": round(statistics.median(each), 2) for name, each in took.items()},
        "fold / group": round(statistics.median(ratios), 2), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    print(json.dumps(entry, indent=1))
    with RESULTS.open("a") as file:
        file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
