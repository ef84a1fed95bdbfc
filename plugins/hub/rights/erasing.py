"""Erasure: opened in one short transaction, then carried out step by step; whatever was cut off is taken up again."""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from plugins.hub.deciding import mirror as open_derived
from plugins.hub.deciding import side
from plugins.hub.plans import Hub
from plugins.hub.rights.clearing import clear_files, empty_log
from plugins.hub.rights.recipients import recipients_of
from plugins.hub.rights.subject import Subject, gifts_of, recognised, subject_of
from plugins.hub.rights.taking_out import Removal, take_out, would_go
from plugins.hub.rights.telling import enter, finish, sent_as, told
from plugins.store import erasure_list
from plugins.store.ballast import surely
from plugins.store.crash import crashpoint
from plugins.store.engine import Store
from plugins.store.rights_tables import erasure, erasure_step, rights_request, suppression
from plugins.store.suppression import checked_secret, lift, suppress
from plugins.store.suppression import enter as enter_keys
from plugins.store.times import moment_of, utc_text
from plugins.store.writing import insert_of

OURS, THEIRS = timedelta(hours=72), timedelta(days=30)
"""Within which the hub itself, and its recipients, must have forgotten somebody."""
AT_ONCE = 25
"""People in one transaction: others who want to write wait for a second at most."""
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
        return Found(profile_id, subject, would_go(connection, subject), recipients_of(connection, hub, subject))


def erase(hub: Hub, found: Found, reason: str, by: str | None = None, request: str | None = None) -> str:
    """Erase a person and return the erasure's number; recipients are told by the next run to each of them.

    Where nobody is named by whom, it is whoever runs the process; a request that asks for it learns the number.
    """
    erasure_id = uuid.uuid4().hex[:12]
    at, by = utc_text(hub.clock()), by or getpass.getuser()
    keys = surely(hub.store, lambda: _open(hub, erasure_id, found, reason, at, by, request))
    erasure_list.append(hub.store, "erased", keys, at, erasure_id, by)
    crashpoint("after suppression of erasure")
    _carry_out(hub, erasure_id, found.subject)
    return erasure_id


def erase_all(hub: Hub, profiles: Sequence[str], reason: str) -> None:
    """Erase people one after the other, some in one transaction: each is left as if erased alone, or not yet at all."""
    for start in range(0, len(profiles), AT_ONCE):
        _erase_some(hub, profiles[start : start + AT_ONCE], reason)


def _erase_some(hub: Hub, profiles: Sequence[str], reason: str) -> None:
    at, by = utc_text(hub.clock()), getpass.getuser()
    taken = surely(hub.store, lambda: _take_out_all(hub, profiles, reason, at, by))
    crashpoint("after tables of erasure")
    for erasure_id, (_, keys) in taken.items():  # who is cut off from it here is put on the list by `resume`
        erasure_list.append(hub.store, "erased", keys, at, erasure_id, by)
    _clear(hub, {erasure_id: subject for erasure_id, (subject, _) in taken.items()})


def _take_out_all(
    hub: Hub, profiles: Sequence[str], reason: str, at: str, by: str
) -> dict[str, tuple[Subject, list[tuple[str, str]]]]:
    """Open and carry out erasures in the tables; who comes later is seen without those before, as one by one."""
    taken = {}
    with hub.store.writing() as connection:
        for profile_id in profiles:
            erasure_id, subject = uuid.uuid4().hex[:12], subject_of(connection, profile_id)
            keys = _enter(connection, hub, erasure_id, profile_id, subject, reason, at, by)
            _take_out_of_tables(connection, hub, erasure_id, subject)
            taken[erasure_id] = (subject, keys)
    return taken


def _open(
    hub: Hub, erasure_id: str, found: Found, reason: str, at: str, by: str, request: str | None
) -> list[tuple[str, str]]:
    """Keep the person out from this moment, and put down who is to be told."""
    with hub.store.writing() as connection:
        asked = update(rights_request).where(rights_request.c.id == request)
        connection.execute(asked.values(erasure=erasure_id))
        return _enter(connection, hub, erasure_id, found.profile_id, found.subject, reason, at, by)


def _enter(
    connection: Connection, hub: Hub, erasure_id: str, profile_id: str, subject: Subject, reason: str, at: str, by: str
) -> list[tuple[str, str]]:
    row = {"id": erasure_id, "requested_at": at, "requested_by": by, "reason": reason, "state": "open"}
    connection.execute(insert(erasure).values(**row, profile_id=profile_id))
    _plan_steps(connection, hub, erasure_id, recipients_of(connection, hub, subject), at)  # as it is by now
    return suppress(connection, hub.store, subject.named(), "erased", at, erasure_id)


def _plan_steps(connection: Connection, hub: Hub, erasure_id: str, recipients: dict[str, set[str]], at: str) -> None:
    steps = {TABLES_DONE: 0, FILES: 0, **{name: len(known) for name, known in recipients.items()}}
    rows = [{"erasure": erasure_id, "step": name, "rows": count} for name, count in steps.items()]
    connection.execute(insert(erasure_step), rows)
    for name, known in sorted(recipients.items()):
        channel = hub.channels.get(name) or hub.records.get(name)
        if channel is not None and "erase" in channel.operations:
            sent = sent_as(connection, name, known)
            asked = (
                told(erasure_id, channel, each, hub.meaning.version, at, sent.get(each, ())) for each in sorted(known)
            )
            enter(connection, asked)


def _carry_out(hub: Hub, erasure_id: str, subject: Subject) -> None:
    """Do what is left of an erasure; doing it twice changes nothing."""
    surely(hub.store, lambda: _take_out(hub, erasure_id, subject))
    crashpoint("after tables of erasure")
    _clear(hub, {erasure_id: subject})


def _take_out(hub: Hub, erasure_id: str, subject: Subject) -> None:
    with hub.store.writing() as connection:
        _take_out_of_tables(connection, hub, erasure_id, subject)


def _take_out_of_tables(connection: Connection, hub: Hub, erasure_id: str, subject: Subject) -> None:
    for table, count in take_out(connection, Removal(subject, erasure_id, gifts_of(connection, subject))).items():
        if count or table == TABLES_DONE:
            _step(connection, erasure_id, table, count, utc_text(hub.clock()))


def _clear(hub: Hub, people: Mapping[str, Subject]) -> None:
    """Clear the files of people who are out of all tables, and finish their erasures."""
    files = clear_files(hub.store, people)
    if not empty_log(hub.store):
        return  # somebody reads what was; the next run finishes
    crashpoint("after files of erasure")
    with hub.store.writing() as connection:
        for erasure_id in people:
            _step(connection, erasure_id, FILES, files[erasure_id], utc_text(hub.clock()))
            finish(connection, erasure_id, utc_text(hub.clock()))


def _step(connection: Connection, erasure_id: str, step: str, rows: int, at: str) -> None:
    """Note a step as done; the rows of one that was done before, and found more now, add up."""
    statement = insert_of(connection)(erasure_step).values(erasure=erasure_id, step=step, rows=rows, done_at=at)
    more = {"rows": erasure_step.c.rows + statement.excluded.rows, "done_at": at}
    connection.execute(statement.on_conflict_do_update(index_elements=["erasure", "step"], set_=more))


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
        _plan_steps(connection, hub, erasure_id, recipients_of(connection, hub, subject), at)
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
