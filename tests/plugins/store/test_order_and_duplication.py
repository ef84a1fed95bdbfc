"""The same store for any order and any duplication of the same statements and seals."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.tables import ENTITY_TABLES, snapshot

TABLE = ENTITY_TABLES["store"]
MOMENTS = [f"2026-03-0{day}T10:00:00+01:00" for day in range(1, 6)]

statements = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from(["1", "2", "3"]),
        "changed_at": st.sampled_from([None, *MOMENTS]),
        "seen_at": st.sampled_from(MOMENTS),
        "name": st.sampled_from(["Antwerpen", "Breda", None]),
        "is_deleted": st.booleans(),
        "stream": st.sampled_from(["shops", "more_shops"]),
    }
)
seals = st.tuples(st.sampled_from(["shops", "more_shops"]), st.sampled_from(MOMENTS))
events = st.lists(st.one_of(statements, seals), min_size=1, max_size=12)


def _keep(store: Store, sequence: list[Any], batch: int) -> None:
    keeper = Keeper(store, "run", accept_shrink=True)
    for number, event in enumerate(sequence):
        if isinstance(event, tuple):
            from plugins.store.times import moment_of, utc_text

            keeper.sealed("store", "till", event[0], utc_text(moment_of(event[1])))
            keeper.commit()
        else:
            keeper.record("store", json.dumps({"source": "till", **event}).encode())
        if number % batch == 0:
            keeper.commit()
    keeper.commit()


def _content(store: Store) -> list[tuple[Any, ...]]:
    with store.writing() as connection:
        columns = [column for column in TABLE.c if column.name != "row_seq"]
        rows = [tuple(row) for row in connection.execute(select(*columns).order_by(TABLE.c.source_id))]
        sealed = [tuple(row) for row in connection.execute(select(snapshot).order_by(snapshot.c.stream))]
        connection.execute(delete(TABLE))
        connection.execute(delete(snapshot))
    return [*rows, *sealed]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=events, seed=st.integers(0, 2**32), batch=st.integers(1, 6))
def test_any_order_and_any_duplication_gives_the_same_store(
    store: Store, events: list[Any], seed: int, batch: int
) -> None:
    _keep(store, events, batch=4)
    straight = _content(store)
    shuffled = [*events, *events[: len(events) // 2]]
    random.Random(seed).shuffle(shuffled)
    _keep(store, shuffled, batch)
    assert _content(store) == straight
