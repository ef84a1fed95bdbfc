"""What is wrong with records: unusual counts, quarantine, guards, drift, audiences, withdrawals that take too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Row, Text, column, exists, func, literal_column, select

from plugins.alerts.sight import Amiss, Sight
from plugins.hub.opt_out_clock import CONFIRMED_WITHIN
from plugins.rules.alerts import Kind, duration
from plugins.rules.moments import HOME
from plugins.store.alarm_tables import finding
from plugins.store.tables import push, quarantine, run, run_stream
from plugins.store.times import moment_of, utc_text
from plugins.store.waiting import waiting

HANDED_WITHIN = timedelta(hours=6)
"""The law says a day; who is told now can still keep it."""
TAKEN_UP_WITHIN = timedelta(minutes=15)
"""The lane takes seconds; a vendor that is away for a while is tried again."""
LOOKS_BACK = timedelta(days=28)
GUARDS_HOLD = timedelta(days=7)
"""A guard that nobody ran into for so long is of something that is not planned any more."""
SAME_TIME = timedelta(hours=1)
DEVIATIONS = 5 * 1.4826
"""So many median absolute deviations, as standard deviations of a normal distribution."""


def unusual_counts(sight: Sight) -> Iterator[Amiss]:
    """Find jobs whose newest run read or kept far more or less than runs at that time of day do."""
    for job in sorted(each for each in sight.jobs if each.startswith("ingest-")):
        runs = _alike(sight, job)
        if len(runs) > sight.rules.counts.runs:
            yield from _out_of_band(sight, job, runs)


def _alike(sight: Sight, job: str) -> list[Row[Any]]:
    """Return the newest run that went well, and before it those of about the same time of day."""
    is_recent = run.c.started_at >= utc_text(sight.now - LOOKS_BACK)
    mine = select(run.c.id, run.c.started_at).where(run.c.job == job, is_recent, run.c.outcome == "ok")
    found = sight.connection.execute(mine.order_by(run.c.started_at.desc())).all()
    alike = [each for each in found if _apart(found[0].started_at, each.started_at) <= SAME_TIME]
    return alike[: 3 * sight.rules.counts.runs]


def _apart(one: str, other: str) -> timedelta:
    """Return how far apart two moments are on the clock in the shops, whatever the day."""
    minutes = [here.hour * 60 + here.minute for here in (moment_of(each).astimezone(HOME) for each in (one, other))]
    between = abs(minutes[0] - minutes[1])
    return timedelta(minutes=min(between, 1440 - between))


def _out_of_band(sight: Sight, job: str, runs: Sequence[Row[Any]]) -> Iterator[Amiss]:
    counts = _counts(sight, [each.id for each in runs])
    for number, word in enumerate(("read", "accepted")):
        found, *before = [counts.get(each.id, (0, 0))[number] for each in runs]
        usual = median(before)
        spread = DEVIATIONS * median(abs(each - usual) for each in before)
        room = max(spread, usual * sight.rules.counts.differs_by / 100, sight.rules.counts.at_least)
        if abs(found - usual) > room:
            what = f"{found} records {word}, where {usual:.0f} are usual"
            cure = "see whether the source is whole ('rotonde status'); the next usual run ends this alarm"
            facts = {"runs compared": len(before)}
            source, since = job.partition("-")[2], moment_of(runs[0].started_at)
            yield Amiss("count_unusual", source, since, what, cure, facts)
            return


def _counts(sight: Sight, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return what each run read of the vendor's own records, and accepted."""
    sums = (func.sum(run_stream.c.read), func.sum(run_stream.c.accepted))
    mine = select(run_stream.c.run_id, *sums).where(run_stream.c.run_id.in_(ids), run_stream.c.stage == "mean")
    found = sight.connection.execute(mine.group_by(run_stream.c.run_id))
    return {each[0]: (int(each[1]), int(each[2])) for each in found}


def growing_quarantine(sight: Sight) -> Iterator[Amiss]:
    """Find sources, streams and reasons with many new records that cannot be read."""
    bad, growth = quarantine.c, sight.rules.quarantine
    is_new = bad.first_seen_at >= utc_text(sight.now - duration(growth.within))
    counted = (bad.source, bad.stream, bad.reason)
    query = select(*counted, func.count().label("records"), func.min(bad.first_seen_at).label("since"))
    query = query.where(bad.state == "open", is_new).group_by(*counted).having(func.count() > growth.more_than)
    for each in sight.connection.execute(query.order_by(*counted)):
        what = f"more than {growth.more_than} new records within {growth.within} cannot be read"
        cure = "see docs/running.md for the reason, mend it, then run 'rotonde quarantine replay'"
        about = f"{each.source} {each.stream}: {each.reason}"
        yield Amiss("quarantine_growing", about, moment_of(each.since), what, cure, {"records": each.records})


