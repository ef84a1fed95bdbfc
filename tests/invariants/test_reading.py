"""Reading: the cursor stays behind what is kept, one bad record stops nothing, and a broken reading removes nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from mappers.canonical.mapper import Mapper
from plugins.store.engine import open_store
from plugins.store.keeper import Keeper
from plugins.store.tables import ENTITY_TABLES, quarantine, run_stream
from targets.hub.target import Door
from tests.road.stage import Stage
from tests.road.world import World

GOOD: dict[str, Any] = {"id": 7, "email": "ann@example.nl", "date_modified_gmt": "2026-03-02T10:00:00"}
BAD: dict[str, Any] = {
    "malformed": b'{"type":"RECORD","stream":"customers","record":{"id":8,}',
    "cut": b'{"type":"RECORD","stream":"customers","rec',
    "unknown stream": {"stream": "dreams", "record": GOOD},
    "missing key": {"record": {"email": "bob@example.nl"}},
    "null key": {"record": GOOD | {"id": None}},
    "wrong type": {"record": GOOD | {"billing": "nobody", "meta_data": "none"}},
    "a list": {"record": [GOOD]},
    "a text": {"record": "Ann"},
    "absurd date": {"record": GOOD | {"date_modified_gmt": "9999-99-99T99:99:99"}},
    "date before writing": {"record": GOOD | {"date_modified_gmt": "0001-01-01T00:00:00"}},
    "surrogate": b'{"type":"RECORD","stream":"customers","record":{"id":9,"first_name":"\\ud800"}}',
    "NaN": b'{"type":"RECORD","stream":"customers","record":{"id":NaN}}',
    "endless number": b'{"type":"RECORD","stream":"customers","record":{"id":' + b"9" * 5000 + b"}}",
    "deep": b'{"type":"RECORD","stream":"customers","record":{"id":1,"x":' + b"[" * 50000 + b"]" * 50000 + b"}}",
    "twelve megabytes": {"record": GOOD | {"id": 12, "note": "x" * 12_000_000}},
    "BATCH": b'{"type":"BATCH","stream":"customers","manifest":[]}',
    "no type": b'{"stream":"customers","record":{"id":3}}',
    "not UTF-8": b'{"type":"RECORD","stream":"customers","record":{"id":"\xff\xfe"}}',
}


def line_of(bad: Any) -> bytes:
    if isinstance(bad, bytes):
        return bad
    return json.dumps({"type": "RECORD", "stream": "customers", **bad}).encode()


def good(number: int) -> bytes:
    return line_of({"record": GOOD | {"id": number, "email": f"p{number}@example.nl"}})


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_d9_one_bad_record_never_stops_the_others(stage: Stage, bad: Any) -> None:
    mapper, door = Mapper({"system": "woocommerce", "source": "woocommerce"}), Door(Keeper(stage.store, "run"))
    for line in [good(1), line_of(bad), b"", b"  ", b"\xef\xbb\xbf" + good(2), good(3)]:
        for made in mapper.line(line):
            door.line(made)
    for made in mapper.count_lines():
        door.line(made)
    door.rest(is_end=True)
    with stage.store.reading() as connection:
        kept = set(connection.execute(select(ENTITY_TABLES["customer"].c.source_id)).scalars())
        counts = connection.execute(select(run_stream)).mappings().all()
        reasons = connection.execute(select(quarantine.c.reason)).scalars().all()
    assert {"1", "2", "3"} <= kept
    for each in counts:
        assert each["read"] == each["accepted"] + each["quarantined"] + each["filtered"]
    read = sum(each["read"] for each in counts if each["stage"] == "mean")
    assert read == 4
    assert len(reasons) == 1 or {"7"} <= kept  # what is merely odd is kept, what is unreadable is set aside


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_d9_the_store_door_takes_any_line(stage: Stage, bad: Any) -> None:
    door = Door(Keeper(stage.store, "run"))
    shared = {"source": "till", "stream": "shops", "seen_at": "2026-03-01T00:00:00Z"}
    for number in ("1", "2"):
        door.line(line_of({"stream": "store", "record": {**shared, "source_id": number}}))
        door.line(line_of(bad))
    door.rest(is_end=True)
    with stage.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ENTITY_TABLES["store"])).scalar_one() == 2
        assert connection.execute(select(quarantine.c.times, quarantine.c.state)).all() == [(1, "open")]


READING_FAULTS = {
    "401": {"status": 401}, "429": {"status": 429}, "reset": {"reset": "after"}, "truncated": {"cut_at": 50},
}  # fmt: skip
LIKE_THEM = {"403": {"status": 403}, "404": {"status": 404}, "500": {"status": 500}}


@pytest.mark.parametrize("skip", [pytest.param(0, marks=pytest.mark.long), 3], ids=["at once", "in the middle"])
@pytest.mark.parametrize("fault", [
    *(pytest.param(fault, id=name) for name, fault in READING_FAULTS.items()),
    *(pytest.param(fault, id=name, marks=pytest.mark.long) for name, fault in LIKE_THEM.items()),
])  # fmt: skip
def test_d7_d12_d17_a_reading_that_breaks_off_fails_and_takes_nobody_away(
    world: World, fault: dict[str, Any], skip: int
) -> None:
    before, state = counts_of(world), state_of(world)
    world.mailchimp.faults.add(times=999, skip=skip, **fault)
    run = world.ingest("mailchimp")[0]
    assert run.codes[0] != 0
    assert counts_of(world) == before
    assert "@example" not in run.errors
    assert run.codes[2] == 0
    world.mailchimp.faults.clear()
    assert world.ingest("mailchimp")[0].is_well
    assert state_of(world).keys() >= state.keys()
    assert counts_of(world) == before


def counts_of(world: World) -> dict[str, int]:
    """Return how many living records each entity has."""
    store, counts = open_store(world.store_url), {}
    with store.reading() as connection:
        for name in ("customer", "consent", "event"):
            table = ENTITY_TABLES[name]
            lives = table.c.is_deleted.is_(False) & table.c.is_absent.is_(False)
            counts[name] = connection.execute(select(func.count()).select_from(table).where(lives)).scalar_one()
    store.close()
    return counts


def state_of(world: World) -> dict[str, Any]:
    path = Path(world.folder / "state-mailchimp.json")
    state: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return state


@pytest.mark.parametrize(
    "fault, is_well", [({}, True), ({"status": 401}, False), ({"reset": "after"}, False), ({"status": 500}, False)]
)
def test_d17_a_run_is_well_only_when_nothing_is_open(world: World, fault: dict[str, Any], is_well: bool) -> None:
    if fault:
        world.mailchimp.faults.add(match="POST", times=999, **fault)
    run = world.push()
    states = {row["state"] for row in world.journal()}
    assert run.is_well is is_well
    assert bool(states & {"planned", "prepared", "unknown"}) is not is_well
    assert "@example" not in run.errors
