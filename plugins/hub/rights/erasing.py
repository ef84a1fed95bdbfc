"""Erasure: opened in one short transaction, then carried out step by step; whatever was cut off is taken up again."""

from __future__ import annotations

import getpass
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from plugins.hub.deciding import mirror as open_derived
from plugins.hub.deciding import side
from plugins.hub.destinations import Channel, RecordChannel
from plugins.hub.plans import Hub
from plugins.hub.rights.subject import CUSTOMER, Subject, recognised, subject_of
from plugins.hub.rights.taking_out import Removal, names_person, take_out, wire_ids, would_go
from plugins.hub.rights.telling import GOT, enter, finish, told
from plugins.store import erasure_list
from plugins.store.ballast import surely
from plugins.store.crash import crashpoint
from plugins.store.engine import Store
from plugins.store.mirror import home, mirror_path, open_mirror
from plugins.store.rights_tables import erasure, erasure_step, suppression
from plugins.store.suppression import checked_secret, lift, suppress
from plugins.store.suppression import enter as enter_keys
from plugins.store.tables import push
from plugins.store.times import moment_of, utc_text
from plugins.store.writing import insert_of

OURS, THEIRS = timedelta(hours=72), timedelta(days=30)
"""Within which the hub itself, and its recipients, must have forgotten somebody."""
FILES = "files"
TABLES_DONE = "customer"
"""The step that stands for all tables: they are taken out in one transaction."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom an erasure would be about: what would go, and who would be told."""

    profile_id: str
    subject: Subject
    rows: dict[str, int]
    recipients: dict[str, set[str]]
    """The identifiers that each destination got."""


@dataclass
class Erasure:
    """One erasure and how far it is; it says nothing of whose it was."""

    id: str
    requested_at: str
    requested_by: str
    reason: str
    state: str
    done_at: str | None
    steps: list[dict[str, Any]] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    """What should have been done by now."""


def find(hub: Hub, who: str, where: str = "erase: PERSON") -> Found:
    """Return whom a text means; raises StoreError, which repeats nothing of it, unless that is one person."""
    with open_derived(hub, where.partition(":")[0]) as connection:
        profile_id = side(hub, connection, where, who).profile_id
    return found_of(hub, profile_id)


def found_of(hub: Hub, profile_id: str) -> Found:
    """Return what an erasure of a profile would be about."""
    with hub.store.reading() as connection:
        subject = subject_of(connection, profile_id)
        return Found(profile_id, subject, would_go(connection, subject), _recipients(connection, hub, subject))


def _recipients(connection: Connection, hub: Hub, subject: Subject) -> dict[str, set[str]]:
    """Return who got the person from us, or is where a record came from, with what they know them by."""
    mine = or_(push.c.profile_id.in_(subject.profiles), push.c.wire_id.in_(wire_ids(subject)))
    sent = select(push.c.destination, push.c.wire_id).where(mine, push.c.state.in_(GOT), push.c.operation != "erase")
    found: dict[str, set[str]] = {}
    for destination, wire_id in connection.execute(sent.distinct()):
        if asked := _asked_by(hub, destination, wire_id):
            found.setdefault(destination, set()).add(asked)
    every: list[Channel | RecordChannel] = [*hub.channels.values(), *hub.records.values()]
    for channel in every:
        if known := _known_there(connection, channel, subject):
            found.setdefault(channel.destination, set()).update(known)
    return found


def _asked_by(hub: Hub, destination: str, wire_id: str) -> str | None:
    """Return by what a destination is asked to forget whom a row was about; None where the row says nothing of that."""
    if destination not in hub.records:
        return wire_id
    kind, _, key = wire_id.partition(":")
    return f"customer:{key}" if kind in ("consent", "points") else None


def _known_there(connection: Connection, channel: Channel | RecordChannel, subject: Subject) -> set[str]:
    keys = sorted(key for source, key in subject.records if source == channel.source)
    if isinstance(channel, RecordChannel):
        return {f"customer:{key}" for key in keys}
    column = CUSTOMER.c[channel.identifier.kind]
    mine = (CUSTOMER.c.source == channel.source) & CUSTOMER.c.source_id.in_(keys) & column.is_not(None)
    return set(connection.execute(select(column).where(mine)).scalars())


