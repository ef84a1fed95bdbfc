"""Who said no leaves every audience at once: for those persons alone, by the same gate, journal and targets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from plugins.hub.destinations import Channel
from plugins.hub.gate import Gate
from plugins.hub.journal import recover, run_id, write_plan
from plugins.hub.lease import release, take
from plugins.hub.plans import Hub, journal_row
from plugins.hub.visiting import knows_visitors
from plugins.lane.connectors import Connectors
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, membership, push
from plugins.store.times import utc_text
from plugins.wire.outbox import Row

CUSTOMER = ENTITY_TABLES["customer"]
TOLD = ("accepted", "unknown", "prepared", "staged")
"""States of a row that may have had its effect."""
NOTHING = hashlib.md5(b"{}", usedforsecurity=False).hexdigest()


def leave(hub: Hub, connectors: Connectors, customers: Collection[tuple[str, str]]) -> dict[str, int]:
    """Take out whoever of these customers said no, wherever they are; returns how many rows went to each destination.

    Raises LeaseTaken where another run is at a destination: what is left is to be tried again.
    """
    gone = {}
    for channel in hub.channels.values():
        if knows_visitors(channel):
            continue  # nobody is held there
        rows = _due(hub, channel, customers)
        if rows:
            gone[channel.destination] = _carried(hub, connectors, channel, rows)
    return gone


def _due(hub: Hub, channel: Channel, customers: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    gate = Gate(channel.purpose, hub.meaning.declarations, hub.meaning.policy)
    try:
        with hub.store.reading() as connection:
            people = _addresses(connection, customers)
            held = {
                address: rows for address, rows in _held(connection, channel, people).items()
                if rows or _is_member(connection, channel, address)
            }  # fmt: skip
            refused = gate.refused(connection, channel, {each: people[each] for each in held}, hub.clock())
            return [_removal(hub, people[each], each, held[each]) for each in sorted(refused)]
    finally:
        gate.close()


def _addresses(connection: Connection, customers: Collection[tuple[str, str]]) -> dict[str, str]:
    """Return the addresses of the persons these customers are, each with its person."""
    people = select(membership.c.profile_id).where(among(membership.c.source, membership.c.source_id, customers))
    same = (CUSTOMER.c.source == membership.c.source) & (CUSTOMER.c.source_id == membership.c.source_id)
    found = select(CUSTOMER.c.email, membership.c.profile_id).join(membership, same)
    theirs = found.where(membership.c.profile_id.in_(people), CUSTOMER.c.email.is_not(None))
    return {address: profile for address, profile in connection.execute(theirs).tuples() if address}


def _held(connection: Connection, channel: Channel, people: Mapping[str, str]) -> dict[str, list[Mapping[str, Any]]]:
    """Return what each address was told since it was last taken out; nothing where it is out."""
    columns = (push.c.wire_id, push.c.operation, push.c.state, push.c.payload, push.c.sent)
    mine = (push.c.destination == channel.destination) & push.c.wire_id.in_(people) & push.c.state.in_(TOLD)
    held: dict[str, list[Mapping[str, Any]]] = {each: [] for each in people}
    for row in connection.execute(select(*columns).where(mine).order_by(push.c.seq)).mappings():
        if row["operation"] == "remove" and row["state"] == "accepted":
            held[row["wire_id"]] = []
        else:
            held[row["wire_id"]].append(dict(row))
    return held


def _is_member(connection: Connection, channel: Channel, address: str) -> bool:
    """Tell whether the destination itself says that it holds the address, whoever brought it there."""
    mine = (CUSTOMER.c.source == channel.source) & (CUSTOMER.c.email == address) & (CUSTOMER.c.status == "subscribed")
    lives = CUSTOMER.c.is_deleted.is_(False) & CUSTOMER.c.is_absent.is_(False)
    return connection.execute(select(CUSTOMER.c.source_id).where(mine, lives).limit(1)).scalar() is not None


def _removal(hub: Hub, profile: str, address: str, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    at = utc_text(hub.clock())
    tags = {tag for row in told for tag in json.loads(row["payload"] or "{}").get("tags_on") or ()}
    sent = sorted({row["sent"] for row in told if row["sent"]})
    return journal_row({
        "operation": "remove", "profile_id": profile, "wire_id": address, "permit": None, "tags_on": [],
        "tags_off": sorted(tags), "payload": "{}", "payload_hash": NOTHING, "reason": "consent withdrawn",
        "is_consent": True, "is_known": True, "status": None, "found": None, "cause": "consent", "acted_at": at,
        "stored_at": at, "held": None, "sent": sent,
    })  # fmt: skip


def _carried(hub: Hub, connectors: Connectors, channel: Channel, rows: Sequence[Mapping[str, Any]]) -> int:
    """Enter the rows into the journal and let the target deliver them, as in a run of the removals lane."""
    lease = take(hub.store, channel.destination, run_id(), hub.clock)
    is_handed_over = False
    try:
        with hub.store.writing() as writer:
            recover(writer, channel.destination, lease.fence)
            entered = write_plan(writer, channel, rows, hub.meaning.version, hub.clock())
        made = connectors.target(channel.destination)
        with made.delivering() as delivery:  # it has the lease now, and gives it back
            is_handed_over = True
            delivery.deliver(list(_rows(entered)))
        made.process_endofpipe()
    finally:
        if not is_handed_over:
            release(hub.store, lease)
    return len(entered)


def _rows(entered: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for each in entered:
        yield Row(each["key"], "remove", each["wire_id"], json.loads(each["payload"]))
