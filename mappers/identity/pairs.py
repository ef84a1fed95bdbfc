"""Pairs: which named nodes may be one person, and what their agreement weighs.

Blocks bring nodes together that share something; a block too large to say anything is left out. Every pair of a block
is compared field by field, and the model weighs each pattern of levels. What is kept is what decides: pairs that are
one person, pairs that certainly are not, and those that are nearly one person.
"""

from __future__ import annotations

import numpy as np

from mappers.identity.comparisons import COMPARISONS
from mappers.identity.model import BY_FREQUENCY, Model, unpacked
from mappers.identity.statements import Statements, hashed
from mappers.identity.thresholds import Thresholds
from plugins.rules.identity import LEVELS

BLOCKS: dict[str, tuple[str, int]] = {
    "email": ("email", 60),
    "phone": ("phone", 60),
    "card": ("card", 40),
    "prev_card": ("prev_card", 40),
    "login": ("login", 60),
    "social": ("social", 60),
    "alias": ("alias", 60),
    "customer_no": ("customer_no", 60),
    "home": ("code || ' ' || house", 24),
    "home_name": ("code || ' ' || house || ' ' || sound", 24),
    "code_name": ("code || ' ' || sound", 16),
    "code_given": ("code || ' ' || given", 10),
    "born_name": ("sound || ' ' || CAST(born AS TEXT)", 24),
    "born_given": ("given || ' ' || CAST(born AS TEXT)", 10),
    "born": ("CAST(born AS TEXT)", 8),
    "born_code": ("CAST(born AS TEXT) || code", 16),
    "name": ("sound || ' ' || given", 10),
    "turned": ("least(given, sur) || ' ' || greatest(given, sur)", 10),
    "local": ("CASE WHEN length(local) > 5 THEN local END", 10),
    "street": ("CASE WHEN code IS NULL THEN street || ' ' || house || ' ' || given END", 10),
    "street_name": ("CASE WHEN code IS NULL THEN street || ' ' || house || ' ' || sound END", 10),
}
"""What may bring two nodes together, and how many nodes it may bring together before it says nothing."""
TOGETHER = {"prev_card": "card"}
"""Blocks whose values are those of another."""


def blocks(of: str = "unit") -> str:
    """Return the SELECT of (k, most, x): which node is in which block."""
    return " UNION ALL ".join(
        f"SELECT {hashed(repr(TOGETHER.get(name, name)), key)} AS k, CAST({most} AS UTINYINT) AS most, x FROM {of} "
        f"WHERE is_named AND {key} IS NOT NULL"
        for name, (key, most) in BLOCKS.items()
    )


SMALLEST = 1 << 12
"""Fewer named nodes than this count as this many: in a small table, too, a name alone is no evidence."""