def erase(hub: Hub, found: Found, reason: str) -> str:
    """Erase a person and return the erasure's number; recipients are told by the next run to each of them."""
    erasure_id = uuid.uuid4().hex[:12]
    at, by = utc_text(hub.clock()), getpass.getuser()
    keys = surely(hub.store, lambda: _open(hub, erasure_id, found, reason, at, by))
    erasure_list.append(hub.store, "erased", keys, at, erasure_id, by)
    crashpoint("after suppression of erasure")
    _carry_out(hub, erasure_id, found.subject)
    return erasure_id


def _open(hub: Hub, erasure_id: str, found: Found, reason: str, at: str, by: str) -> list[tuple[str, str]]:
    """Keep the person out from this moment, and put down who is to be told."""
    with hub.store.writing() as connection:
        row = {"id": erasure_id, "requested_at": at, "requested_by": by, "reason": reason, "state": "open"}
        connection.execute(insert(erasure).values(**row, profile_id=found.profile_id))
        _plan_steps(connection, hub, erasure_id, _recipients(connection, hub, found.subject), at)  # as it is by now
        return suppress(connection, hub.store, found.subject.named(), "erased", at, erasure_id)


def _plan_steps(connection: Connection, hub: Hub, erasure_id: str, recipients: dict[str, set[str]], at: str) -> None:
    steps = {TABLES_DONE: 0, FILES: 0, **{name: len(known) for name, known in recipients.items()}}
    rows = [{"erasure": erasure_id, "step": name, "rows": count} for name, count in steps.items()]
    connection.execute(insert(erasure_step), rows)
    for name, known in sorted(recipients.items()):
        channel = hub.channels.get(name) or hub.records.get(name)
        if channel is not None and "erase" in channel.operations:
            asked = (told(erasure_id, channel, each, hub.meaning.version, at) for each in sorted(known))
            enter(connection, asked)


def _carry_out(hub: Hub, erasure_id: str, subject: Subject) -> None:
    """Do what is left of an erasure; doing it twice changes nothing."""
    surely(hub.store, lambda: _take_out(hub, erasure_id, subject))
    crashpoint("after tables of erasure")
    files = _clear_files(hub.store, subject)
    if not _empty_log(hub.store):
        return  # somebody reads what was; the next run finishes
    crashpoint("after files of erasure")
    with hub.store.writing() as connection:
        _step(connection, erasure_id, FILES, files, utc_text(hub.clock()))
        finish(connection, erasure_id, utc_text(hub.clock()))


def _take_out(hub: Hub, erasure_id: str, subject: Subject) -> None:
    with hub.store.writing() as connection:
        for table, count in take_out(connection, Removal(subject, erasure_id)).items():
            if count or table == TABLES_DONE:
                _step(connection, erasure_id, table, count, utc_text(hub.clock()))


def _step(connection: Connection, erasure_id: str, step: str, rows: int, at: str) -> None:
    """Note a step as done; the rows of one that was done before, and found more now, add up."""
    statement = insert_of(connection)(erasure_step).values(erasure=erasure_id, step=step, rows=rows, done_at=at)
    more = {"rows": erasure_step.c.rows + statement.excluded.rows, "done_at": at}
    connection.execute(statement.on_conflict_do_update(index_elements=["erasure", "step"], set_=more))


def _clear_files(store: Store, subject: Subject) -> int:
    """Remove what is derived, and logs that name the person; returns how many files."""
    cleared = clear_derived(store)
    named = names_person(subject)
    folders = (home(store) / "logs", Path(".meltano") / "logs", Path(".meltano") / "run")
    for path in (each for folder in folders for each in folder.rglob("*") if each.is_file()):
        if named("", path.read_text("utf-8", "replace")):
            path.unlink()
            cleared += 1
    return cleared


def _empty_log(store: Store) -> bool:
    """Empty SQLite's write-ahead log, in which the former pages are; tells whether nobody kept it from that."""
    if not store.is_sqlite:
        return True
    with closing(store.engine.raw_connection()) as raw:
        is_busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def clear_derived(store: Store) -> int:
    """Remove the mirror while nobody else has it open; the next resolve makes it anew, without the person."""
    path = mirror_path(store)
    if not path.exists():
        return 0
    with open_mirror(store):
        path.unlink()
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    return 1


def resume(hub: Hub) -> int:
    """Finish every erasure that was cut off before the hub itself had forgotten; returns how many."""
    with hub.store.reading() as connection:
        left = select(erasure_step.c.erasure).where(
            erasure_step.c.step.in_((TABLES_DONE, FILES)), erasure_step.c.done_at.is_(None)
        )
        cut_off = list(connection.execute(left.distinct()).scalars())
        people = {each: _of_erasure(connection, hub.store, each) for each in cut_off}
    on_list = {line["id"] for line in erasure_list.listed(hub.store)}
    for erasure_id, subject in people.items():
        if erasure_id not in on_list:
            _put_on_list(hub.store, erasure_id)
        _carry_out(hub, erasure_id, subject)
    return len(people)


