"""Who must be told that somebody is forgotten: where we sent them, and where their records come from."""

from __future__ import annotations

import json

from sqlalchemy import Connection, or_, select

from plugins.hub.bringing import OF_PERSONS
from plugins.hub.destinations import Channel, RecordChannel
from plugins.hub.plans import Hub
from plugins.hub.rights.subject import CUSTOMER, Subject
from plugins.hub.rights.taking_out import wire_ids
from plugins.hub.rights.telling import GOT
from plugins.hub.visiting import knows_visitors
from plugins.store.tables import push


def recipients_of(connection: Connection, hub: Hub, subject: Subject) -> dict[str, set[str]]:
    """Return who got the person from us, or is where a record came from, with what they know them by."""
    mine = or_(push.c.profile_id.in_(subject.profiles), push.c.wire_id.in_(wire_ids(subject)))
    sent = select(push.c.destination, push.c.wire_id, push.c.payload).where(
        mine, push.c.state.in_(GOT), push.c.operation != "erase"
    )
    found: dict[str, set[str]] = {}
    for destination, wire_id, payload in connection.execute(sent.distinct()):
        if asked := _asked_by(hub, destination, wire_id, payload):
            found.setdefault(destination, set()).add(asked)
    every: list[Channel | RecordChannel] = [*hub.channels.values(), *hub.records.values()]
    for channel in every:
        if known := _known_there(connection, channel, subject):
            found.setdefault(channel.destination, set()).update(known)
    return found


def _asked_by(hub: Hub, destination: str, wire_id: str, payload: str) -> str | None:
    """Return by what a destination is asked to forget whom a row was about; None where the row says nothing of that."""
    kind, _, key = wire_id.partition(":")
    if destination not in hub.records:
        said = json.loads(payload) if kind in OF_PERSONS and key else {"email": wire_id}
        return said.get("email") or said.get("visitor")
    return f"customer:{key}" if kind in ("consent", "points", "note") else None


def _known_there(connection: Connection, channel: Channel | RecordChannel, subject: Subject) -> set[str]:
    keys = sorted(key for source, key in subject.records if source == channel.source)
    if isinstance(channel, RecordChannel):
        return {f"customer:{key}" for key in keys}
    if knows_visitors(channel):
        return set()  # it was never told who has a browser
    column = CUSTOMER.c[channel.identifier.kind]
    mine = (CUSTOMER.c.source == channel.source) & CUSTOMER.c.source_id.in_(keys) & column.is_not(None)
    return set(connection.execute(select(column).where(mine)).scalars())