FIT = "SELECT k FROM {block} GROUP BY k HAVING count(*) BETWEEN 2 AND min(most)"
ALL_PAIRS = f"""
CREATE OR REPLACE TEMP TABLE candidate AS
WITH fit AS ({FIT.format(block="block")}), kept AS MATERIALIZED (SELECT k, x FROM block SEMI JOIN fit USING (k))
SELECT DISTINCT one.x AS a, other.x AS b FROM kept AS one JOIN kept AS other ON one.k = other.k AND one.x < other.x
"""
PAIRS_IN_SCOPE = f"""
CREATE OR REPLACE TEMP TABLE candidate AS
WITH mine AS MATERIALIZED (SELECT k, x FROM block SEMI JOIN scope USING (x)),
near AS MATERIALIZED (SELECT k, most, x FROM block SEMI JOIN mine USING (k)), fit AS ({FIT.format(block="near")}),
kept AS MATERIALIZED (SELECT k, x FROM near SEMI JOIN fit USING (k))
SELECT DISTINCT least(mine.x, kept.x) AS a, greatest(mine.x, kept.x) AS b FROM mine JOIN kept USING (k)
WHERE mine.x <> kept.x
"""
PATTERN = " + ".join(
    [
        *(f"{name} * {8**place}" for place, name in enumerate(LEVELS)),
        *(f"CAST({name}_f AS BIGINT) * {8 ** len(LEVELS) * 32**place}" for place, name in enumerate(BY_FREQUENCY)),
    ]
)
"""A pattern is one number: three bits for the level of each comparison, then five for each frequency class."""
COMPARED = f"""
CREATE OR REPLACE TEMP TABLE compared AS
WITH levelled AS MATERIALIZED (
  SELECT c.a, c.b, {", ".join(f"{sql} AS {name}" for name, sql in COMPARISONS.items())},
    {", ".join(f"CASE WHEN a.{name} = b.{name} THEN a.{name}_f ELSE 0 END AS {name}_f" for name in BY_FREQUENCY)}
  FROM {{pairs}} AS c JOIN {{units}} AS a ON a.x = c.a JOIN {{units}} AS b ON b.x = c.b
)
SELECT a, b, CAST({PATTERN} AS BIGINT) AS pattern
FROM levelled
"""
NEAR = """
CREATE OR REPLACE TEMP TABLE near AS
SELECT unit.* FROM unit SEMI JOIN (SELECT a AS x FROM candidate UNION SELECT b FROM candidate) USING (x)
"""
SCORED = """
SELECT a, b, pattern, weight FROM compared JOIN weighed USING (pattern)
WHERE weight >= {review} OR weight <= {veto}
"""
# Keys whose block grew too large, or became small enough, with what came and went.
CROSSED = """
INSERT INTO scope SELECT x FROM block SEMI JOIN (
  SELECT k FROM sized FULL JOIN (
    SELECT k, count(*) AS n, min(most) AS most FROM block SEMI JOIN keys USING (k) GROUP BY k) AS now USING (k)
  WHERE (coalesce(sized.n, 0) <= coalesce(sized.most, now.most))
     <> (coalesce(now.n, 0) <= coalesce(now.most, sized.most))
) USING (k) EXCEPT SELECT x FROM scope
"""
RENEWED = (
    "CREATE OR REPLACE TEMP TABLE coming AS {blocks}",
    "CREATE OR REPLACE TEMP TABLE keys AS SELECT k FROM block SEMI JOIN scope USING (x) UNION SELECT k FROM coming",
    "CREATE OR REPLACE TEMP TABLE sized AS "
    "SELECT k, count(*) AS n, min(most) AS most FROM block SEMI JOIN keys USING (k) GROUP BY k",
    "DELETE FROM block WHERE x IN (SELECT x FROM scope)",
    "INSERT INTO block FROM coming",
    CROSSED,
    PAIRS_IN_SCOPE,
    "CREATE OR REPLACE TEMP TABLE parted AS SELECT * FROM scored WHERE a IN (FROM scope) OR b IN (FROM scope)",
    "DELETE FROM scored WHERE a IN (FROM scope) OR b IN (FROM scope)",
)


def make(connection: Statements, model: Model, thresholds: Thresholds) -> None:
    """Make `block` and `scored` (a, b, pattern, weight) from `unit`."""
    connection.execute(f"CREATE OR REPLACE TABLE block AS {blocks()}")
    connection.execute(ALL_PAIRS)
    compare(connection)
    weigh(connection, model, thresholds)
    connection.execute("DROP TABLE candidate")
    connection.execute(f"CREATE OR REPLACE TABLE scored AS {SCORED.format(**thresholds.kept)}")
    connection.execute("DROP TABLE compared")


def update(connection: Statements, model: Model, thresholds: Thresholds) -> None:
    """Look again at the pairs of the nodes in `scope`; leaves `parted`, the pairs they were in before."""
    for statement in RENEWED:
        connection.execute(statement.format(blocks=blocks("scoped")))
    connection.execute(NEAR)
    compare(connection, units="near")
    weigh(connection, model, thresholds)
    connection.execute(f"INSERT INTO scored {SCORED.format(**thresholds.kept)}")


def compare(
    connection: Statements, pairs: str = "candidate", units: str = "(SELECT * FROM unit WHERE is_named)"
) -> None:
    """Leave `compared`: the pattern on which each of these pairs (a, b) agrees."""
    connection.execute(COMPARED.format(pairs=pairs, units=units))


def weigh(connection: Statements, model: Model, thresholds: Thresholds, named: int | None = None) -> None:
    """Leave `weighed`: the weight of each pattern that occurs in `compared`, among so many named nodes."""
    named = named_nodes(connection) if named is None else named
    found = connection.execute("SELECT DISTINCT pattern FROM compared").fetchnumpy()["pattern"]
    weights = thresholds.capped(unpacked(found), model.weights(unpacked(found), named))
    connection.register("weights", {"pattern": found, "weight": np.round(weights, 3)})
    connection.execute("CREATE OR REPLACE TEMP TABLE weighed AS FROM weights")
    connection.unregister("weights")


def named_nodes(connection: Statements) -> int:
    """Return how many named nodes there are, as a power of two: it changes seldom, and then all is weighed anew."""
    found: int = connection.execute("SELECT count(*) FROM unit WHERE is_named").fetchall()[0][0]
    return power_of(found)


def power_of(named: int) -> int:
    """Return a number of named nodes as the power of two that it counts as."""
    return max(SMALLEST, 1 << named.bit_length())
