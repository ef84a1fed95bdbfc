"""What waits for a person's eye: pairs that are nearly one person, and groups too large to believe.

Works in the mirror after a resolve and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from mappers.identity.thresholds import Thresholds
from mappers.identity.ties import differing, in_words

# Of two persons the pair that comes nearest speaks for both; a node's first record stands for it.
NEARLY = """
WITH near AS (
  SELECT a, b, pattern, weight FROM scored
  JOIN grouping AS one ON one.x = a JOIN grouping AS other ON other.x = b
  WHERE weight >= $review AND weight < $accept AND one.label <> other.label
), shown AS (
  SELECT x, min(record_id) AS record_id FROM unit JOIN record USING (h)
  WHERE x IN (SELECT a FROM near UNION SELECT b FROM near) GROUP BY x
), named AS (
  SELECT x, customer.source || ':' || customer.source_id AS name, profile_id FROM shown
  JOIN customer ON record_id = customer.source || chr(31) || customer.source_id JOIN assigned USING (n)
), found AS (
  SELECT least(one.profile_id, other.profile_id) AS p, greatest(one.profile_id, other.profile_id) AS q,
         least(one.name, other.name) AS one, greatest(one.name, other.name) AS other, pattern, weight
  FROM near JOIN named AS one ON one.x = a JOIN named AS other ON other.x = b
), held AS (SELECT source || chr(31) || source_id AS record_id, profile_id FROM assigned), settled AS (
  SELECT least(a.profile_id, b.profile_id) AS p, greatest(a.profile_id, b.profile_id) AS q FROM standing
  JOIN held AS a ON a.record_id = one JOIN held AS b ON b.record_id = other
)
SELECT one, other, pattern, weight FROM found ANTI JOIN settled USING (p, q) WHERE p <> q
QUALIFY row_number() OVER (PARTITION BY p, q ORDER BY weight DESC, one, other) = 1
ORDER BY weight DESC, one, other
"""
HELD = """
WITH crowd AS (SELECT part, count(*) AS nodes FROM grouping WHERE is_held GROUP BY part)
SELECT min(customer.source || ':' || customer.source_id), count(*) FROM crowd JOIN grouping USING (part)
JOIN unit USING (x) JOIN record USING (h)
JOIN customer ON record_id = customer.source || chr(31) || customer.source_id WHERE is_held
GROUP BY part ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Nearly:
    """Two records of different persons that are nearly one."""

    one: str
    other: str
    agree: str
    differ: str
    weight: float
    """Log2 of the odds that they are one person."""


@dataclass(frozen=True, slots=True)
class Review:
    """What waits, the nearest first."""

    waiting: int
    nearly: list[Nearly]
    held: list[tuple[str, int]]
    """A record of each group that is too large to believe, and how many records are in it."""


def review(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds, most: int) -> Review:
    """Return what waits for a decision, with at most so many pairs."""
    bounds = {"review": thresholds.review, "accept": thresholds.accept}
    found = connection.execute(NEARLY, bounds).fetchall()
    shown = [
        Nearly(one, other, " + ".join(in_words(pattern)), differing(pattern), round(weight, 1))
        for one, other, pattern, weight in found[:most]
    ]
    return Review(len(found), shown, connection.execute(HELD).fetchall())
