"""What became of each turn of a schedule: rows of `schedule_turn`, written only by who holds the fence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Connection, RowMapping, Update, insert, select, update

from plugins.hub.lease import LIFE, WAITS, Lease, is_held, is_ours
from plugins.store.tables import schedule_turn
from plugins.store.times import moment_of, utc_text

State = Literal["seen", "started", "ok", "failed", "stopped", "lost"]
LONGEST_WAIT = timedelta(hours=1)


class Turn(NamedTuple):
    """One time that a schedule was due."""

    schedule: str
    due_at: datetime
    state: State
    tries: int
    started_at: datetime | None
    ended_at: datetime | None
    exit_code: int | None

    @property
    def next_try(self) -> datetime | None:
        """Return from when on it may be tried again, None where nothing is to be tried again.

        A failed one waits a minute, then two, four and so on up to an hour; who was stopped or killed need not wait.
        """
        if self.state in ("stopped", "lost"):
            return self.ended_at or self.due_at
        if self.state != "failed" or self.ended_at is None:
            return None
        return self.ended_at + min(timedelta(minutes=2 ** min(self.tries - 1, 6)), LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Start:
    """A turn that was just put down as started, and is to be carried out."""

    schedule: str
    due_at: datetime


def errand_lease(schedule: str) -> str:
    """Return what an errand holds while it carries out a turn."""
    return f"{WAITS} {schedule}"


def newest(connection: Connection, schedule: str) -> Turn | None:
    """Return the last turn of a schedule."""
    mine = schedule_turn.c.schedule == schedule
    query = select(schedule_turn).where(mine).order_by(schedule_turn.c.due_at.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _turn(row)


def see(connection: Connection, schedule: str, moment: datetime, mine: Lease) -> None:
    """Note that a schedule is there: what was due before is no turn of it."""
    _insert(connection, schedule, moment, "seen", mine, tries=0)


def begin(connection: Connection, schedule: str, due_at: datetime, now: datetime, mine: Lease, passed: int) -> bool:
    """Put a turn down as started; False where the scheduler is not ours any more, and nothing may start."""
    if not is_ours(connection, mine):
        return False
    _insert(connection, schedule, due_at, "started", mine, tries=1, passed=passed, started_at=utc_text(now))
    return True


def again(connection: Connection, turn: Turn, now: datetime, mine: Lease) -> bool:
    """Put a turn down as started once more; False where the scheduler is not ours any more."""
    if not is_ours(connection, mine):
        return False
    values = {"state": "started", "tries": turn.tries + 1, "fence": mine.fence, "started_at": utc_text(now)}
    connection.execute(_of(turn.schedule, turn.due_at).values(**values, ended_at=None, exit_code=None))
    return True


def end(connection: Connection, schedule: str, due_at: datetime, state: State, code: int | None, now: datetime) -> None:
    """Say how a turn went."""
    values = {"state": state, "exit_code": code, "ended_at": utc_text(now)}
    connection.execute(_of(schedule, due_at).values(**values))


def is_under_way(connection: Connection, turn: Turn, now: datetime) -> bool:
    """Tell whether somebody carries a started turn out, or may be about to begin."""
    is_new = turn.started_at is not None and now - turn.started_at < LIFE
    return is_new or is_held(connection, errand_lease(turn.schedule), now)


def _insert(
    connection: Connection, schedule: str, due_at: datetime, state: State, mine: Lease, *, tries: int, passed: int = 0,
    started_at: str | None = None,
) -> None:  # fmt: skip
    connection.execute(
        insert(schedule_turn).values(
            schedule=schedule, due_at=utc_text(due_at), state=state, tries=tries, passed=passed, fence=mine.fence,
            started_at=started_at,
        )
    )  # fmt: skip


def _of(schedule: str, due_at: datetime) -> Update:
    return update(schedule_turn).where(schedule_turn.c.schedule == schedule, schedule_turn.c.due_at == utc_text(due_at))


def _turn(row: RowMapping) -> Turn:
    def moment(name: str) -> datetime | None:
        return None if row[name] is None else moment_of(row[name])

    return Turn(
        row["schedule"], moment_of(row["due_at"]), row["state"], row["tries"], moment("started_at"), moment("ended_at"),
        row["exit_code"],
    )  # fmt: skip
