"""The story of one person: records, what holds them together, consent with its proof, traits, what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlalchemy import or_, select

from mappers.identity.explain import Explained, explain
from mappers.identity.resolve import in_force
from plugins.hub.plans import Hub
from plugins.hub.resolving import is_resolved
from plugins.store.engine import StoreError
from plugins.store.mirror import open_mirror, rows
from plugins.store.tables import profile, push

FIND = """
SELECT DISTINCT assigned.profile_id FROM assigned JOIN customer USING (n)
WHERE customer.email = lower($who) OR customer.phone = $who OR customer.card = $who
   OR customer.customer_number = $who OR customer.source || ':' || customer.source_id = $who
   OR assigned.profile_id = $who
ORDER BY 1
"""
RECORDS = """
SELECT source, source_id, changed_at, first_name, infix, last_name, email, email_quality, phone, card,
       customer_number, status, is_guest
FROM customer WHERE n IN (SELECT n FROM assigned WHERE profile_id = $id) ORDER BY source, source_id
"""
ACTS = """
SELECT "at", is_time_of_act, source, field, value, channel, purpose, decision, role, place, wording, lacks, email
FROM act_told WHERE profile_id = $id AND decision <> 'nothing' ORDER BY channel, purpose, "at", source, field
"""
STATES = """
SELECT channel, purpose, state, basis, address, permit, reason, granted_at, refused_at FROM consent_state
WHERE profile_id = $id ORDER BY ALL
"""


@dataclass
class Story:
    """Everything `rotonde why` tells."""

    profile_id: str
    merged_from: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    identity: Explained = field(default_factory=Explained)
    golden: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    acts: list[dict[str, Any]] = field(default_factory=list)
    consent: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)


def find(connection: duckdb.DuckDBPyConnection, who: str) -> list[str]:
    """Return the profiles that a text may mean: address, phone, card, customer number, `source:id` or profile id."""
    return [row[0] for row in connection.execute(FIND, {"who": who.strip()}).fetchall()]


def stories(hub: Hub, who: str) -> list[Story]:
    """Return the story of everybody a text may mean."""
    if not is_resolved(hub.store):
        raise StoreError("why: nothing is resolved yet; run 'rotonde resolve' first")
    with open_mirror(hub.store, read_only=True) as connection:
        return [_tell(hub, connection, present(hub, each)) for each in find(connection, who) or _former(hub, who)]


def _former(hub: Hub, who: str) -> list[str]:
    return [who] if present(hub, who) != who else []


def present(hub: Hub, profile_id: str) -> str:
    """Follow a merged profile to the one that took over."""
    with hub.store.reading() as connection:
        while heir := connection.execute(select(profile.c.merged_into).where(profile.c.id == profile_id)).scalar():
            profile_id = heir
    return profile_id


def _tell(hub: Hub, connection: duckdb.DuckDBPyConnection, profile_id: str) -> Story:
    def told(sql: str) -> list[dict[str, Any]]:
        return rows(connection, sql, {"id": profile_id})

    one_golden = told("SELECT * FROM golden WHERE profile_id = $id")
    (one_trait,) = told("SELECT * FROM trait WHERE profile_id = $id") or [{}]
    traits = {hub.meaning.counts.get(name, name): value for name, value in one_trait.items()}
    with hub.store.reading() as store:
        former = store.execute(select(profile.c.id).where(profile.c.merged_into == profile_id)).scalars().all()
        mine = or_(push.c.profile_id == profile_id, push.c.profile_id.in_(former))
        columns = ("planned_at", "destination", "operation", "wire_id", "state", "reason", "answer", "permit")
        sent = store.execute(select(*(push.c[name] for name in columns)).where(mine).order_by(push.c.seq)).mappings()
        return Story(
            profile_id, list(former), told(RECORDS), explain(connection, in_force(connection), profile_id),
            one_golden[0] if one_golden else {}, traits, told(ACTS), told(STATES),
            [dict(each) for each in sent if each["state"] != "dropped" or each["answer"] != "planned anew"],
        )  # fmt: skip
