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


def note(connection: duckdb.DuckDBPyConnection, keeping: Mapping[str, str]) -> None:
    """Make table `written`; the store is attached, and `keeping` is destination -> source."""
    connection.execute("CREATE OR REPLACE TEMP TABLE keeping (destination TEXT, source TEXT)")
    for pair in keeping.items():
        connection.execute("INSERT INTO keeping VALUES (?, ?)", list(pair))
    connection.execute(WRITTEN)


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
