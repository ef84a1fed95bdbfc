"""What is to be started now, as the store knows it: by one scheduler at a time, each turn once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from plugins.hub.lease import WAITS, Lease, LeaseTaken, is_ours, release, take
from plugins.scheduler.schedules import Schedule
from plugins.scheduler.turns import Start, Turn, again, begin, end, is_under_way, newest, see
from plugins.store.engine import Store
from plugins.store.times import Clock, now

SCHEDULER = f"{WAITS}r"
"""The lease of who decides what starts."""
log = logging.getLogger(__name__)


class Dispatch:
    """Decides what to start, as long as no other scheduler does.

    Of turns that were missed, while nobody ran or the one before took long, the newest is run and stands for all. One
    that failed is tried again, later each time, until the next is due.
    """

    def __init__(self, store: Store, schedules: Sequence[Schedule], name: str, clock: Clock = now) -> None:
        self.store, self.schedules, self.name, self.clock = store, schedules, name, clock
        self.lease: Lease | None = None

    def look(self) -> list[Start]:
        """Return what to start now, each put down as started; nothing while another scheduler has the lease."""
        mine = self._mine()
        if mine is None:
            return []
        found = [self._of(each, mine) for each in self.schedules]
        return [each for each in found if each is not None]

    def leave(self) -> None:
        """Let another scheduler take over at once."""
        if self.lease is not None:
            release(self.store, self.lease)

    def _mine(self) -> Lease | None:
        """Return our lease, made longer; None while it is another's."""
        try:
            held = take(self.store, SCHEDULER, self.name, self.clock)
        except LeaseTaken as taken:
            if self.lease is not None:
                log.warning("%s", taken)
            held = None
        if held is not None and self.lease is None:
            log.warning("scheduler: this one decides now what starts")
        self.lease = held
        return held

    def _of(self, schedule: Schedule, mine: Lease) -> Start | None:
        moment = self.clock()
        with self.store.writing() as connection:
            turn = newest(connection, schedule.name)
            if turn is None:
                if is_ours(connection, mine):
                    see(connection, schedule.name, moment, mine)
                return None
            if turn.state == "started":
                if is_under_way(connection, turn, moment):
                    return None
                turn = _lost(connection, turn, moment)
            return _begun(connection, schedule, turn, moment, mine)


def _begun(connection: Connection, schedule: Schedule, turn: Turn, moment: datetime, mine: Lease) -> Start | None:
    due_at = schedule.last_due(moment)
    if due_at is not None and due_at > turn.due_at:
        missed = sum(each < due_at for each in schedule.due_between(turn.due_at, due_at))
        is_begun = begin(connection, schedule.name, due_at, moment, mine, missed)
    elif turn.next_try is not None and moment >= turn.next_try:
        due_at = turn.due_at
        is_begun = again(connection, turn, moment, mine)
    else:
        return None
    return Start(schedule.name, due_at) if is_begun else None


def _lost(connection: Connection, turn: Turn, moment: datetime) -> Turn:
    """Put down that whoever carried it out is gone without a word."""
    end(connection, turn.schedule, turn.due_at, "lost", None, moment)
    return turn._replace(state="lost", ended_at=moment)
