"""The scheduler as it runs: wakes when something is due, looks now and then, and ends its errands when it is ended."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock
from types import FrameType

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import DBAPIError

from plugins.hub.project import environment
from plugins.scheduler.dispatch import Dispatch
from plugins.scheduler.schedules import Schedule
from plugins.scheduler.turns import Start
from plugins.store.engine import StoreError
from plugins.store.times import utc_text

LOOK_SECONDS = 10
"""How often one looks for what was lost, is to be tried again or may be taken over."""
END_SECONDS = 45
log = logging.getLogger(__name__)


class Due(BaseTrigger):  # type: ignore[misc] # it has no types
    """Fires when a schedule is due by the clock on its wall: once in the night that has an hour twice."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime | None:
        """Return the next moment, as APScheduler asks for it."""
        return self.schedule.next_due(now)


class Running:
    """Starts what is due, as processes of their own, until it is told to stop."""

    def __init__(self, dispatch: Dispatch, schedules: Sequence[Schedule]) -> None:
        self.dispatch = dispatch
        self.errands: list[subprocess.Popen[bytes]] = []
        self.one_at_a_time = Lock()
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self.clockwork = BlockingScheduler(timezone=UTC, job_defaults=defaults)
        for each in schedules:
            self.clockwork.add_job(self.wake, Due(each), name=each.name)
        self.clockwork.add_job(self.wake, "interval", seconds=LOOK_SECONDS, next_run_time=datetime.now(UTC))

    def run(self) -> None:
        """Go on until SIGTERM or SIGINT; what runs then is told to end, and is begun anew by the next scheduler."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)
        self.clockwork.start()
        self._end()

    def wake(self) -> None:
        """Start what is due; while the store cannot be used, say so and look again later."""
        with self.one_at_a_time:
            self._wake()

    def _wake(self) -> None:
        self.errands = [each for each in self.errands if each.poll() is None]
        try:
            self.errands += [_started(each) for each in self.dispatch.look()]
        except (DBAPIError, StoreError) as error:
            log.error("scheduler: the store cannot be used: %s; look at it", type(error).__name__)

    def _told(self, _number: int, _frame: FrameType | None) -> None:
        self.clockwork.shutdown(wait=False)

    def _end(self) -> None:
        for each in self.errands:
            each.terminate()
        for each in self.errands:
            each.wait(END_SECONDS)
        self.dispatch.leave()


def _started(start: Start) -> subprocess.Popen[bytes]:
    log.warning("schedule %s: started, due at %s", start.schedule, utc_text(start.due_at))
    command = [sys.executable, "-m", "plugins.scheduler.errand", start.schedule, utc_text(start.due_at)]
    return subprocess.Popen(command, env=environment(), start_new_session=True)  # noqa: S603 - our own program
