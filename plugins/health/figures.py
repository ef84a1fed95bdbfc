"""The figures that the store knows, each by a query that an index bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select, text
from sqlalchemy.orm import aliased

from plugins.hub.lease import WAITS
from plugins.hub.opt_out_clock import CONFIRMED_WITHIN, HANDED_WITHIN
from plugins.store.engine import Store
from plugins.store.mirror import mirror_path
from plugins.store.tables import call, lease, plan_size, push, quarantine, resolve_run, run, run_stream
from plugins.store.times import moment_of, utc_text
from plugins.store.waiting import waiting

CONSENTS = (push.c.cause == "consent") & push.c.confirmed_at.is_(None)
SCHEDULER = f"{WAITS}r"
WAITING = ("planned", "prepared", "unknown", "rejected", "staged")
DAY = timedelta(days=1)
STREAM = ("stage", "source", "stream")
COUNTS = ("read", "accepted", "quarantined", "filtered")
Labels = tuple[str, ...]


@dataclass
class Figure:
    """One name of the exposition, with its values."""

    name: str
    help: str
    labels: Labels = ()
    is_counter: bool = False
    values: list[tuple[Labels, float]] = field(default_factory=list)

    def add(self, *labels: Any, value: float) -> None:
        """Add a value."""
        self.values.append((tuple(str(each) for each in labels), float(value)))


def figures(store: Store, now: datetime) -> list[Figure]:
    """Return all that the store can tell."""
    with store.reading() as connection:
        made = [
            *_streams(connection), _quarantine(connection), *_plans(connection), _journal(connection),
            *_calls(connection, now), *_opt_outs(connection, now), *_runs(connection, now), *_people(connection, now),
            *_lane(connection, now), _scheduler(connection, now), _database(connection, store),
        ]  # fmt: skip
    return [*made, _files(store)]


def _rows(connection: Connection, statement: Select[Any]) -> Sequence[Any]:
    return connection.execute(statement).all()


def _streams(connection: Connection) -> Iterator[Figure]:
    labels = (*STREAM, "became")
    columns = [run_stream.c[name] for name in STREAM]
    newest = Figure("rotonde_stream_records", "What became of the records of the newest run of each job.", labels)
    begun = select(run.c.job, func.max(run.c.started_at)).group_by(run.c.job)
    every = [connection.execute(select(run.c.id).where(run.c.job == job, run.c.started_at == at)).scalar()
             for job, at in connection.execute(begun).tuples().all()]  # fmt: skip
    counts = [func.sum(run_stream.c[name]) for name in COUNTS]
    grouped = select(*columns, *counts).group_by(*columns).order_by(*columns)
    whole = Figure("rotonde_stream_records_total", "What became of all records that were ever read.", labels, True)
    for figure, statement in ((newest, grouped.where(run_stream.c.run_id.in_(every))), (whole, grouped)):
        for row in _rows(connection, statement):
            for name, value in zip(COUNTS, row[3:], strict=True):
                figure.add(*row[:3], name, value=value)
        yield figure


def _quarantine(connection: Connection) -> Figure:
    figure = Figure("rotonde_quarantine_open", "Records that wait for a mend.", ("source", "stream", "reason"))
    columns = (quarantine.c.source, quarantine.c.stream, quarantine.c.reason)
    counted = select(*columns, func.count()).where(quarantine.c.state == "open").group_by(*columns).order_by(*columns)
    for *labels, count in _rows(connection, counted):
        figure.add(*labels, value=count)
    return figure


def _plans(connection: Connection) -> Iterator[Figure]:
    sizes = Figure("rotonde_plan_rows", "Rows of the newest plan.", ("destination", "lane", "operation"))
    calls = Figure("rotonde_plan_calls", "API calls of the newest plan.", ("destination", "lane"))
    guards = Figure("rotonde_plan_guards", "Guards that stopped the newest plan.", ("destination", "lane"))
    for each in _rows(connection, select(plan_size).order_by(plan_size.c.destination, plan_size.c.lane)):
        for operation in ("add", "change", "remove"):
            sizes.add(each.destination, each.lane, operation, value=getattr(each, f"{operation}_rows"))
        calls.add(each.destination, each.lane, value=each.calls)
        guards.add(each.destination, each.lane, value=each.guards)
    yield from (sizes, calls, guards)


def _journal(connection: Connection) -> Figure:
    figure = Figure("rotonde_journal_rows", "Rows of the push journal.", ("destination", "state"))
    key = (push.c.destination, push.c.state)
    for *labels, count in _rows(connection, select(*key, func.count()).group_by(*key).order_by(*key)):
        figure.add(*labels, value=count)
    return figure


def _calls(connection: Connection, now: datetime) -> Iterator[Figure]:
    """Tell the calls of a day, beside which one lays the vendor's limit, and what got no answer."""
    day = Figure("rotonde_api_calls_24h", "Writing calls of the last 24 hours.", ("destination",))
    recent = call.c.prepared_at > utc_text(now - DAY)
    for name in _destinations(connection):
        mine = (call.c.destination == name) & recent
        day.add(name, value=connection.execute(select(func.count()).where(mine)).scalar_one())
    yield day


