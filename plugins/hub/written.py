"""What we wrote into systems that keep a consent, so that reading it back is no act of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import duckdb
from sqlalchemy import Connection, select

from plugins.store.tables import push
from plugins.store.writing import any_of

PREFIX = "consent:"
# Of each record and channel what was written last counts, and only a no: a yes that is read back means nothing anyway.
WRITTEN = f"""
CREATE OR REPLACE TABLE written AS
SELECT source, customer_id, channel, "at" FROM (
  SELECT keeping.source, substr(wire_id, {len(PREFIX) + 1}) AS customer_id, entry.key AS channel,
         CAST(entry.value AS BOOLEAN) AS is_yes, TRY_CAST(answered_at AS TIMESTAMP) AS "at", seq
  FROM origin.push JOIN keeping USING (destination), json_each(payload, '$.consent') AS entry
  WHERE state = 'accepted' AND wire_id LIKE '{PREFIX}%'
) QUALIFY row_number() OVER (PARTITION BY source, customer_id, channel ORDER BY seq DESC) = 1 AND NOT is_yes
"""
# A record that changed when we wrote to it has the time it had before; it is its own again once it changes later.
TOUCHED = """
UPDATE customer SET changed_at = before FROM (
  SELECT keeping.source, payload ->> '$.customer' AS source_id, TRY_CAST(answered_at AS TIMESTAMP) AS "at",
         TRY_CAST(found ->> '$.changed_at' AS TIMESTAMP) AS before
  FROM origin.push JOIN keeping USING (destination)
  WHERE state = 'accepted' AND found IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY keeping.source, source_id ORDER BY seq DESC) = 1
) AS touched
WHERE touched.source = customer.source AND touched.source_id = customer.source_id AND before < customer.changed_at
  AND customer.changed_at BETWEEN touched."at" - INTERVAL 5 MINUTE AND touched."at" + INTERVAL 5 MINUTE
"""


def note(connection: duckdb.DuckDBPyConnection, keeping: Mapping[str, str]) -> None:
    """Make table `written`, and date records back that only we changed; `keeping` is destination -> source.

    The store is attached.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE keeping (destination TEXT, source TEXT)")
    for pair in keeping.items():
        connection.execute("INSERT INTO keeping VALUES (?, ?)", list(pair))
    connection.execute(WRITTEN)
    connection.execute(TOUCHED)


def written(
    connection: Connection, keeping: Mapping[str, str], keys: Iterable[tuple[str, str]]
) -> list[tuple[str, str, str, str]]:
    """Return the same of some records (source, id): source, id, channel and when."""
    ids = {f"{PREFIX}{key}" for source, key in keys if source in keeping.values()}
    if not ids:
        return []
    query = select(push.c.destination, push.c.wire_id, push.c.payload, push.c.answered_at).where(
        any_of(connection, push.c.wire_id, sorted(ids)), push.c.state == "accepted",
        push.c.destination.in_(list(keeping)),
    )  # fmt: skip
    newest: dict[tuple[str, str, str], str | None] = {}
    for destination, wire_id, payload, at in connection.execute(query.order_by(push.c.seq)):
        for channel, is_yes in json.loads(payload).get("consent", {}).items():
            newest[keeping[destination], wire_id.removeprefix(PREFIX), channel] = None if is_yes else at
    return [(*key, at) for key, at in newest.items() if at is not None]
