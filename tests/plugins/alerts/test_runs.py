"""Runs, schedules and sources: what failed, who is refused, who fell silent."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from plugins.alerts.runs import failed_runs, failed_turns, gone_scheduler, refused_keys, stale_sources
from plugins.hub.lease import release, take
from plugins.hub.project import why_it_failed
from plugins.rules.alerts import Alerts
from plugins.scheduler.dispatch import SCHEDULER
from plugins.scheduler.schedules import Note, Schedule
from plugins.store.engine import Store
from plugins.store.tables import schedule_turn
from plugins.store.times import utc_text
from tests.plugins.alerts.conftest import EVERY_QUARTER, abouts, after, ran, sees

REASON = "target-letters: HTTP 404, no such list; check the settings"


def test_a_job_whose_newest_run_failed_is_told_with_its_reason(store: Store) -> None:
    ran(store, "ingest-till", 0)
    ran(store, "activate-letters", 0)
    ran(store, "activate-letters", 1, "failed", reason=REASON, fault="HopelessError")
    (only,) = sees(store, failed_runs, 2)
    assert (only.about, only.what) == ("activate-letters", REASON)
    assert only.since == after(1) + timedelta(minutes=1)
    ran(store, "activate-letters", 3)
    assert sees(store, failed_runs, 4) == []


def test_a_job_that_runs_again_is_judged_by_the_run_before(store: Store) -> None:
    ran(store, "ingest-till", 0, "failed")
    ran(store, "ingest-till", 1, None)
    mine = take(store, "job ingest-till", "run", lambda: after(1))
    assert abouts(sees(store, failed_runs, 1.01)) == ["ingest-till"]
    release(store, mine)


def test_a_run_that_was_killed_is_told_and_one_that_was_stopped_is_not(store: Store) -> None:
    ran(store, "ingest-till", 0, None)
    ran(store, "withdraw-letters", 0, "stopped")
    (only,) = sees(store, failed_runs, 1)
    assert (only.about, only.what) == ("ingest-till", "it ended without a word")


def test_a_job_that_the_project_does_not_have_any_more_is_not_told(store: Store) -> None:
    ran(store, "ingest-old", 0, "failed")
    assert sees(store, failed_runs, 1) == []


@pytest.mark.parametrize("fault", ["RefusedKeyError", "StaleError"])
def test_a_refused_key_is_told_once_for_its_connection_and_not_as_a_failed_run(store: Store, fault: str) -> None:
    for job in ("withdraw-letters", "activate-letters"):
        ran(store, job, 1, "failed", reason="target-letters: HTTP 401, the key is refused; check it", fault=fault)
    assert sees(store, failed_runs, 2) == []
    (only,) = sees(store, refused_keys, 2)
    assert (only.about, only.what) == ("letters", "its key is refused in activate-letters, withdraw-letters")


def test_f25_a_refused_key_is_known_by_the_kind_of_the_error_in_the_log(tmp_path: Path) -> None:
    raised = {"type": "RefusedKeyError", "module": "plugins.wire.retry", "message": REASON}
    lines = [
        {"level": "info", "string_id": "tap-x", "event": "read 7 of kanarie.zeldzaam@example.nl"},
        {"level": "error", "event": "it broke", "plugin_exception": raised},
        {"level": "error", "event": "kanarie.zeldzaam@example.nl", "plugin_exception": {"module": "builtins"}},
    ]
    log = tmp_path / "job.log"
    log.write_text("\n".join(map(json.dumps, lines)) + "\nnot json\n")
    assert why_it_failed(log) == (REASON, "RefusedKeyError")
    log.write_text(json.dumps(lines[0]))
    assert why_it_failed(log) == (None, None)


def turn(store: Store, state: str, hours: float = 0, **fields: object) -> None:
    at = utc_text(after(hours))
    row = {"schedule": "round", "due_at": at, "state": state, "tries": 1, "passed": 0, "fence": 1, "started_at": at}
    with store.writing() as connection:
        connection.execute(insert(schedule_turn).values({**row, **fields}))


def test_a_turn_that_failed_or_was_lost_is_told_until_one_goes_well(store: Store) -> None:
    assert sees(store, failed_turns, 1) == []
    turn(store, "failed", 0, exit_code=2)
    assert abouts(sees(store, failed_turns, 1)) == ["round"]
    turn(store, "started", 1)
    assert abouts(sees(store, failed_turns, 1)) == ["round"]
    turn(store, "lost", 2)
    assert [each.what for each in sees(store, failed_turns, 2)] == ["its turn was lost: whoever ran it is gone"]
    turn(store, "ok", 3)
    assert sees(store, failed_turns, 4) == []


def test_a_turn_that_is_tried_again_has_still_failed(store: Store) -> None:
    turn(store, "started", 0, tries=2)
    assert [each.facts for each in sees(store, failed_turns, 1)] == [{"tries": 2}]


def test_a_turn_that_failed_because_a_job_did_is_told_by_the_job_alone(store: Store) -> None:
    turn(store, "failed", 0)
    ran(store, "ingest-till", 0.1, "failed")
    assert sees(store, failed_turns, 1) == []
    assert abouts(sees(store, failed_runs, 1)) == ["ingest-till"]


def test_a_source_is_stale_after_twice_the_interval_of_its_schedule(store: Store) -> None:
    assert sees(store, stale_sources, 100) == []
    ran(store, "ingest-till", 0)
    ran(store, "ingest-till", 1, "failed")
    hourly = Schedule("round", "sync", "30 * * * *")
    assert sees(store, stale_sources, 1.4, schedules=[hourly]) == []
    (only,) = sees(store, stale_sources, 1.6, schedules=[hourly])
    assert (only.about, only.what) == ("till", "not read since 2026-03-02 10:00")
    ran(store, "ingest-till", 2)
    assert sees(store, stale_sources, 3, schedules=[hourly]) == []


def test_the_nights_and_sundays_of_a_schedule_are_no_silence(store: Store) -> None:
    ran(store, "ingest-till", 0)
    weekly = Schedule("week", "ingest-till", "0 8 * * 1", Note())
    assert sees(store, stale_sources, 24 * 13, schedules=[weekly]) == []
    assert abouts(sees(store, stale_sources, 24 * 15, schedules=[weekly])) == ["till"]


def test_rules_can_say_after_how_long_a_source_is_stale(store: Store) -> None:
    ran(store, "ingest-till", 0)
    told = Alerts(stale_after={"till": "3 hours"})
    assert sees(store, stale_sources, 2.9, told=told) == []
    assert abouts(sees(store, stale_sources, 3.1, told=told)) == ["till"]
    assert sees(store, stale_sources, 1000, schedules=[]) == []


def test_a_scheduler_that_is_gone_is_told_where_there_was_one(store: Store) -> None:
    assert sees(store, gone_scheduler, 1) == []
    turn(store, "ok")
    assert abouts(sees(store, gone_scheduler, 1)) == ["schedules"]
    mine = take(store, SCHEDULER, "one", lambda: after(1))
    assert sees(store, gone_scheduler, 1) == []
    release(store, mine)
    assert sees(store, gone_scheduler, 1, schedules=[]) == []
    assert EVERY_QUARTER.cron
