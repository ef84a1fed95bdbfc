"""Learn what agreement is worth from records nobody has labelled: strangers from random pairs, others from blocks.

Needs the tables that the engine leaves; changes none of them.
"""

from __future__ import annotations

import duckdb
import numpy as np
from numpy.typing import NDArray

from mappers.identity import pairs
from mappers.identity.model import Model, Patterns, default, learn, measured, unpacked
from plugins.rules.identity import LEVELS

RANDOM_PAIRS = 3_000_000
FLOORS = {
    "given": 1e-3, "sur": 1e-4, "born": 1e-5, "email": 1e-7, "phone": 1e-7, "home": 1e-6, "id": 1e-8, "card": 1e-8,
}  # fmt: skip
"""How seldom strangers agree at least, where random pairs never do."""
# Random, and the same every time: each named node with some others, chosen by hash.
STRANGERS = f"""
CREATE OR REPLACE TEMP TABLE stranger AS
WITH numbered AS MATERIALIZED (SELECT x, h, row_number() OVER (ORDER BY h) - 1 AS place FROM unit WHERE is_named),
size AS (SELECT greatest(count(*), 1) AS many FROM numbered)
SELECT one.x AS a, other.x AS b FROM numbered AS one, size,
  unnest(range(greatest({RANDOM_PAIRS} // size.many, 1)::BIGINT)) AS round(turn)
JOIN numbered AS other ON other.place = hash(one.h, turn) % size.many WHERE one.x <> other.x
"""


def learn_from(connection: duckdb.DuckDBPyConnection, first: Model | None = None) -> Model:
    """Return the model that explains the engine's candidate pairs best, from `first` on (the built-in one)."""
    connection.execute(STRANGERS)
    pairs.compare(connection, "stranger")
    model = measured(first or default(), *_patterns(connection), FLOORS)
    connection.execute(pairs.ALL_PAIRS)
    pairs.compare(connection)
    return learn(model, *_patterns(connection), pairs.named_nodes(connection))


def _patterns(connection: duckdb.DuckDBPyConnection) -> tuple[Patterns, NDArray[np.float64]]:
    found = connection.execute("SELECT pattern, count(*) AS times FROM compared GROUP BY pattern").fetchnumpy()
    return unpacked(found["pattern"]), found["times"].astype(float)


def as_yaml(model: Model) -> str:
    """Return a model as `identity_model.yml` holds it."""
    lines = [
        "# What agreement is worth: how often one person, two members of a household, and two strangers agree.",
        "# Learnt without labels by: rotonde identity learn",
        f"same_per_record: {model.same_per_record:.6f}",
        f"household_per_record: {model.household_per_record:.6f}",
        "comparisons:",
    ]
    for name, levels in LEVELS.items():
        lines.append(f"  {name}:")
        table = np.clip(model.probability[name], 1e-9, 1)
        lines += [
            f"    {level}: [{', '.join(f'{chance:.9f}' for chance in row)}]"
            for level, row in zip(levels, table, strict=True)
        ]
    return "\n".join(lines) + "\n"
