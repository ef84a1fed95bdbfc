"""One look from end to end: what runs really leave behind is found, told without a person or a key, and listed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML
from sqlalchemy import select

from plugins.alerts.__main__ import alerts
from plugins.alerts.looking import LEASE, look
from plugins.alerts.records import drifted, tripped_guards
from plugins.alerts.runs import failed_runs, refused_keys
from plugins.hub.lease import release, take
from plugins.hub.project import run_job
from plugins.rules.alerts import Alerts
from plugins.store.alarm_tables import alarm_message
from plugins.store.engine import Store
from plugins.store.times import now, utc_text
from tests.making import keep, pushed, reader, withdrawal
from tests.plugins.alerts.conftest import TOKEN, Receiver, abouts, after, ran, sees
from tests.plugins.alerts.test_records import spoil
from tests.road.conftest import own_environment, stage
from tests.road.stage import ROOT, Stage, customer

__all__ = ["own_environment", "stage"]
MAIL = "kanarie.zeldzaam@example.nl"
PROJECT = """
jobs: [{name: ingest-till, tasks: []}, {name: activate-letters, tasks: []}]
schedules: [{name: round, interval: "*/15 * * * *", job: ingest-till}]
"""


@pytest.fixture
def told(
    rotonde: Any, sqlite_store: Store, rules: Path, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Run `rotonde alerts` over a project with two jobs and one route."""
    (tmp_path / "meltano.yml").write_text(PROJECT)
    (rules / "alerts.yml").write_text("to: {operations: {urls_in: ALERTS_OPERATIONS}}\n")
    monkeypatch.setenv("ALERTS_OPERATIONS", receiver.address)
    return lambda *arguments: CliRunner().invoke(alerts, arguments, catch_exceptions=False)


def test_a_guard_that_stops_a_plan_is_found_until_it_is_lifted(stage: Stage) -> None:
    people = [f"m{number:02}" for number in range(30)]
    stage.keep(*(reader(name) for name in people))
    stage.push()
    assert sees(stage.store, tripped_guards, 24) == []
    gone = [customer(name, is_deleted=True, changed_at="2026-05-01T00:00:00+00:00") for name in people]
    stage.keep(*([each] for each in gone))
    stage.send(stage.emit(accept=False))
    (only,) = sees(stage.store, tripped_guards, 24)
    assert (only.about, only.what.partition(";")[0]) == ("plan mailchimp", "shrink: 30 of 30 would leave")
    stage.send(stage.emit(accept=True))
    assert sees(stage.store, tripped_guards, 24) == []


def test_what_drift_finds_is_kept_and_gone_when_it_finds_no_more(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, reader("ann"))
    pushed(sqlite_store, {"profile_id": "p", "wire_id": "ann@example.nl"})
    assert rotonde("drift", "mailchimp", "--no-read").exit_code == 3
    (only,) = sees(sqlite_store, drifted, 0)
    assert (only.about, only.what) == ("mailchimp", "1 persons or records are not as the journal says")
    at = utc_text(now())
    pushed(sqlite_store, {"profile_id": "p", "wire_id": "ann@example.nl", "operation": "remove", "answered_at": at})
    assert rotonde("drift", "mailchimp", "--no-read").exit_code == 0
    assert sees(sqlite_store, drifted, 0) == []


def project(folder: Path) -> Path:
    """Make a project of one job: a tap of ours, and a loader that takes everything."""
    executables = {"tap": f'PYTHONPATH={ROOT} exec {sys.executable} {ROOT}/taps/mailchimp/tap.py "$@"', "target": "cat"}
    for name, line in executables.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    said = YAML(typ="safe").load(ROOT / "taps" / "mailchimp" / "meltano.yml")
    declared = YAML(typ="safe").load(ROOT / "meltano.yml")
    own = next(each for each in said["plugins"]["extractors"] if each["name"] == "tap-mailchimp")
    plugins = {"extractors": [{**own, "executable": "./tap"}],
               "loaders": [{"name": "target-all", "namespace": "target_all", "executable": "./target"}]}  # fmt: skip
    kept = ("send_anonymous_usage_stats", "cli", "default_environment", "project_id", "environments")
    job = {"name": "ingest-mailchimp", "tasks": ["tap-mailchimp target-all"]}
    project = {**{name: declared[name] for name in kept}, "plugins": plugins, "jobs": [job]}
    YAML().dump(project, folder / "meltano.yml")
    return folder


