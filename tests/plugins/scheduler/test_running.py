"""The scheduler as a process: takes over from one that was killed, and ends what runs when it is ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from plugins.store.engine import Store
from plugins.store.tables import schedule_turn
from plugins.store.times import now, utc_text

ROOT = Path(__file__).parents[3]
PROJECT = """
requires_meltano: ">=4"
send_anonymous_usage_stats: false
project_id: 00000000-0000-4000-8000-000000000000
default_environment: dev
environments: [{name: dev}]
plugins:
  utilities:
  - {name: tick, namespace: tick, executable: ./tick.sh, commands: {once: {args: once, description: tick}}}
jobs:
- {name: tick, tasks: ["tick:once"]}
schedules:
- {name: hourly, interval: "@hourly", job: tick}
"""


class Project:
    """A Meltano project with one schedule, due since an hour."""

    def __init__(self, folder: Path, store: Store, script: str) -> None:
        self.folder, self.store, self.ticks = folder, store, folder / "ticks"
        (folder / "meltano.yml").write_text(PROJECT)
        (folder / "tick.sh").write_text(f"#!/bin/sh\necho tick >> {self.ticks}\n{script}\n")
        (folder / "tick.sh").chmod(0o755)
        with store.writing() as connection:
            due = utc_text(now() - timedelta(hours=2))
            seen = {"schedule": "hourly", "due_at": due, "state": "seen", "tries": 0, "passed": 0, "fence": 0}
            connection.execute(insert(schedule_turn).values(**seen))

    @contextmanager
    def scheduler(self) -> Iterator[subprocess.Popen[bytes]]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ROTONDE_HOME": str(self.folder / "home"),
            "ROTONDE_DATABASE_URL": self.store.engine.url.render_as_string(hide_password=False),
        }
        command = [sys.executable, "-m", "plugins.scheduler", "run"]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)

    def turn(self) -> dict[str, Any]:
        with self.store.reading() as connection:
            query = select(schedule_turn).order_by(schedule_turn.c.due_at.desc()).limit(1)
            return dict(connection.execute(query).mappings().one())

    def wait(self, holds: Callable[[], bool], seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.2)

    def count(self) -> int:
        return len(self.ticks.read_text().split()) if self.ticks.exists() else 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


def test_o4_what_a_killed_scheduler_started_is_done_once_and_the_other_goes_on(
    folder: Path, sqlite_store: Store
) -> None:
    project = Project(folder, sqlite_store, "sleep 3")
    with project.scheduler() as first:
        project.wait(lambda: project.count() == 1)
        with project.scheduler():
            first.kill()
            first.wait()
            project.wait(lambda: project.turn()["state"] == "ok")
            project.wait(lambda: (project.folder / "log").read_text().count("decides now") == 2, 30)
    assert project.count() == 1
    assert project.turn()["tries"] == 1


def test_a_scheduler_that_is_told_to_end_ends_what_runs_and_the_next_begins_it_anew(
    folder: Path, sqlite_store: Store
) -> None:
    project = Project(folder, sqlite_store, f"test $(wc -l < {folder / 'ticks'}) -gt 1 || sleep 600")
    with project.scheduler() as first:
        project.wait(lambda: project.count() == 1)
        first.terminate()
        assert first.wait(45) == 0
    assert project.turn()["state"] == "stopped"
    with project.scheduler():
        project.wait(lambda: project.turn()["state"] == "ok")
    assert (project.count(), project.turn()["tries"]) == (2, 2)
