"""Thirty whole runs, killed as groups of processes at moments drawn from a seed; plain runs mend every one."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.road.stage import ROOT, Stage, customer, orders, reader, withdrawal

KILLS = 5
STOPPING_SECONDS = 20.0


def whole_run(stage: Stage, folder: Path) -> str:
    """Return one run as a shell would have it: the audience read, persons worked out, the plan sent."""
    settings = {
        "tap": stage.config, "hub": {"destination": "mailchimp"},
        "mapper": {"system": "mailchimp", "source": "mailchimp"},
        "target": {**stage.config, "outbox": "plugins.hub.journal:open_outbox"},
    }  # fmt: skip
    for name, body in settings.items():
        (folder / f"{name}.json").write_text(json.dumps(body))
    ingest = ("taps/mailchimp/tap.py", "tap"), ("mappers/canonical/mapper.py", "mapper"), ("targets/hub/target.py", "")
    push = ("taps/hub/tap.py", "hub"), ("targets/mailchimp/target.py", "target")
    return f"{_chain(ingest, folder)} >{shlex.quote(str(folder))}/state.json; {_chain(push, folder)}"


def _chain(programs: tuple[tuple[str, str], ...], folder: Path) -> str:
    return " | ".join(
        shlex.join([sys.executable, program, *(["--config", str(folder / f"{config}.json")] if config else [])])
        for program, config in programs
    )


def run_for(stage: Stage, folder: Path, seconds: float, number: int) -> float:
    """Start a whole run, and end its group with a signal when it takes longer; gives how long it took."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            ["/bin/bash", "-c", whole_run(stage, folder)], cwd=ROOT, env=stage.environment(), stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, number)
        child.wait(30)
        wait_for_all(child.pid)
        said.seek(0)
        assert b"@example" not in said.read()
    return time.monotonic() - started


def wait_for_all(group: int) -> None:
    """Wait for the last process of a group: a program that was asked to stop finishes the call it is in."""
    deadline = time.monotonic() + STOPPING_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("a stopped run is still at work")


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 9))])
def test_d1_d2_c1_whole_runs_killed_at_any_moment_end_where_they_should(
    stage: Stage, tmp_path: Path, seed: int
) -> None:
    dice, wanted = random.Random(seed), set[str]()
    stage.keep([customer("uma"), *orders("uma")], reader("first"))
    whole = run_for(stage, tmp_path, 60, signal.SIGKILL)
    assert stage.states() == {"first": "accepted"}
    wanted.add("first")
    for kill in range(KILLS):
        names = [f"s{seed}k{kill}n{number}" for number in range(4)]
        stage.keep(*(reader(name) for name in names))
        wanted |= set(names)
        if kill:
            gone = dice.choice(sorted(wanted - set(names)))
            stage.keep(withdrawal(gone))
            wanted.remove(gone)
        moment = whole * (0.1 + 0.9 * dice.random())
        run_for(stage, tmp_path, moment, dice.choice((signal.SIGKILL, signal.SIGTERM)))
        _settle(stage)
        held = stage.held()
        assert {name for name, (status, _) in held.items() if status == "subscribed"} == wanted
        assert {held[name] for name in wanted} == {("subscribed", ("letter",))}
        assert "uma" not in held
    created = [each.email for each in stage.mailchimp.operations if each.kind == "created"]
    assert len(created) == len(set(created))


def _settle(stage: Stage) -> None:
    """Run plainly until nothing is sent any more: three times at most."""
    for _ in range(3):
        stage.read()
        if not stage.push().counts:
            break
    states: set[Any] = {each["state"] for each in stage.journal()}
    assert not states & {"planned", "prepared", "unknown"}
