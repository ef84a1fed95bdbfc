"""`rotonde schedule`: run the schedules of meltano.yml, list them, or tell what comes next."""

from __future__ import annotations

import logging
import os
import uuid
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import click

from plugins.hub import show
from plugins.hub.command import AS_JSON, EXIT_CODES, OK, said
from plugins.observe.logs import set_up
from plugins.scheduler.dispatch import Dispatch
from plugins.scheduler.running import Running
from plugins.scheduler.schedules import Schedule, read_schedules
from plugins.scheduler.turns import newest
from plugins.store.engine import Store, open_store
from plugins.store.migrate import migrate
from plugins.store.times import now, utc_text

COLUMNS = ("schedule", "job", "cron", "timezone", "next_due", "last_due", "state", "tries", "exit_code")
HORIZON = timedelta(days=3660)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
def schedule() -> None:
    """Run the schedules of meltano.yml by themselves."""


@schedule.command()
@said
def run() -> int:
    """Run what is due, until it is stopped; of several, one does, and another takes over within a minute."""
    set_up(logging.INFO)
    os.umask(0o077)
    schedules = read_schedules()
    store = _opened()
    Running(Dispatch(store, schedules, f"scheduler-{uuid.uuid4()}"), schedules).run()
    return OK


@schedule.command("list")
@AS_JSON
@said
def list_schedules(as_json: bool) -> int:
    """List every schedule, when it is due next, and how its last turn went."""
    store, moment = _opened(), now()
    rows = [_row(store, each, moment) for each in read_schedules()]
    show.as_json(rows) if as_json else show.rows("Schedules", rows, COLUMNS)
    return OK


@schedule.command("next")
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@AS_JSON
@said
def next_due(count: int, as_json: bool) -> int:
    """Tell what is due next, the earliest first, by the clock of each schedule."""
    moment = now()
    due = sorted(
        (at, each) for each in read_schedules() for at in islice(each.due_between(moment, moment + HORIZON), count)
    )[:count]
    rows = [{"due_at": utc_text(at), "there": _there(each, at), "schedule": each.name, "job": each.job}
            for at, each in due]  # fmt: skip
    show.as_json(rows) if as_json else show.rows("Due next", rows, ("there", "schedule", "job"))
    return OK


def _opened() -> Store:
    store = open_store()
    migrate(store)
    return store


def _row(store: Store, each: Schedule, moment: datetime) -> dict[str, Any]:
    with store.reading() as connection:
        turn = newest(connection, each.name)
    following = each.next_due(moment)
    return {
        "schedule": each.name,
        "job": each.job,
        "cron": each.cron,
        "timezone": each.note.timezone.key,
        "next_due": None if following is None else _there(each, following),
        "last_due": None if turn is None or turn.state == "seen" else _there(each, turn.due_at),
        "state": None if turn is None else turn.state,
        "tries": None if turn is None else turn.tries,
        "exit_code": None if turn is None else turn.exit_code,
    }


def _there(each: Schedule, moment: datetime) -> str:
    return moment.astimezone(each.note.timezone).strftime("%Y-%m-%d %H:%M %Z")


if __name__ == "__main__":
    schedule(prog_name="rotonde schedule")
