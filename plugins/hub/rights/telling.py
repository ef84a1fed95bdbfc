"""Telling recipients: one row of the journal for each address that must be forgotten somewhere, until it is confirmed.

The identifier stays in that row alone; it is blanked in the transaction that records the answer.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from plugins.hub.destinations import Channel, RecordChannel
from plugins.store.engine import Store, StoreError
from plugins.store.rights_tables import erasure, erasure_step
from plugins.store.suppression import Named, suppressed
from plugins.store.tables import call, call_row, push

GOT = ("accepted", "unknown", "prepared", "staged", "reconciled")
"""States of a row of which the recipient has, or may have, what was sent."""
UNCONFIRMED = ("planned", "prepared", "unknown", "staged", "rejected")


def pseudonym(erasure_id: str) -> str:
    """Return what stands in the journal where a person was."""
    return f"erased:{erasure_id}"


def unwanted(
    connection: Connection, store: Store, channel: Channel | RecordChannel, wire_ids: Sequence[str]
) -> set[str]:
    """Return which identifiers are of somebody who was erased or objected.

    Where records are kept equal only a consent given and a note are held back: who objects to advertising still has
    points.
    """
    named: dict[Named, str] = {}
    for each in wire_ids:
        kind, _, key = each.partition(":")
        if isinstance(channel, Channel) and channel.identifier.kind != "visitor":  # whose browser it is, no key says
            named[(channel.identifier.kind, each)] = each
        elif kind in ("consent", "note"):
            named[("record", f"{channel.source}:{key}")] = each
    return {named[each] for each in suppressed(connection, store, named)}


def told(
    erasure_id: str, channel: Channel | RecordChannel, wire_id: str, version: str, at: str, sent: Collection[str] = ()
) -> dict[str, Any]:
    """Return the row of the journal that asks a destination to forget somebody; `sent` as it knows them, hashed."""
    kind, _, key = wire_id.partition(":")
    by_record = isinstance(channel, RecordChannel)
    said = {"customer": key, "kind": kind} if by_record else {"sent": sorted(sent)} if sent else {}
    payload = json.dumps(said, separators=(",", ":"))
    return {
        "key": uuid.uuid4().hex, "destination": channel.destination, "profile_id": pseudonym(erasure_id),
        "operation": "erase", "wire_id": wire_id, "payload": payload,
        "normaliser": 1 if isinstance(channel, RecordChannel) else channel.identifier.version,
        "payload_hash": "", "reason": "erased", "rules_version": version, "state": "planned", "planned_at": at,
        "cause": "erasure", "acted_at": at, "stored_at": at,
    }  # fmt: skip


def sent_as(connection: Connection, destination: str, wire_ids: Collection[str]) -> dict[str, set[str]]:
    """Return under which hashed identifiers a destination ever got each address."""
    mine = (push.c.destination == destination) & push.c.wire_id.in_(wire_ids) & push.c.sent.is_not(None)
    found: dict[str, set[str]] = {}
    for wire_id, sent in connection.execute(select(push.c.wire_id, push.c.sent).where(mine)):
        found.setdefault(wire_id, set()).add(sent)
    return found


def enter(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Plan what recipients are to be told."""
    listed = list(rows)
    if listed:
        connection.execute(insert(push), listed)


def due(connection: Connection, destination: str) -> list[dict[str, Any]]:
    """Return what a destination must still be told, planned anew where an answer never came."""
    mine = (push.c.destination == destination) & (push.c.operation == "erase")
    connection.execute(update(push).where(mine, push.c.state == "unknown").values(state="planned"))
    found = connection.execute(select(push).where(mine, push.c.state == "planned").order_by(push.c.seq))
    return [dict(each) for each in found.mappings()]


def ask_again(connection: Connection) -> int:
    """Plan anew what recipients refused; returns how many rows."""
    refused = (push.c.operation == "erase") & (push.c.state == "rejected")
    return connection.execute(update(push).where(refused).values(state="planned", answer=None)).rowcount


def confirmed(connection: Connection, key: str, state: str, at: str) -> None:
    """Forget the identifier as soon as the recipient has, in the transaction that records the answer."""
    if state != "accepted":
        return
    row = connection.execute(select(push).where(push.c.key == key)).one()
    blank(connection, [key], row.profile_id)
    mine = (push.c.profile_id == row.profile_id) & (push.c.destination == row.destination)
    waiting = mine & (push.c.operation == "erase") & push.c.state.in_(UNCONFIRMED)
    if not connection.execute(select(func.count()).select_from(push).where(waiting)).scalar_one():
        settle(connection, row.profile_id.removeprefix(pseudonym("")), row.destination, at)


def settle(connection: Connection, erasure_id: str, step: str, at: str) -> None:
    """Note that a recipient has confirmed; the erasure is done with the last one."""
    mine = erasure_step.c.erasure == erasure_id
    connection.execute(
        update(erasure_step)
        .where(mine, erasure_step.c.step == step, erasure_step.c.done_at.is_(None))
        .values(done_at=at)
    )
    finish(connection, erasure_id, at)


def by_hand(connection: Connection, erasure_id: str, destination: str, at: str) -> None:
    """Note that somebody told a recipient that cannot be told by us, or refused; its rows are nobody's then."""
    known = select(erasure_step.c.step).where(erasure_step.c.erasure == erasure_id)
    if destination not in set(connection.execute(known).scalars()):
        raise StoreError("erasures: no such erasure and destination; see them with: rotonde erasures --json")
    mine = (push.c.profile_id == pseudonym(erasure_id)) & (push.c.destination == destination)
    rows = mine & (push.c.operation == "erase") & push.c.state.in_(UNCONFIRMED)
    keys = list(connection.execute(select(push.c.key).where(rows)).scalars())
    blank(connection, keys, pseudonym(erasure_id))
    told_so = {"state": "dropped", "answer": "told by hand", "answered_at": at}
    connection.execute(update(push).where(push.c.key.in_(keys)).values(**told_so))
    settle(connection, erasure_id, destination, at)


def finish(connection: Connection, erasure_id: str, at: str) -> None:
    """Close an erasure of which every step is done."""
    mine = erasure_step.c.erasure == erasure_id
    steps = select(func.count(), func.count(erasure_step.c.done_at)).where(mine)
    known, done = connection.execute(steps).one()
    if known == done:
        still = (erasure.c.id == erasure_id) & (erasure.c.state == "open")
        connection.execute(update(erasure).where(still).values(state="done", done_at=at, profile_id=None))


def blank(connection: Connection, keys: Sequence[str], name: str) -> None:
    """Take a person out of rows of the journal and of the calls that carried them; hashes of calls and counts stay."""
    connection.execute(
        update(push).where(push.c.key.in_(keys)).values(
            wire_id=name, profile_id=name, payload="{}", payload_hash="", found=None, permit=None, sent=None
        )
    )  # fmt: skip
    carried = select(call_row.c.call_key).where(call_row.c.push_key.in_(keys))
    connection.execute(update(call).where(call.c.key.in_(carried)).values(body="", path=""))
