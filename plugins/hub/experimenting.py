"""Experiments inside the hub: what came of them."""

from __future__ import annotations

from datetime import datetime

import duckdb

from mappers.identity.claims import CLAIMED
from mappers.profiles.traits import PURCHASES
from plugins.experiments.groups import lay_arms, standings
from plugins.experiments.measuring import Result, measure
from plugins.hub.meaning import Audience, Meaning
from plugins.store.engine import Store
from plugins.store.mirror import attached

REACHED = """
CREATE OR REPLACE TEMP TABLE reached AS
SELECT DISTINCT profile_id FROM origin.push JOIN (SELECT unnest($destinations) AS destination, unnest($tags) AS tag)
  USING (destination)
WHERE state = 'accepted' AND operation IN ('add', 'change')
  AND (list_contains(CAST(json_extract(payload, '$.tags_on') AS TEXT[]), tag)
       OR (starts_with(wire_id, 'event:') AND (payload ->> '$.name') = tag
           AND (payload ->> '$.is_syncing') = 'false'))
"""


def results(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, now: datetime
) -> list[Result]:  # fmt: skip
    """Return what each experiment shows; the mirror is resolved."""
    found = standings(store, meaning.experiments, now)
    lay_arms(connection, store, found)
    for statement in (CLAIMED, PURCHASES):
        connection.execute(statement)
    made = []
    for each in found:
        audience = next(one for one in meaning.audiences if one.name == each.rule.group)
        _reach(connection, store, audience)
        made.append(measure(connection, each, now))
    return made


def _reach(connection: duckdb.DuckDBPyConnection, store: Store, audience: Audience) -> None:
    told = {"destinations": list(audience.to), "tags": [each.name for each in audience.to.values()]}
    with attached(connection, store):
        connection.execute(REACHED, told)