def _destinations(connection: Connection) -> list[str]:
    """Return who was ever called, by one look into the index for each."""
    found: list[str] = []
    while True:
        later = select(func.min(call.c.destination)).where(call.c.destination > (found[-1] if found else ""))
        name = connection.execute(later).scalar()
        if name is None:
            return found
        found.append(name)


def _opt_outs(connection: Connection, now: datetime) -> Iterator[Figure]:
    waiting = Figure("rotonde_opt_outs_waiting", "Withdrawals not yet handed over.", ("destination",))
    oldest = Figure("rotonde_opt_out_oldest_seconds", "How long the oldest of them waits.", ("destination",))
    overdue = Figure("rotonde_opt_outs_overdue", "Withdrawals past 24 h to hand over, 48 h to confirm.",
                     ("destination", "why"))  # fmt: skip
    later = aliased(push)
    is_newest = ~select(later.c.seq).where(
        later.c.destination == push.c.destination, later.c.wire_id == push.c.wire_id, later.c.seq > push.c.seq,
        later.c.state != "dropped",
    ).exists()  # fmt: skip
    open_rows = select(push.c.destination, func.count(), func.min(push.c.stored_at)).where(CONSENTS, is_newest)
    asked = open_rows.group_by(push.c.destination).order_by(push.c.destination)
    for name, count, since in _rows(connection, asked.where(push.c.state.in_(WAITING))):
        waiting.add(name, value=count)
        oldest.add(name, value=_seconds(since, now) if since else 0)
    late = push.c.state.in_(WAITING) & (push.c.stored_at < utc_text(now - HANDED_WITHIN))
    unread = (push.c.state == "accepted") & (push.c.answered_at < utc_text(now - CONFIRMED_WITHIN))
    for why, condition in (("not handed over", late), ("not confirmed", unread)):
        for name, count, _ in _rows(connection, asked.where(condition)):
            overdue.add(name, why, value=count)
    yield from (waiting, oldest, overdue)


def _lane(connection: Connection, now: datetime) -> Iterator[Figure]:
    rows = Figure("rotonde_lane_waiting", "What was told by itself, and is not taken up.", ("source",))
    oldest = Figure("rotonde_lane_oldest_seconds", "How long the oldest of it waits.", ("source",))
    for source, count, since in waiting(connection):
        rows.add(source, value=count)
        oldest.add(source, value=round((now - since).total_seconds(), 1))
    yield from (rows, oldest)


def _runs(connection: Connection, now: datetime) -> Iterator[Figure]:
    ended = Figure("rotonde_runs_total", "Runs of jobs.", ("job", "outcome"), True)
    lag = Figure("rotonde_source_lag_seconds", "Since the newest good run that read a source.", ("source",))
    key = (run.c.job, run.c.outcome)
    counted = select(*key, func.count(), func.max(run.c.started_at)).group_by(*key).order_by(*key)
    for job, outcome, count, newest in _rows(connection, counted):
        ended.add(job, outcome or "unfinished", value=count)
        if outcome == "ok" and job.startswith("ingest-"):
            lag.add(job.removeprefix("ingest-"), value=_seconds(newest, now))
    yield from (ended, lag)


def _people(connection: Connection, now: datetime) -> Iterator[Figure]:
    profiles = Figure("rotonde_profiles", "Persons, as of the last resolve.")
    records = Figure("rotonde_customer_records", "Their records, as of the last resolve.")
    age = Figure("rotonde_resolve_age_seconds", "Since the last resolve that changed anything.")
    newest = select(resolve_run).order_by(resolve_run.c.id.desc()).limit(1)
    for each in _rows(connection, newest):
        profiles.add(value=each.profiles)
        records.add(value=each.records)
        age.add(value=_seconds(each.at, now))
    yield from (profiles, records, age)


def _scheduler(connection: Connection, now: datetime) -> Figure:
    figure = Figure("rotonde_scheduler_leader", "1 where a scheduler decides what starts.")
    expires = connection.execute(select(lease.c.expires_at).where(lease.c.name == SCHEDULER)).scalar()
    figure.add(value=expires is not None and moment_of(expires) > now)
    return figure


def _database(connection: Connection, store: Store) -> Figure:
    figure = Figure("rotonde_store_bytes", "Size of the store.")
    if store.is_sqlite:
        figure.add(value=sum(each.stat().st_size for each in store.path.parent.glob(f"{store.path.name}*")))
    else:
        figure.add(value=connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return figure


def _files(store: Store) -> Figure:
    figure = Figure("rotonde_mirror_bytes", "Size of the mirror.")
    path = mirror_path(store)
    figure.add(value=path.stat().st_size if path.exists() else 0)
    return figure


def _seconds(since: str, now: datetime) -> float:
    return round((now - moment_of(since)).total_seconds(), 1)