def tripped_guards(sight: Sight) -> Iterator[Amiss]:
    """Find what a guard stopped: a plan, a feed, rules of identity, a list that came in half empty."""
    for each in _found(sight, "guard"):
        if sight.now - moment_of(each.seen_at) <= GUARDS_HOLD:
            yield _of("guard_tripped", each, "look why; lift the guard only where it is right (docs/running.md)")


def drifted(sight: Sight) -> Iterator[Amiss]:
    """Find destinations that held something else than was accepted when they were read back last."""
    for each in _found(sight, "drift"):
        yield _of("drift_found", each, f"see 'rotonde drift {each.about}', then run 'rotonde sync'")


def shut_audiences(sight: Sight) -> Iterator[Amiss]:
    """Find audiences that are flagged, deleted or closed; a run that brings people in and does not see it ends it."""
    for each in _found(sight, "audience"):
        job = f"activate-{each.about.partition(' ')[0]}"
        later = exists().where(run.c.job == job, run.c.outcome == "ok", run.c.started_at > each.seen_at)
        if not sight.connection.execute(select(later)).scalar():
            cure = "nobody can be taken out there: mend it at the platform today, or remove it there by hand"
            yield Amiss("audience_shut", each.about, moment_of(each.seen_at), each.what, cure)


def _found(sight: Sight, kind: str) -> Sequence[Row[Any]]:
    return sight.connection.execute(select(finding).where(finding.c.kind == kind).order_by(finding.c.about)).all()


def _of(kind: Kind, each: Row[Any], cure: str) -> Amiss:
    return Amiss(kind, each.about, moment_of(each.since), each.what, cure)


def late_lane(sight: Sight) -> Iterator[Amiss]:
    """Find connections that told of something by themselves, of which nobody took notice in time."""
    cure = "see that 'rotonde lane' runs, and its log; 'rotonde sync' reads and brings about the same, later"
    for source, rows, since in waiting(sight.connection):
        if sight.now - since > TAKEN_UP_WITHIN:
            what = "what it told by itself waits for more than a quarter of an hour"
            yield Amiss("lane_behind", source, since, what, cure, {"records": rows})


def overdue_withdrawals(sight: Sight) -> Iterator[Amiss]:
    """Find destinations that were not told of a withdrawal in time, or were not read back in time after it."""
    later = push.alias("later")
    is_newest = ~exists().where(
        later.c.destination == push.c.destination, later.c.wire_id == push.c.wire_id, later.c.seq > push.c.seq,
        later.c.state != "dropped",
    )  # fmt: skip
    handed, confirmed = utc_text(sight.now - HANDED_WITHIN), utc_text(sight.now - CONFIRMED_WITHIN)
    waits = push.c.state.in_(("planned", "prepared", "unknown", "rejected", "staged")) & (push.c.stored_at < handed)
    unread = (push.c.state == "accepted") & (push.c.answered_at < confirmed)
    told = literal_column("'consent'", Text)  # as the index says it
    mine = (push.c.cause == told, push.c.confirmed_at.is_(None), push.c.stored_at < handed, waits | unread, is_newest)
    is_unread = (push.c.state == "accepted").label("is_unread")
    counted = (func.count().label("rows"), func.min(push.c.stored_at).label("since"))
    query = select(push.c.destination, is_unread, *counted).where(*mine).group_by(push.c.destination, is_unread)
    for each in sight.connection.execute(query.order_by(column("since"))):
        yield _overdue(each.destination, bool(each.is_unread), each.rows, moment_of(each.since))


def _overdue(destination: str, is_unread: bool, rows: int, since: datetime) -> Amiss:
    facts = {"withdrawals": rows}
    if is_unread:
        what, cure = "a withdrawal was not confirmed by reading it back within 48 hours", "run 'rotonde drift"
        return Amiss("opt_out_overdue", f"{destination}, read back", since, what, f"{cure} {destination}'", facts)
    what = "a withdrawal was not handed over within 6 hours; the law gives a day"
    cure = f"see 'rotonde consent clock', then run 'rotonde sync --only withdraw-{destination}'"
    return Amiss("opt_out_overdue", destination, since, what, cure, facts)
