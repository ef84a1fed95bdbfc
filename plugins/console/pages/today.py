"""Today: how fresh each source is, how runs went, what comes next, what waits, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from plugins.console import alarms
from plugins.console.ask import Ask, Stopped
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.hub.overdue import overdue
from plugins.hub.project import JobResult, reason_of
from plugins.scheduler.schedules import Schedule
from plugins.scheduler.turns import newest
from plugins.store.engine import Store
from plugins.store.mirror import home
from plugins.store.tables import push, quarantine, run
from plugins.store.times import moment_of

READING = "ingest-"
UNSCHEDULED = timedelta(days=1)
"""How old a reading may be that no schedule asks for."""
ROUND = "sync"
Row = dict[str, Any]


def today(ask: Ask) -> Response:
    """Show where things stand."""
    store, schedules = ask.desk.hub.store, ask.desk.schedules
    paths = {name: path for name, path, right in ask.desk.menu if ask.may(right)}
    with store.reading() as connection:
        runs = _runs(connection)
        late = overdue(connection, ask.now)
        facts: dict[str, Any] = {
            "sources": _sources(connection, schedules, ask.now),
            "runs": runs,
            "turns": [_turn(connection, each, ask.now) for each in schedules],
            "planned": _planned(connection, ask.desk.hub.destinations),
            "quarantine": _quarantine(connection),
            "overdue": late,
            "alarms": alarms.standing(connection, paths),
            "duties": alarms.duties(connection, ask.now),
        }
    failed = [{**each, "why": _why(store, each)} for each in runs if each["outcome"] == "failed"]
    return ask.page("today.html", failed=failed, told=_told(facts["alarms"]), paths=paths, **facts)


def _told(standing: Sequence[Row]) -> set[tuple[str, str]]:
    """Return what alarms say already, which is not said twice: failed jobs, stale sources, overdue withdrawals."""
    said = {(each["kind"], each["about"]) for each in standing}
    return said | {(kind, "") for kind, _ in said}


def done(ask: Ask) -> Response:
    """Put down that somebody acted on a duty."""
    number = ask.part("number")
    with ask.desk.hub.store.writing() as connection:
        found = alarms.done(connection, int(number), ask.now) if number.isascii() and number.isdigit() else None
    if found is None:
        raise Stopped(404)
    ask.note("duty", f"{found['connection']}: {found['topic']}", taken_at=found["at"], until=found["until"])
    return ask.to("/today#duties")


def _runs(connection: Connection) -> list[Row]:
    """Return the newest run of each job, the newest first."""
    last = select(run.c.job, func.max(run.c.started_at).label("at")).group_by(run.c.job).subquery()
    both = select(run).join(last, (run.c.job == last.c.job) & (run.c.started_at == last.c.at))
    return [dict(row) for row in connection.execute(both.order_by(run.c.started_at.desc())).mappings()]


def _sources(connection: Connection, schedules: Sequence[Schedule], now: datetime) -> list[Row]:
    """Return each source that was ever read: when it last went well, and whether that is too long ago."""
    well = func.max(run.c.ended_at).filter(run.c.outcome == "ok").label("at")
    found = connection.execute(
        select(run.c.job, well).where(run.c.job.startswith(READING)).group_by(run.c.job).order_by(run.c.job)
    )
    return [{"source": job.removeprefix(READING), "at": at, "state": _freshness(job, at, schedules, now)}
            for job, at in found]  # fmt: skip


def _freshness(job: str, at: str | None, schedules: Sequence[Schedule], now: datetime) -> str:
    """Tell whether a source is stale: a whole turn of its schedule was missed, and the one after is due."""
    due = [moment for each in schedules if each.job in (ROUND, job) and (moment := _before_last(each, now))]
    oldest = max(due, default=now - UNSCHEDULED)
    return "fresh" if at is not None and moment_of(at) >= oldest else "stale"


def _before_last(schedule: Schedule, now: datetime) -> datetime | None:
    last = schedule.last_due(now)
    return None if last is None else schedule.last_due(last - timedelta(seconds=1))


def _turn(connection: Connection, schedule: Schedule, now: datetime) -> Row:
    last = newest(connection, schedule.name)
    is_there = last is not None and last.state != "seen"
    return {
        "schedule": schedule.name, "job": schedule.job, "next": schedule.next_due(now),
        "last": last.due_at if last and is_there else None, "state": last.state if last and is_there else None,
    }  # fmt: skip


def _planned(connection: Connection, destinations: Sequence[str]) -> list[Row]:
    """Return what was planned last and is not sent, by destination."""
    waiting = (push.c.state == "planned") & push.c.destination.in_(destinations)
    counted = select(push.c.destination, push.c.operation, func.count().label("rows"), func.max(push.c.planned_at))
    found = connection.execute(counted.where(waiting).group_by(push.c.destination, push.c.operation).order_by(
        push.c.destination, push.c.operation))  # fmt: skip
    return [dict(zip(("destination", "operation", "rows", "at"), row, strict=True)) for row in found]


def _quarantine(connection: Connection) -> list[Row]:
    keys = (quarantine.c.source, quarantine.c.stream, quarantine.c.reason)
    counted = select(*keys, func.count().label("records")).where(quarantine.c.state == "open")
    return [dict(row) for row in connection.execute(counted.group_by(*keys).order_by(*keys)).mappings()]


def _why(store: Store, failed: Row) -> str:
    """Return what the log of a job's newest run says, where it is still there: a guard that stopped it, for one."""
    log = home(store) / "logs" / f"{failed['job']}.log"
    return reason_of(JobResult(failed["job"], failed["id"], 1, 0, log)) if log.exists() else ""


ROUTES = (
    Seen("/today", "today", Right.TODAY, today, on_menu=True),
    Seen("/today/duty/{number}", "today", Right.REQUEST, done, "POST"),
)
