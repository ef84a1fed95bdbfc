"""Quarantine: what could not be read and why; a record is mended, read again, or put aside for good."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Connection, func, select, tuple_
from starlette.responses import Response

from plugins.console.ask import Ask, Stopped
from plugins.console.masking import Mask
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.console.veiling import told
from plugins.hub import errands
from plugins.hub.mending import Kept, Unmended, discard, kept, mend
from plugins.hub.replaying import Which, replay
from plugins.store.engine import StoreError
from plugins.store.tables import quarantine
from plugins.store.times import moment_of

LISTED = 50
UNREAD = 422
GROUP = ("source", "stream", "reason")


def groups(ask: Ask) -> Response:
    """Count what is open, by source, stream and reason, with its age."""
    with ask.desk.hub.store.reading() as connection:
        found = _groups(connection, ask.now)
        replaying = errands.newest(connection, "replay", ask.now)
    return ask.page("quarantine.html", groups=found, replaying=replaying)


def _groups(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    names = [quarantine.c[name] for name in GROUP]
    first = quarantine.c.first_seen_at
    counted = select(
        *names, func.count().label("records"), func.min(first).label("since"), func.max(first).label("last")
    )
    found = connection.execute(counted.where(quarantine.c.state == "open").group_by(*names).order_by(*names)).mappings()
    return [{**row, "days": (now - moment_of(row["since"])).days,
             "query": urlencode({name: row[name] for name in GROUP})} for row in found]  # fmt: skip


def records(ask: Ask) -> Response:
    """List the records of one source, stream and reason, the oldest first, some at a time."""
    params = ask.request.query_params
    which = Which(*(params.get(name, "") for name in GROUP))
    with ask.desk.hub.store.reading() as connection:
        found = _records(connection, which, params.get("after", ""))
    asked = {name: getattr(which, name) for name in GROUP}
    more = urlencode({**asked, "after": f"{found[-1]['first_seen_at']} {found[-1]['id']}"}) if found else ""
    return ask.page(
        "quarantine_records.html", which=asked, found=found[:LISTED], more=more if len(found) == LISTED else ""
    )


def _records(connection: Connection, which: Which, after: str) -> list[dict[str, Any]]:
    place = tuple_(quarantine.c.first_seen_at, quarantine.c.id)
    names = ("id", "field", "first_seen_at", "last_seen_at", "times")
    query = select(*(quarantine.c[name] for name in names)).where(
        which.clause, place > tuple(after.partition(" ")[::2])
    )
    found = connection.execute(query.order_by(quarantine.c.first_seen_at, quarantine.c.id).limit(LISTED)).mappings()
    return [dict(row) for row in found]


def one(ask: Ask) -> Response:
    """Show one record, why it could not be read, and where."""
    found = _kept(ask)
    ask.note("look_up", ask.part("id"), why="page", page="quarantine")
    return _shown(ask, found)


def opened(ask: Ask) -> Response:
    """Show a record in full, to be written anew."""
    found = _kept(ask)
    ask.note("reveal", ask.part("id"), why="page", page="quarantine")
    return _shown(ask, found, is_open=True)


def mended(ask: Ask) -> Response:
    """Read a record as it was written anew."""
    text = (ask.form or {}).get("record", "")
    try:
        mend(ask.desk.hub, ask.part("id"), text, ask.who.account.name)
    except Unmended as wrong:
        return _shown(ask, _kept(ask), is_open=True, fault=wrong, text=text)
    return ask.to(f"/quarantine/{ask.part('id')}")


def replayed(ask: Ask) -> Response:
    """Read one record again as it is."""
    found = _kept(ask)
    done = replay(ask.desk.hub, str(uuid.uuid4()), Which(id=found.row["id"]), ask.who.account.name)
    ask.note("quarantine", found.row["id"], step="replayed", **asdict(done))
    return ask.to(f"/quarantine/{found.row['id']}") if done.kept else _shown(ask, _kept(ask), is_still=True)


def discarded(ask: Ask) -> Response:
    """Put a record aside for good."""
    try:
        discard(ask.desk.hub, ask.part("id"), ask.said("why")[: LISTED * 10], ask.who.account.name)
    except Unmended as wrong:
        return _shown(ask, _kept(ask), fault=wrong)
    return ask.to(f"/quarantine/{ask.part('id')}")


def replayed_all(ask: Ask) -> Response:
    """Read all of one source, stream and reason again, in a process of its own."""
    asked, store = {name: ask.said(name) for name in GROUP}, ask.desk.hub.store
    with store.reading() as connection:
        if not _records(connection, Which(**asked), ""):
            raise Stopped(404)
    try:
        key = errands.ask(store, "replay", json.dumps(asked), ask.who.account.name, ask.now)
    except StoreError:  # one is under way: the page shows it
        return ask.to("/quarantine")
    ask.note("quarantine", " ".join(asked.values()), step="replayed")
    ask.desk.start(store, errands.CARRYING_OUT, key)
    return ask.to("/quarantine")


def _kept(ask: Ask) -> Kept:
    with ask.desk.hub.store.reading() as connection:
        found = kept(connection, ask.part("id"))
    if found is None:
        raise Stopped(404)
    return found


def _shown(
    ask: Ask, found: Kept, *, is_open: bool = False, is_still: bool = False, fault: Unmended | None = None,
    text: str | None = None,
) -> Response:  # fmt: skip
    mask = Mask(ask.who.account.role)
    is_form = is_open and found.is_mendable
    return ask.page(
        "quarantine_record.html", UNREAD if fault else 200, found=found, row=found.row, told=told(mask, found.text),
        mask=mask, is_still=is_still, fault=fault, is_form=is_form,
        text=(text if text is not None else _written(found.text)) if is_form else "",
    )  # fmt: skip


def _written(text: str) -> str:
    """Return a record as one reads it; what is no JSON as it is."""
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text


ROUTES = (
    Seen("/quarantine", "quarantine", Right.QUARANTINE, groups, on_menu=True),
    Seen("/quarantine", "quarantine", Right.MEND, replayed_all, "POST"),
    Seen("/quarantine/records", "quarantine", Right.QUARANTINE, records),
    Seen("/quarantine/{id}", "quarantine", Right.QUARANTINE, one),
    Seen("/quarantine/{id}/open", "quarantine", Right.MEND, opened, "POST"),
    Seen("/quarantine/{id}/mend", "quarantine", Right.MEND, mended, "POST"),
    Seen("/quarantine/{id}/replay", "quarantine", Right.MEND, replayed, "POST"),
    Seen("/quarantine/{id}/discard", "quarantine", Right.MEND, discarded, "POST"),
)
