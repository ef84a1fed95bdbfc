"""What somebody said of being written to, for the tills and webshops that hold it: as the next round would copy it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import duckdb
from sqlalchemy import Connection, select

from plugins.hub.destinations import RecordChannel
from plugins.hub.plans import Hub, journal_rows
from plugins.hub.record_planning import plan_kinds
from plugins.store.pairs import among
from plugins.store.tables import membership


def speakers(connection: Connection, customers: Collection[tuple[str, str]]) -> set[str]:
    """Return the profiles of some customers; who is not known yet is left to the next round."""
    theirs = among(membership.c.source, membership.c.source_id, customers)
    return set(connection.execute(select(membership.c.profile_id).where(theirs)).scalars())


def copies(
    hub: Hub, engine: duckdb.DuckDBPyConnection, people: Collection[str]
) -> Iterator[tuple[RecordChannel, list[dict[str, Any]]]]:
    """Give each destination that holds consents by record, and the rows that some persons are due there.

    The engine has them alone, and what they agreed to.
    """
    known = {source for (source,) in engine.execute("SELECT DISTINCT source FROM customer").fetchall()}
    for channel in hub.records.values():
        if "consent" in channel.holds and channel.source in known:
            plan_kinds(engine, hub.store, hub.meaning, channel, hub.clock(), ["consent"])
            if rows := [row for row in journal_rows(engine, channel, "all") if row["profile_id"] in people]:
                yield channel, rows
