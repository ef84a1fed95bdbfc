"""What the last resolve knows of one person: golden fields with their source, traits, consent and its proof, links."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlalchemy import Connection, select

from mappers.identity.explain import Explained
from mappers.identity.surroundings import explained
from mappers.profiles.golden import FIELDS
from plugins.hub.plans import Hub
from plugins.hub.reasons import Reasons, judged
from plugins.store.pairs import among
from plugins.store.people import Derived, Row, is_told, open_people
from plugins.store.tables import ENTITY_TABLES

CONSENT = ENTITY_TABLES["consent"]
DECLARED = ("field", "channel", "purpose", "decision", "is_origin", "place", "place_fact", "wording", "wording_fact",
            "method")  # fmt: skip


@dataclass(frozen=True)
class Known:
    """One person as of the last resolve; empty for somebody it has not seen."""

    golden: list[Row] = field(default_factory=list)
    """`field`, `value`, `source` and `at` of each field that is known."""
    traits: Row = field(default_factory=dict)
    consent: list[Row] = field(default_factory=list)
    acts: list[Row] = field(default_factory=list)

    loose: list[tuple[str | None, str | None]] = field(default_factory=list)
    """Address and card on receipts that name no customer, and are theirs."""

    @property
    def fields(self) -> Row:
        """Return the value of each golden field that is known."""
        return {each["field"]: each["value"] for each in self.golden}

    @property
    def may_be_watched(self) -> bool:
        """Tell whether what they did on the site may be shown with the rest."""
        watched = ("site", "behaviour", "granted")
        return any((each["channel"], each["purpose"], each["state"]) == watched for each in self.consent)


def known_of(hub: Hub, profile_id: str) -> Known:
    """Return what is known of a person."""
    if not is_told(hub.store):
        return Known()
    with open_people(hub.store) as derived:
        if not derived.rows("person", profile_id):
            return Known()
        (golden,) = derived.rows("golden", profile_id) or [{}]
        (trait,) = derived.rows("trait", profile_id) or [{}]
        counts = hub.meaning.counts
        return Known(
            [{"field": name, "value": golden[name], "source": golden[f"{name}_source"], "at": golden[f"{name}_at"]}
             for name in FIELDS if golden.get(name) is not None],
            {counts.get(name, name): value for name, value in trait.items() if value is not None},
            sorted(derived.rows("consent_verdict", profile_id), key=lambda each: (each["channel"], each["purpose"])),
            _acts(derived, profile_id),
            [(each["email"], each["card"]) for each in derived.rows("follower", profile_id)],
        )  # fmt: skip


def _acts(derived: Derived, profile_id: str) -> list[Row]:
    """Return what somebody said of each channel and purpose, in the order of time."""
    acts = derived.rows("act", profile_id)
    meant = defaultdict[int, list[Row]](list)
    for each in derived.rows("declaration", *{act["d"] for act in acts}):
        if each["decision"] != "nothing":
            meant[each["d"]].append({name: each[name] for name in DECLARED})
    told = [{**act, **each, "is_time_of_act": act["acted_at"] is not None} for act in acts for each in meant[act["d"]]]
    return sorted(told, key=_when)


def _when(act: Row) -> tuple[Any, ...]:
    at = act["said_at"]
    return act["channel"], act["purpose"], *((1, at) if at else (0,)), act["source"], act["source_id"]


def proven(connection: Connection, acts: Iterable[Row]) -> list[Row]:
    """Add to each act what was said, where and under which words: the proof, as the source reported it."""
    listed = list(acts)
    keys = {(each["source"], each["source_id"]) for each in listed}
    query = select(CONSENT.c.source, CONSENT.c.source_id, CONSENT.c.value, CONSENT.c.facts, CONSENT.c.changed_at)
    found = connection.execute(query.where(among(CONSENT.c.source, CONSENT.c.source_id, keys)))
    said = {(row.source, row.source_id): row for row in found}
    return [_with_proof(each, said.get((each["source"], each["source_id"]))) for each in listed]


def _with_proof(act: Row, said: Any) -> Row:
    facts = json.loads(said.facts) if said and said.facts else {}
    return {
        **act, "value": said.value if said else None, "at": act["said_at"] or (said.changed_at if said else None),
        "place": act["place"] or facts.get(act["place_fact"]), "wording": act["wording"] or facts.get(
            act["wording_fact"]),
    }  # fmt: skip


def links_of(small: duckdb.DuckDBPyConnection, hub: Hub, profile_id: str) -> Explained:
    """Return why some records are one person; `small` is an engine in memory, which keeps nothing of it."""
    with open_people(hub.store) as derived, small.cursor() as cursor:
        return explained(cursor, derived, profile_id)


def audiences_of(small: duckdb.DuckDBPyConnection, hub: Hub, profile_id: str) -> list[Reasons]:
    """Return of each audience whether somebody meets its condition, and which part decides."""
    with open_people(hub.store) as derived, small.cursor() as cursor:
        derived.lay(cursor, "trait", "trait", [profile_id])
        return [judged(cursor, hub, each, profile_id, hub.clock()) for each in hub.meaning.audiences]
