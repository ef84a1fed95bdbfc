"""What is wrong with runs: a job or a schedule that failed, a key that is refused, a source that fell silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Row, func, select

from plugins.alerts.sight import Amiss, Sight
from plugins.alerts.wording import here
from plugins.hub.lease import LIFE, is_held
from plugins.rules.alerts import duration
from plugins.scheduler.dispatch import SCHEDULER
from plugins.scheduler.schedules import Schedule
from plugins.store.tables import run, schedule_turn
from plugins.store.times import moment_of, utc_text

REFUSED_KEY = frozenset({"RefusedKeyError", "StaleError"})
"""Kinds of errors of our connectors that a better key would cure."""
RECENT_RUNS = 5
LEAST_STALE = timedelta(hours=1)
ROUND = "sync"
"""The job that runs all others."""


def failed_runs(sight: Sight) -> Iterator[Amiss]:
    """Find jobs whose newest run failed or ended without a word; of one under way the run before counts."""
    for job, last in _settled(sight):
        if last.outcome != "ok" and last.fault not in REFUSED_KEY:
            what = last.reason or "it gave no reason of ours" if last.outcome else "it ended without a word"
            cure = f"see .rotonde/logs/{job}.log, then run 'rotonde sync --only {job}'"
            yield Amiss("run_failed", job, _ended(last), what, cure)


def refused_keys(sight: Sight) -> Iterator[Amiss]:
    """Find connections whose key was refused in the newest run of a job; names them, never the key."""
    jobs: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for job, last in _settled(sight):
        if last.outcome and last.fault in REFUSED_KEY:
            jobs[job.partition("-")[2]].append(last)
    for connection, runs in sorted(jobs.items()):
        named = ", ".join(each.job for each in runs)
        cure = f"renew the key or its rights (docs/), set it, then run 'rotonde sync --only {runs[0].job}'"
        yield Amiss("credential_refused", connection, min(map(_ended, runs)), f"its key is refused in {named}", cure)


def _settled(sight: Sight) -> Iterator[tuple[str, Row[Any]]]:
    """Give each job that failed last, or ended without a word, and those that are well, with that run."""
    for job in sorted(sight.jobs):
        mine = select(run).where(run.c.job == job).order_by(run.c.started_at.desc()).limit(RECENT_RUNS)
        done = (each for each in sight.connection.execute(mine) if each.outcome or _is_lost(sight, each))
        if (last := next(done, None)) is not None and last.outcome != "stopped":
            yield job, last


def _is_lost(sight: Sight, each: Row[Any]) -> bool:
    is_old = sight.now - moment_of(each.started_at) > LIFE
    return is_old and not is_held(sight.connection, f"job {each.job}", sight.now)


def _ended(each: Row[Any]) -> datetime:
    return moment_of(each.ended_at or each.started_at)


def failed_turns(sight: Sight) -> Iterator[Amiss]:
    """Find schedules whose newest turn failed or was lost, where no job that failed says it already."""
    for each in sight.schedules:
        turn = _newest_turn(sight, each.name)
        if turn is None or turn.state not in ("failed", "lost", "started") or _is_told_by_a_job(sight, turn):
            continue
        how = "was lost: whoever ran it is gone" if turn.state == "lost" else "failed"
        cure = f"see .rotonde/logs/schedule-{each.name}.log, and 'rotonde schedule list'"
        facts = {"tries": turn.tries}
        yield Amiss("schedule_failed", each.name, moment_of(turn.due_at), f"its turn {how}", cure, facts)


def _newest_turn(sight: Sight, schedule: str) -> Row[Any] | None:
    """Return the newest turn that ended, or is tried again after it failed."""
    turn = schedule_turn.c
    is_settled = turn.state.not_in(("seen", "started")) | ((turn.state == "started") & (turn.tries > 1))
    mine = select(schedule_turn).where(turn.schedule == schedule, is_settled).order_by(turn.due_at.desc()).limit(1)
    return sight.connection.execute(mine).one_or_none()


def _is_told_by_a_job(sight: Sight, turn: Row[Any]) -> bool:
    if turn.state == "lost":
        return False
    began = turn.started_at if turn.state == "failed" else turn.due_at
    failed = select(run.c.id).where(run.c.job.in_(sight.jobs), run.c.outcome == "failed", run.c.started_at >= began)
    return sight.connection.execute(failed.limit(1)).first() is not None


def stale_sources(sight: Sight) -> Iterator[Amiss]:
    """Find sources that were not read well for longer than twice the interval of their schedule, or what rules say."""
    for job in sorted(each for each in sight.jobs if each.startswith("ingest-")):
        source, since = job.partition("-")[2], _read_last(sight, job)
        until = None if since is None else _good_until(sight, job, source, since)
        if since is not None and until is not None and sight.now > until:
            cure = f"run 'rotonde sync --only {job}' and see what it says"
            yield Amiss("source_stale", source, since, f"not read since {here(utc_text(since))}", cure)


def _read_last(sight: Sight, job: str) -> datetime | None:
    """Return when a job went well last, or was tried first; None for one that never ran."""
    ok = select(func.max(run.c.started_at)).where(run.c.job == job, run.c.outcome == "ok")
    first = select(func.min(run.c.started_at)).where(run.c.job == job)
    found = sight.connection.execute(ok).scalar() or sight.connection.execute(first).scalar()
    return None if found is None else moment_of(found)


def _good_until(sight: Sight, job: str, source: str, since: datetime) -> datetime | None:
    if said := sight.rules.stale_after.get(source):
        return since + duration(said)
    twice = [second for each in sight.schedules if each.job in (job, ROUND) if (second := _second_due(each, since))]
    return max(min(twice), since + LEAST_STALE) if twice else None


def _second_due(schedule: Schedule, since: datetime) -> datetime | None:
    """Return when a schedule is due for the second time after a moment: its nights and Sundays are its own."""
    found = list(islice(schedule.due_between(since, since + timedelta(days=400)), 2))
    return found[1] if len(found) == 2 else None


def gone_scheduler(sight: Sight) -> Iterator[Amiss]:
    """Find that nobody runs the schedules, where somebody did."""
    named = [each.name for each in sight.schedules if each.cron]
    newest = sight.connection.execute(select(func.max(schedule_turn.c.due_at))).scalar()
    if named and newest and not is_held(sight.connection, SCHEDULER, sight.now):
        cure = "start 'rotonde schedule run' (docs/scheduling.md)"
        yield Amiss("scheduler_gone", "schedules", moment_of(newest), f"nobody runs {', '.join(named)}", cure)
