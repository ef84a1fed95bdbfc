"""What people who bought the same also bought: a trait worked out of everybody's items at once, in a few statements.

Two products are near each other by the cosine of their buyers: those of both, over the root of the product of those of
each (Sarwar et al., Item-based collaborative filtering recommendation algorithms, 2001). Scores are whole numbers, so
that their sums are the same in whatever order rows come; of equals the first in the alphabet is told first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from plugins.rules.catalogue import Trait
from plugins.rules.compiled import Condition, kept
from plugins.rules.facts import KINDS
from plugins.rules.moments import Ago

KIND = KINDS["item"]
PRODUCTS = 5000
"""So many products count, those with most buyers: pairs of them are bounded, however many are sold."""
NEWEST = 200
"""So many products of a person lead to others, those bought last: a canteen's purchases make no millions of pairs."""
NEIGHBOURS = 30
"""So many products are near another one."""
SLICE_ROWS = 10_000_000
"""People are told in slices of so many neighbours, which bounds the memory."""
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
TABLES = ("also_bought", "also_product", "also_seed", "also_near")

BOUGHT = """
CREATE OR REPLACE TEMP TABLE also_bought AS
SELECT p, "{tell}" AS v, max("{time}") FILTER (WHERE {kept}) AS latest, coalesce(latest >= ?, false) AS is_recent
FROM fact_item WHERE "{tell}" IS NOT NULL GROUP BY p, v
"""
PRODUCT = f"""
CREATE OR REPLACE TEMP TABLE also_product AS
SELECT v, n, row_number() OVER (ORDER BY v) AS i FROM (
  SELECT v, count(*) AS n FROM also_bought WHERE is_recent GROUP BY v HAVING count(*) >= ?
  ORDER BY n DESC, v LIMIT {PRODUCTS}
)
"""
# What does not count as a purchase leads to nothing, and is not told either.
SEED = """
CREATE OR REPLACE TEMP TABLE also_seed AS
SELECT p, i, is_recent,
  latest IS NOT NULL AND row_number() OVER (PARTITION BY p ORDER BY latest DESC NULLS LAST, i) <= ? AS leads
FROM also_bought JOIN also_product USING (v)
"""
# One number for a pair is grouped twice as fast as two.
NEAR = f"""
CREATE OR REPLACE TEMP TABLE also_near AS
WITH seed AS (SELECT p, i FROM also_seed WHERE leads AND is_recent), pair AS (
  SELECT one.i * {PRODUCTS + 1} + other.i AS ij, count(*) AS n
  FROM seed AS one JOIN seed AS other ON other.p = one.p AND other.i > one.i GROUP BY ij HAVING count(*) >= ?
), way AS (
  SELECT ij // {PRODUCTS + 1} AS i, ij % {PRODUCTS + 1} AS j, n FROM pair UNION ALL
  SELECT ij % {PRODUCTS + 1}, ij // {PRODUCTS + 1}, n FROM pair
)
SELECT way.i, j, CAST(round(1000000 * way.n / sqrt(one.n * other.n)) AS BIGINT) AS near
FROM way JOIN also_product AS one ON one.i = way.i JOIN also_product AS other ON other.i = j
QUALIFY row_number() OVER (PARTITION BY way.i ORDER BY near DESC, j) <= {NEIGHBOURS}
"""
LISTS = f"""
INSERT INTO {{table}}
WITH mine AS MATERIALIZED (SELECT p, i, leads FROM also_seed WHERE p % ? = ?), scored AS (
  SELECT p, j AS i, sum(near) AS score FROM mine JOIN also_near USING (i) WHERE leads GROUP BY p, j
), best AS (
  SELECT p, arg_max(i, score * {PRODUCTS + 1} - i, ?) AS best FROM scored ANTI JOIN mine USING (p, i) GROUP BY p
)
SELECT p, list_select((SELECT list(v ORDER BY i) FROM also_product), best) FROM best
"""


@dataclass(frozen=True, slots=True)
class AlsoBought:
    """A trait that lists what people who bought the same also bought, and this person never did."""

    trait: Trait
    tell: str
    """The fact of an item that is written, and by which things are the same."""
    most: int
    common_buyers: int
    condition: Condition | None
    within: Ago | None
    """How far back purchases tell what goes together; what somebody bought leads to it whenever that was."""
    kind = KIND
    otherwise: tuple[str, ...] = ()
    newest: int = NEWEST
    slice_rows: int = SLICE_ROWS

    def tell_into(self, engine: duckdb.DuckDBPyConnection, table: str, now: datetime) -> None:
        """Make a table of (p, value) over the relation `fact_item`; who is told nothing has no row."""
        where, values = kept(self.condition, None, KIND.time, now)
        since = self.within.at(now) if self.within else EARLIEST
        engine.execute(BOUGHT.format(tell=self.tell, time=KIND.time, kept=where), [*values, since])
        engine.execute(PRODUCT, [self.common_buyers])
        engine.execute(SEED, [self.newest])
        engine.execute(NEAR, [self.common_buyers])
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} (p BIGINT, value VARCHAR[])")
        slices = _slices(engine, self.slice_rows)
        for number in range(slices):
            engine.execute(LISTS.format(table=table), [slices, number, self.most])
        engine.execute("; ".join(f"DROP TABLE {each}" for each in TABLES))


def _slices(engine: duckdb.DuckDBPyConnection, rows: int) -> int:
    (found,) = engine.execute("SELECT count(*) FROM also_seed WHERE leads").fetchall()
    return 1 + int(found[0]) * NEIGHBOURS // rows
