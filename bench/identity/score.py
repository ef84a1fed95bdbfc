"""How right an answer to "who is who" is, counted exactly: `python -m bench.identity.score --truth T --answer A`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

CROWD = 10  # so many persons in one cluster are no household any more

# a record without an answer is a profile of its own
ANSWERED = """
CREATE OR REPLACE TEMP TABLE answered AS
SELECT truth.*, coalesce('=' || answer.profile_id, '!' || truth.record_id) AS profile_id,
       answer.record_id IS NULL AS unanswered
FROM {truth} AS truth LEFT JOIN {answer} AS answer USING (record_id)
"""

# n * n counts each pair twice and the pairs that do not count once: a record with itself, or all of one source
PAIRS = """
SELECT coalesce(sum(n * n - {none}), 0) // 2 FROM (
  SELECT sum(n) AS n, sum(n * n) AS squares FROM (
    SELECT {keys}, count(*) AS n FROM answered WHERE {known} GROUP BY {keys} {source})
  GROUP BY {keys})
"""

B_CUBED = """
WITH cell AS (SELECT person_id, profile_id, count(*) AS n FROM answered GROUP BY ALL)
SELECT sum(n * n / in_profile) / sum(n), sum(n * n / of_person) / sum(n) FROM (
  SELECT n, sum(n) OVER (PARTITION BY profile_id) AS in_profile, sum(n) OVER (PARTITION BY person_id) AS of_person
  FROM cell)
"""

CLUSTERS = """
SELECT count(*) AS clusters, max(n) AS largest_cluster, count(*) FILTER (persons > 1) AS over_merged,
       count(*) FILTER (persons >= {crowd}) AS clusters_of_{crowd}_persons
FROM (SELECT count(*) AS n, count(DISTINCT person_id) AS persons FROM answered GROUP BY profile_id)
"""

RECORDS = """
SELECT count(*) AS records, count(DISTINCT person_id) AS persons, count(*) FILTER (unanswered) AS unanswered
FROM answered
"""


class ScoreError(Exception):
    """The truth or the answer is not fit to be scored."""


def scored(con: duckdb.DuckDBPyConnection, truth: str, answer: str, link: bool = False) -> dict[str, Any]:
    """Return all figures of an answer (record_id, profile_id); both are whatever DuckDB can select from.

    The truth has record_id and person_id, and may have household_id, and source when only pairs across sources count.
    B-cubed and the clusters are of all records, whatever pairs count.
    """
    _refuse_doubles(con, truth, answer)
    con.execute(ANSWERED.format(truth=truth, answer=answer))
    columns = {name for name, *_ in con.execute("DESCRIBE answered").fetchall()}
    if link and "source" not in columns:
        raise ScoreError(f"{truth}: no column 'source'; without it there is no telling which pairs are links")
    found = _pairs(con, ["profile_id"], link)
    true = _pairs(con, ["person_id"], link)
    right = _pairs(con, ["person_id", "profile_id"], link)
    figures: dict[str, Any] = _row(con, RECORDS)
    figures |= _three("", _ratio(right, found), _ratio(right, true))
    figures |= {"true_pairs": true, "found_pairs": found, "false_pairs": found - right, "missed_pairs": true - right}
    figures |= _three("b3_", *con.execute(B_CUBED).fetchall()[0])
    figures |= _row(con, CLUSTERS.format(crowd=CROWD))
    if "household_id" in columns:
        near = ["profile_id", "household_id"]
        inside = _pairs(con, near, link) - _pairs(con, [*near, "person_id"], link)
        figures["false_pairs_in_household"] = round(inside / (found - right), 4) if found > right else None
    return figures


def _refuse_doubles(con: duckdb.DuckDBPyConnection, *tables: str) -> None:
    for table in tables:
        number = con.execute(f"SELECT count(*) - count(DISTINCT record_id) FROM {table}").fetchall()[0][0]
        if number:
            raise ScoreError(f"{table}: {number} record ids stand there again or are missing; each must stand once")


def _pairs(con: duckdb.DuckDBPyConnection, keys: Sequence[str], link: bool) -> int:
    query = PAIRS.format(
        keys=", ".join(keys),
        known=" AND ".join(f"{key} IS NOT NULL" for key in keys),
        source=", source" if link else "",
        none="squares" if link else "n",
    )
    return int(con.execute(query).fetchall()[0][0])


def _row(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    result = con.execute(query)
    names = [column[0] for column in result.description]
    return dict(zip(names, result.fetchall()[0], strict=True))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _three(prefix: str, precision: float, recall: float) -> dict[str, float]:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        f"{prefix}{name}": round(value, 6)
        for name, value in zip(("p", "r", "f1"), (precision, recall, f1), strict=True)
    }


def main() -> None:
    """Print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--truth", type=Path, required=True, help="parquet: record_id, person_id [source, household_id]"
    )
    parser.add_argument("--answer", type=Path, required=True, help="parquet: record_id, profile_id")
    parser.add_argument("--link", action="store_true", help="count the pairs across sources only")
    options = parser.parse_args()
    print(json.dumps(scored(duckdb.connect(), f"'{options.truth}'", f"'{options.answer}'", options.link)))


if __name__ == "__main__":
    main()
