"""`python -m plugins.scheduler.errand SCHEDULE DUE_AT`: carry out one turn, and say how it went.

A process of its own, so that it comes to its end when the scheduler is killed; as long as it holds its lease, nobody
starts the same schedule again.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import FrameType

from plugins.hub.lease import LeaseTaken, beating, is_ours, release, take
from plugins.hub.project import environment, meltano
from plugins.observe.logs import about, set_up
from plugins.observe.tracing import span
from plugins.scheduler.schedules import Schedule, read_schedules
from plugins.scheduler.turns import State, end, errand_lease
from plugins.store.engine import Store, open_store
from plugins.store.mirror import home
from plugins.store.times import moment_of, now, utc_text

log = logging.getLogger(__name__)
GRACE_SECONDS = 20
STOPPED = 128 + signal.SIGTERM


def main() -> int:
    """Run the job of a schedule for one moment at which it was due."""
    os.umask(0o077)
    set_up(logging.INFO)
    name, due_at = sys.argv[1], moment_of(sys.argv[2])
    found = {each.name: each for each in read_schedules()}
    return carry_out(open_store(), found[name], due_at) if name in found else 0


def carry_out(store: Store, schedule: Schedule, due_at: datetime) -> int:
    """Run the job and note the outcome; does nothing while another errand of the schedule is under way."""
    run_id = str(uuid.uuid4())
    try:
        mine = take(store, errand_lease(schedule.name), run_id)
    except LeaseTaken:
        return 0
    known = {"schedule": schedule.name, "job": schedule.job, "run_id": run_id}
    with about(**known), span("turn", **known) as noted, beating(store, mine):
        log.info("turn begins", extra={"due_at": utc_text(due_at)})
        code = _run(store, schedule, run_id)
        noted.note(exit_code=code)
        log.info("turn ended", extra={"exit_code": code})
    state: State = {0: "ok", STOPPED: "stopped"}.get(code, "failed")  # type: ignore[assignment]
    with store.writing() as connection:
        if is_ours(connection, mine):
            end(connection, schedule.name, due_at, state, code, now())
    release(store, mine)
    return code


def _run(store: Store, schedule: Schedule, run_id: str) -> int:
    """Run `meltano run` in a group of its own; who ends us ends it, and what takes too long is ended."""
    log = home(store) / "logs" / f"schedule-{schedule.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("wb") as file:
        child = subprocess.Popen(  # noqa: S603 - our own program, a job of the project
            [meltano(), "run", "--run-id", run_id, "--force", schedule.job],
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
            env=environment(schedule.env),
        )  # fmt: skip
        return _ended(child, schedule.note.timeout_minutes * 60)


def _ended(child: subprocess.Popen[bytes], seconds: float) -> int:
    is_told = False

    def told(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_told
        is_told = True
        _to_group(child, signal.SIGTERM)

    before = [(each, signal.signal(each, told)) for each in (signal.SIGTERM, signal.SIGINT)]
    try:
        code = _waited(child, seconds, lambda: is_told)
    finally:
        for each, handler in before:
            signal.signal(each, handler)
    return STOPPED if is_told else code


def _waited(child: subprocess.Popen[bytes], seconds: float, is_told: Callable[[], bool]) -> int:
    """Wait for a process; one that goes on after it was told to end is killed."""
    left = seconds
    while left > 0:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(min(1.0, left))
        left = min(left, GRACE_SECONDS) - 1 if is_told() else left - 1
    _to_group(child, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        return child.wait(GRACE_SECONDS)
    _to_group(child, signal.SIGKILL)
    return child.wait()


def _to_group(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(main())
