"""Who said no leaves every audience at once: for those persons alone, by the same gate, journal and targets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from plugins.hub.destinations import Channel
from plugins.hub.gate import Gate
from plugins.hub.plans import Hub, journal_row
from plugins.hub.visiting import knows_visitors
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, membership, push
from plugins.store.times import utc_text

CUSTOMER = ENTITY_TABLES["customer"]
TOLD = ("accepted", "unknown", "prepared", "staged")
"""States of a row that may have had its effect."""
NOTHING = hashlib.md5(b"{}", usedforsecurity=False).hexdigest()


def refusals(hub: Hub, customers: Collection[tuple[str, str]]) -> Iterator[tuple[Channel, list[dict[str, Any]]]]:
    """Give each destination that holds any of these customers who said no, and the rows that take them out."""
    for channel in hub.channels.values():
        if not knows_visitors(channel) and (rows := _due(hub, channel, customers)):  # a visitor is held nowhere
            yield channel, rows


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