def test_f25_a_run_that_ends_for_a_refused_key_names_the_connection_and_not_the_key(
    sqlite_store: Store, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.status, key = 401, "ca" * 16 + "-us6"
    monkeypatch.chdir(project(tmp_path))
    address = f"http://127.0.0.1:{receiver.port}"
    for name, value in {"API_URL": address, "API_KEY": key, "LIST_ID": "L1"}.items():
        monkeypatch.setenv(f"TAP_MAILCHIMP_{name}", value)
    assert run_job(sqlite_store, "ingest-mailchimp").exit_code != 0
    given = {"jobs": ["ingest-mailchimp"]}
    (only,) = sees(sqlite_store, refused_keys, 24 * 365, **given)
    assert only.about == "mailchimp"
    assert key not in repr(only)
    assert sees(sqlite_store, failed_runs, 24 * 365, **given) == []


def test_s5_s1_nothing_that_is_told_shows_a_person_or_an_address(
    told: Callable[..., Result], sqlite_store: Store, receiver: Receiver
) -> None:
    keep(sqlite_store, reader("kanarie.zeldzaam"), withdrawal("kanarie.zeldzaam"))
    spoil(sqlite_store, 30, hours_now())
    late = {"operation": "remove", "cause": "consent", "wire_id": MAIL, "profile_id": "p", "state": "rejected",
            "stored_at": utc_text(after(0)), "acted_at": utc_text(after(0))}  # fmt: skip
    pushed(sqlite_store, {**late, "destination": "letters"})
    ran(sqlite_store, "ingest-till", 0, "failed", reason="tap-till: HTTP 404; check the settings")
    said = "".join(told("look").output + told("look", "--json").output + told("list", "--all").output)
    written = json.dumps(receiver.got)
    assert {each.partition(":")[0] for each in receiver.titles} == {
        "opt-out overdue", "quarantine grows", "run failed", "source stale",
    }  # fmt: skip
    assert [word for word in ("kanarie", TOKEN) if word in (said + written).lower()] == []
    with sqlite_store.reading() as connection:
        assert TOKEN not in repr(connection.execute(select(alarm_message)).all())


def hours_now() -> float:
    return (now() - after(0)).total_seconds() / 3600


def test_look_ends_with_three_while_something_is_open_and_calmly_with_zero(
    told: Callable[..., Result], sqlite_store: Store, receiver: Receiver
) -> None:
    assert told("look").exit_code == 0
    ran(sqlite_store, "ingest-till", hours_now() - 0.2, "failed", reason="tap-till: it broke; mend it")
    assert told("look").exit_code == 0
    assert told("look", "--calm").exit_code == 0
    assert told("look").exit_code == 3
    assert receiver.titles == ["run failed: ingest-till"]
    (listed,) = json.loads(told("list", "--json").output)
    assert (listed["kind"], listed["what"], listed["untold_to"]) == ("run_failed", "tap-till: it broke; mend it", [])
    ran(sqlite_store, "ingest-till", hours_now() - 0.1)
    assert [told("look").exit_code for _ in range(2)] == [3, 0]
    assert receiver.titles[1:] == ["Over: run failed: ingest-till"]
    assert "nothing is open" in told("list").output
    assert "ingest-till" in told("list", "--all").output


def test_what_could_not_be_delivered_is_said_without_the_address(
    told: Callable[..., Result], sqlite_store: Store, receiver: Receiver
) -> None:
    receiver.status = 500
    ran(sqlite_store, "ingest-till", hours_now() - 0.2, "failed")
    told("look")
    result = told("look")
    assert "route operations: not delivered; check ALERTS_OPERATIONS" in result.output
    assert TOKEN not in result.output
    assert "not told yet: operations" in told("list").output


def test_a_route_can_be_tried(told: Callable[..., Result], receiver: Receiver) -> None:
    assert told("test", "operations").exit_code == 0
    assert receiver.titles == ["Rotonde: a trial"]
    receiver.status = 403
    assert told("test", "operations").exit_code == 1
    assert "did you mean 'operations'?" in told("test", "operatons").output
    del os.environ["ALERTS_OPERATIONS"]
    assert told("test", "operations").exit_code == 2


def test_two_looks_at_once_tell_nothing_twice(told: Callable[..., Result], sqlite_store: Store) -> None:
    mine = take(sqlite_store, LEASE, "another")
    result = told("look")
    assert result.exit_code == 1
    assert "run another is at work" in result.output
    release(sqlite_store, mine)
    assert told("look").exit_code == 0


def test_a_look_at_our_own_project_is_cheap_and_finds_a_new_store_well(sqlite_store: Store) -> None:
    looked = look(sqlite_store, Alerts(), now(), "run", ROOT)
    assert (looked.found, looked.changes) == (0, [])
    assert abouts([]) == []
