"""What persons ask for by their rights: when, until when there must be an answer, and how far it is."""

from __future__ import annotations

import calendar
import shutil
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, true, update

from plugins.store.engine import Store
from plugins.store.mirror import home
from plugins.store.rights_tables import erasure, erasure_step, rights_request
from plugins.store.times import utc_text

Kind = Literal["access", "erasure", "objection"]
UNDONE = ("open", "running", "ready", "failed")
BEGINS = ("open", "failed", "running")
"""States in which it can be begun; one that runs has a lease, and is not begun twice."""
EXPORTS = "exports"
KEPT_FOR = timedelta(days=7)
"""How long a file of what is held on somebody waits to be handed over."""
MOST = 50
Row = dict[str, Any]


def lease_of(number: str) -> str:
    """Return the lease of who carries out a request."""
    return f"request {number}"


def month_after(day: date) -> date:
    """Return the day by which there must be an answer: a month later, or its last day (art. 12(3) GDPR)."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def take_on(
    connection: Connection, kind: Kind, profile_id: str, asked_on: date, who: str, now: datetime
) -> str:  # fmt: skip
    """Put down what a person asked for, and return its number; what is under way already is not put down twice."""
    mine = (rights_request.c.profile_id == profile_id) & (rights_request.c.kind == kind)
    known = connection.execute(select(rights_request.c.id).where(mine, rights_request.c.state.in_(UNDONE))).scalar()
    if known is not None:
        return str(known)
    number = uuid.uuid4().hex[:12]
    row = {"id": number, "kind": kind, "profile_id": profile_id, "asked_on": asked_on.isoformat(), "state": "open",
           "until": month_after(asked_on).isoformat(), "opened_at": utc_text(now), "opened_by": who}  # fmt: skip
    connection.execute(insert(rights_request).values(row))
    return number


def begin(connection: Connection, number: str, who: str) -> bool:
    """Put down that somebody has it carried out; tells whether it can be."""
    mine = (rights_request.c.id == number) & rights_request.c.state.in_(BEGINS)
    begun = update(rights_request).where(mine).values(state="running", said=None, done_by=who)
    return bool(connection.execute(begun).rowcount)


def turn(connection: Connection, number: str, state: str, **values: Any) -> None:
    """Put down how far a request is."""
    connection.execute(update(rights_request).where(rights_request.c.id == number).values(state=state, **values))


def close(connection: Connection, number: str, state: Literal["done", "refused"], said: str, who: str, at: str) -> bool:
    """Put down that a request is answered, or why it is not followed; tells whether it was open."""
    mine = (rights_request.c.id == number) & rights_request.c.state.in_(("open", "ready", "failed"))
    ended = {"state": state, "said": said or None, "done_by": who, "done_at": at}
    return bool(connection.execute(update(rights_request).where(mine).values(**ended)).rowcount)


def one(connection: Connection, number: str, today: date) -> Row | None:
    """Return a request; None where there is no such one."""
    found = connection.execute(select(rights_request).where(rights_request.c.id == number)).mappings().one_or_none()
    return None if found is None else _clocked(dict(found), today)


def listed(connection: Connection, today: date, profile_id: str | None = None) -> list[Row]:
    """Return what is not answered, the most urgent first, and then what was answered last; also of one person alone."""
    whose = true() if profile_id is None else rights_request.c.profile_id == profile_id
    undone = rights_request.c.state.in_(UNDONE)
    waiting = select(rights_request).where(whose, undone).order_by(rights_request.c.until, rights_request.c.id)
    over = select(rights_request).where(whose, ~undone).order_by(rights_request.c.done_at.desc()).limit(MOST)
    return [_clocked(dict(each), today) for query in (waiting, over) for each in connection.execute(query).mappings()]


def _clocked(row: Row, today: date) -> Row:
    left = (date.fromisoformat(row["until"]) - today).days
    is_open = row["state"] in UNDONE
    return {**row, "days_left": left if is_open else None, "is_late": is_open and left < 0, "is_open": is_open}


def steps_of(connection: Connection, number: str) -> list[Row]:
    """Return the proof of an erasure: what was taken out where, and who has not confirmed yet."""
    mine = select(erasure_step).join(erasure, erasure.c.id == erasure_step.c.erasure).where(erasure.c.id == number)
    return [dict(each) for each in connection.execute(mine.order_by(erasure_step.c.step)).mappings()]


def folder_of(store: Store, number: str) -> Path:
    """Return where the files of a request for access lie until they are handed over."""
    return home(store) / EXPORTS / number


def drop(store: Store, number: str) -> None:
    """Delete the files of a request."""
    shutil.rmtree(folder_of(store, number), ignore_errors=True)


def sweep(store: Store, now: datetime) -> int:
    """Delete files that nobody came for in time; their requests are open again. Returns how many."""
    folders = [each for each in (home(store) / EXPORTS).glob("*") if each.is_dir()]
    old = [each.name for each in folders if each.stat().st_mtime < (now - KEPT_FOR).timestamp()]
    for number in old:
        drop(store, number)
    with store.writing() as connection:
        lapsed = rights_request.c.id.in_(old) & (rights_request.c.state == "ready")
        connection.execute(update(rights_request).where(lapsed).values(state="open"))
    return len(old)
