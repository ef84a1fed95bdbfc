"""How well the persons of the hub agree with the truth behind the sandbox."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from plugins.hub.plans import Hub
from plugins.hub.resolving import is_resolved
from plugins.store.engine import StoreError
from plugins.store.mirror import open_mirror

COUNTS = """
WITH known AS (
  SELECT assigned.profile_id, truth.person FROM assigned JOIN customer USING (n)
  JOIN truth ON truth.source = customer.source AND truth.source_id = customer.source_id
), mixed AS (SELECT profile_id, person, count(*) AS n FROM known GROUP BY ALL),
found AS (SELECT count(*) AS n FROM known GROUP BY profile_id),
right_ AS (SELECT count(*) AS n FROM known GROUP BY person)
SELECT (SELECT count(*) FROM known), (SELECT count(*) FROM right_), (SELECT count(*) FROM found),
  (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM mixed), (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM found),
  (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM right_), (SELECT coalesce(max(n), 0) FROM found),
  (SELECT count(*) FROM (SELECT profile_id FROM mixed GROUP BY profile_id HAVING count(*) > 1))
"""
NAMES = ("records", "persons_in_truth", "persons_found", "right_pairs", "pairs_found", "pairs_in_truth",
         "largest_person", "persons_mixed")  # fmt: skip


def compared(hub: Hub, truths: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    """Return pair precision, recall and F1, and the counts they come from; `truths` is source -> id -> person."""
    if not is_resolved(hub.store):
        raise StoreError("status: nothing is resolved yet; run 'rotonde resolve' first")
    with open_mirror(hub.store, read_only=True) as connection:
        _show(connection, truths)
        found = dict(zip(NAMES, (int(each) for each in connection.execute(COUNTS).fetchall()[0]), strict=True))
    precision = found["right_pairs"] / max(found["pairs_found"], 1)
    recall = found["right_pairs"] / max(found["pairs_in_truth"], 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {**found, "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _show(connection: duckdb.DuckDBPyConnection, truths: Mapping[str, Mapping[str, str]]) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE truth (source TEXT, source_id TEXT, person TEXT)")
    for source, known in truths.items():
        rows = {"source": source, "ids": list(known), "persons": list(known.values())}
        connection.execute("INSERT INTO truth SELECT $source, unnest($ids::TEXT[]), unnest($persons::TEXT[])", rows)