def _put_on_list(store: Store, erasure_id: str) -> None:
    with store.reading() as connection:
        row = connection.execute(select(erasure).where(erasure.c.id == erasure_id)).one()
        keys = select(suppression.c.key, suppression.c.kind).where(suppression.c.erasure == erasure_id)
        found = connection.execute(keys).tuples().all()
    erasure_list.append(store, "erased", [*found], row.requested_at, erasure_id, row.requested_by)


def catch_up(hub: Hub) -> tuple[int, int]:
    """Finish what was cut off, and erase again whom the list names; returns how many of each."""
    return resume(hub), replay(hub)


def _of_erasure(connection: Connection, store: Store, erasure_id: str) -> Subject:
    keys = set(connection.execute(select(suppression.c.key).where(suppression.c.erasure == erasure_id)).scalars())
    return recognised(connection, checked_secret(connection, store), keys)


def replay(hub: Hub) -> int:
    """Do again what the list beside the store names and the store does not know, as after a backup was put back."""
    with hub.store.reading() as connection:
        known = set(connection.execute(select(erasure.c.id)).scalars())
        columns = (suppression.c.key, suppression.c.at, suppression.c.lifted_at)
        have = {key: (at, lifted_at) for key, at, lifted_at in connection.execute(select(*columns))}
    again, is_changed = 0, False
    for line in erasure_list.listed(hub.store):
        keys = [(key, kind) for key, kind in line["keys"]]
        if line["act"] == "erased" and line["id"] not in known:
            _erase_again(hub, line)
            again, is_changed = again + 1, True
        elif line["act"] == "objected" and any(have.get(key, ("", None))[0] < line["at"] for key, _ in keys):
            with hub.store.writing() as connection:
                _check_secret(connection, hub)
                enter_keys(connection, keys, "objected", line["at"], None)
            is_changed = True
        elif line["act"] == "lifted" and (is_changed or any(_stands(have.get(key), line["at"]) for key, _ in keys)):
            with hub.store.writing() as connection:
                lift(connection, (key for key, _ in keys), line["at"])
    return again


def _stands(known: tuple[str, str | None] | None, at: str) -> bool:
    """Tell whether a key was suppressed before a moment and is not lifted."""
    return known is not None and known[1] is None and known[0] < at


def _check_secret(connection: Connection, hub: Hub) -> bytes:
    suppress(connection, hub.store, (), "erased", utc_text(hub.clock()))  # the check row comes with the first key
    return checked_secret(connection, hub.store)


def _erase_again(hub: Hub, line: erasure_list.Listed) -> None:
    erasure_id, at = str(line["id"]), line["at"]
    keys = [(key, kind) for key, kind in line["keys"]]
    with hub.store.writing() as connection:
        subject = recognised(connection, _check_secret(connection, hub), {key for key, _ in keys})
        row = {"id": erasure_id, "requested_at": at, "requested_by": line["by"] or "", "reason": "on the list"}
        known_as = min(subject.profiles, default=None)
        connection.execute(insert(erasure).values(**row, state="open", profile_id=known_as))
        _plan_steps(connection, hub, erasure_id, _recipients(connection, hub, subject), at)
        enter_keys(connection, keys, "erased", at, erasure_id)
    _carry_out(hub, erasure_id, subject)


def erasures(hub: Hub) -> list[Erasure]:
    """Return every erasure with its proof, oldest first, and what is overdue of it."""
    with hub.store.reading() as connection:
        rows = connection.execute(select(erasure).order_by(erasure.c.requested_at)).mappings().all()
        steps = connection.execute(select(erasure_step).order_by(erasure_step.c.step)).mappings().all()
    found = []
    for row in rows:
        told_of = {name: row[name] for name in row if name != "profile_id"}
        mine = [{**step} for step in steps if step["erasure"] == row["id"]]
        found.append(Erasure(**told_of, steps=mine, overdue=_overdue(hub, row["requested_at"], mine)))
    return found


def _overdue(hub: Hub, requested_at: str, steps: list[dict[str, Any]]) -> list[str]:
    since = hub.clock() - moment_of(requested_at)
    waiting = [step["step"] for step in steps if step["done_at"] is None]
    return [name for name in waiting if since > (OURS if name in (TABLES_DONE, FILES) else THEIRS)]
