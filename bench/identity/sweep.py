"""The match weight at which a set of scored pairs does best against the truth, which no one has in practice."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bench.identity.score import scored

SWEPT = [float(weight) for weight in range(-4, 31)]

# how many pairs, and how many right ones, from each weight up
FROM_EACH_WEIGHT = """
SELECT least, sum(pairs) OVER (ORDER BY least DESC), sum(rights) OVER (ORDER BY least DESC) FROM (
  SELECT floor(match_weight * 2) / 2 AS least, count(*) AS pairs,
         count(*) FILTER (l.person_id = r.person_id) AS rights
  FROM {pairs} AS pair JOIN {truth} AS l ON l.record_id = record_id_l JOIN {truth} AS r ON r.record_id = record_id_r
  GROUP BY 1)
"""


def best(con: duckdb.DuckDBPyConnection, pairs: str, truth: str, link: bool) -> dict[str, Any]:
    """Return the weight whose clusters have the best F1, that F1 at each weight, and the best F1 of the bare pairs."""
    con.execute(f"CREATE OR REPLACE TABLE numbered AS SELECT row_number() OVER () - 1 AS n, record_id FROM {truth}")
    edges = con.execute(
        f"SELECT l.n AS l, r.n AS r, match_weight AS weight FROM {pairs}"
        " JOIN numbered AS l ON l.record_id = record_id_l JOIN numbered AS r ON r.record_id = record_id_r"
    ).fetchnumpy()
    found = {weight: _clustered(con, edges, weight, truth, link) for weight in SWEPT}
    most = max(each["f1"] for each in found.values())
    tops = [weight for weight, each in found.items() if each["f1"] == most]
    top = tops[len(tops) // 2]
    bare = _bare(con, pairs, truth, found[top]["true_pairs"])
    return {"weight": top, "f1_at_weight": {weight: each["f1"] for weight, each in found.items()}, **bare}


def _clustered(
    con: duckdb.DuckDBPyConnection, edges: dict[str, Any], weight: float, truth: str, link: bool
) -> dict[str, Any]:
    near = np.asarray(edges["weight"]) >= weight
    number = con.execute("SELECT count(*) FROM numbered").fetchall()[0][0]
    left, right = np.asarray(edges["l"])[near], np.asarray(edges["r"])[near]
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(number, number))
    labels = connected_components(graph, directed=False)[1]
    con.register("labels", {"n": np.arange(number), "profile_id": labels})
    con.execute("CREATE OR REPLACE TABLE swept AS SELECT record_id, profile_id FROM numbered JOIN labels USING (n)")
    return scored(con, truth, "swept", link)


def _bare(con: duckdb.DuckDBPyConnection, pairs: str, truth: str, true: int) -> dict[str, Any]:
    rows = con.execute(FROM_EACH_WEIGHT.format(pairs=pairs, truth=truth)).fetchall()
    f1, weight = max((2 * right / (number + true), least) for least, number, right in rows)
    return {"pairs_f1": round(f1, 6), "pairs_weight": weight}
