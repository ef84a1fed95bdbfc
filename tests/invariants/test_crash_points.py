"""Every named crash point, three ways to die, both databases: plain runs bring everything to where it belongs."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from plugins.store.crash import POINTS
from plugins.store.tables import ENTITY_TABLES, membership, profile, resolve_run
from plugins.wire.outbox import Row
from tests.road.stage import ROOT, Stage, act, customer, orders, reader, record, withdrawal

STORE = tuple(point for point in POINTS if point.endswith(("store", "cursor")))
MERGE = tuple(point for point in POINTS if point.endswith("merge"))
ERASURE = tuple(point for point in POINTS if point.endswith("erasure"))  # tested where erasing is
LEDGER = tuple(point for point in POINTS if point.startswith("in ledger"))  # in schedules, where the ledger is
FEED = tuple(point for point in POINTS if point.endswith("feed"))  # tested where feeds are
JOURNAL = tuple(point for point in POINTS if point not in STORE + MERGE + ERASURE + LEDGER + FEED)
MANNERS = ("exit", "exception", "sigterm")
READERS = ("ann", "bob", "cas")


def deaths(points: Sequence[str]) -> list[Any]:
    return [
        pytest.param(point if manner == "exit" else f"{point}:{manner}", id=f"{point}, {manner}")
        for point in points
        for manner in MANNERS
    ]


def people() -> list[dict[str, Any]]:
    """Return three who may be written to, one who said no, and one of whom nobody knows."""
    refused = [customer("rik"), act("rik"), withdrawal("rik"), *orders("rik")]
    unasked = [customer("uma"), act("uma", facts={}), *orders("uma")]
    return [*(one for name in READERS for one in reader(name)), *refused, *unasked]


def run(stage: Stage, command: Sequence[str], feed: str = "", crash: str = "", run_id: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *command], input=feed, capture_output=True, text=True, cwd=ROOT, timeout=60,
        env=stage.environment(crash, run_id),
    )  # fmt: skip
    assert "@example" not in done.stderr
    return done.returncode, done.stdout


def lines(records: Sequence[dict[str, Any]]) -> str:
    made = [{"type": "RECORD", "stream": one["entity"], "record": {k: v for k, v in one.items() if k != "entity"}}
            for one in records]  # fmt: skip
    return "".join(json.dumps(one) + "\n" for one in [*made, {"type": "STATE", "value": {"bookmarks": 1}}])


def rows(stage: Stage, entity: str) -> int:
    with stage.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(ENTITY_TABLES[entity])).scalar_one())


@pytest.mark.parametrize("death", deaths(STORE))
def test_d7_d8_the_cursor_never_passes_what_is_not_in_the_store(stage_both: Stage, death: str) -> None:
    text, total = lines(people()), len({one["source_id"] for one in people() if one["entity"] == "customer"})
    code, out = run(stage_both, ["targets/hub/target.py"], text, crash=death)
    assert code != 0
    assert not out.strip() or rows(stage_both, "customer") == total
    assert rows(stage_both, "customer") in (0, total)
    code, out = run(stage_both, ["targets/hub/target.py"], text)
    assert (code, json.loads(out)) == (0, {"bookmarks": 1})
    assert rows(stage_both, "customer") == total


@pytest.mark.parametrize("death", deaths(MERGE))
def test_d1_a_death_while_persons_are_worked_out_leaves_all_of_it_or_nothing(stage_both: Stage, death: str) -> None:
    stage_both.keep(people())
    code, _ = run(stage_both, ["-m", "plugins.hub.cli", "resolve"], crash=death)
    assert code != 0
    members, finished = _members(stage_both)
    assert (len(members), finished) in ((0, 0), (5, 1))
    stage_both.keep(record("customer", "tilroy", "9", email="ann@example.nl", email_quality="ok", initial="A"))
    stage_both.push()
    assert _members(stage_both)[0].items() >= members.items()
    assert _held(stage_both) == dict.fromkeys(READERS, ("subscribed", ("letter",)))


def _members(stage: Stage) -> tuple[dict[tuple[str, str], str], int]:
    with stage.store.reading() as connection:
        found = {(row.source, row.source_id): row.profile_id for row in connection.execute(select(membership))}
        known = set(connection.execute(select(profile.c.id)).scalars())
        runs = connection.execute(select(func.count()).select_from(resolve_run)).scalar_one()
    assert set(found.values()) <= known
    return found, int(runs)


def _held(stage: Stage) -> dict[str, Any]:
    return {name: held for name, held in stage.held().items() if held[0] == "subscribed"}


@pytest.mark.parametrize("death", deaths(JOURNAL))
def test_d1_d2_d17_a_death_on_the_way_out_is_mended_and_nobody_is_sent_against_their_will(
    stage_both: Stage, tmp_path: Path, death: str
) -> None:
    stage = stage_both
    stage.keep(people())
    code = _die(stage, tmp_path, stage.emit(run="a"), death)
    is_open = bool({each["state"] for each in stage.journal()} & {"prepared", "unknown", "planned"})
    assert code != 0 or not is_open
    stage.keep(withdrawal("bob", 5))
    open_runs = 0
    while stage.push().counts:
        open_runs += 1
        assert open_runs <= 3
    assert _held(stage) == dict.fromkeys(("ann", "cas"), ("subscribed", ("letter",)))
    assert stage.sent() <= set(READERS)
    assert not {each["state"] for each in stage.journal()} & {"planned", "prepared", "unknown"}
    assert sum(each.kind == "created" and each.email == "ann@example.nl" for each in stage.mailchimp.operations) == 1


def _die(stage: Stage, folder: Path, planned: Sequence[Row], death: str) -> int:
    settings = folder / f"{uuid.uuid4().hex}.json"
    settings.write_text(json.dumps({**stage.config, "outbox": "plugins.hub.journal:open_outbox"}))
    schema = {"type": "SCHEMA", "stream": "changes", "schema": {"properties": {}}, "key_properties": ["key"]}
    made = [{"type": "RECORD", "stream": "changes", "record": {
        "key": row.key, "operation": row.operation, "wire_id": row.wire_id, "payload": dict(row.payload)}}
        for row in planned]  # fmt: skip
    text = "".join(json.dumps(line) + "\n" for line in [schema, *made])
    return run(stage, ["targets/mailchimp/target.py", "--config", str(settings)], text, crash=death, run_id="a")[0]


def test_every_crash_point_is_dealt_with_here() -> None:
    assert set(STORE + MERGE + ERASURE + LEDGER + FEED + JOURNAL) == set(POINTS)
    assert (len(STORE), len(MERGE), len(JOURNAL)) == (3, 3, 5)
