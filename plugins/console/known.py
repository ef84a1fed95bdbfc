"""What the last resolve knows of one person: golden fields with their source, traits, consent and its proof, links."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlalchemy import Connection, select

from mappers.identity.explain import Explained, explain
from mappers.identity.resolve import in_force
from mappers.profiles.golden import FIELDS, query
from plugins.console.looking import Looking
from plugins.hub.plans import Hub
from plugins.hub.reasons import Reasons, judged
from plugins.store.mirror import rows
from plugins.store.pairs import among
from plugins.store.places import of_one
from plugins.store.tables import ENTITY_TABLES

Row = dict[str, Any]
CONSENT = ENTITY_TABLES["consent"]
PERSON = "SELECT p FROM {person}"
# Only these rows, in tables of this cursor's own that stand before the whole ones: the view would join everybody.
NARROWED = "CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {{{name}}}"
RECORD = f"SELECT n, source, changed_at, {', '.join(FIELDS)} FROM shown.main.customer"
ONE_AT_ONCE = threading.Lock()
"""Comparing somebody with all who come near takes most of the memory that the engine may have."""
TRAIT = "SELECT * FROM {trait}"
STATES = """
SELECT channel, purpose, state, basis, reason, granted_at, refused_at FROM {consent_verdict}
ORDER BY channel, purpose
"""
ACTS = """
SELECT act.source, act.source_id, said_at, acted_at IS NOT NULL AS is_time_of_act, lacks, declaration.field, channel,
       purpose, decision, is_origin, place, place_fact, wording, wording_fact, method
FROM {act} JOIN declaration USING (d) WHERE decision <> 'nothing'
ORDER BY channel, purpose, said_at NULLS FIRST, act.source, act.source_id
"""
LOOSE = "SELECT email, card FROM {follower}"


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


def known_of(look: Looking, hub: Hub, profile_id: str) -> Known:
    """Return what is known of a person."""
    if not look.is_there:
        return Known()
    with look.cursor() as cursor:
        found = _rows(cursor, PERSON, "person", profile_id)
        if not found:
            return Known()
        p = found[0]["p"]
        golden = _golden(cursor, profile_id, p)
        (trait,) = _rows(cursor, TRAIT, "trait", profile_id) or [{}]
        counts = hub.meaning.counts
        return Known(
            [{"field": name, "value": golden[name], "source": golden[f"{name}_source"], "at": golden[f"{name}_at"]}
             for name in FIELDS if golden.get(name) is not None],
            {counts.get(name, name): value for name, value in trait.items() if value is not None},
            _rows(cursor, STATES, "consent_verdict", profile_id),
            _rows(cursor, ACTS, "act", p),
            [(each["email"], each["card"]) for each in _rows(cursor, LOOSE, "follower", p)],
        )  # fmt: skip


def _rows(cursor: duckdb.DuckDBPyConnection, sql: str, table: str, key: str | int) -> list[Row]:
    """Return what a query gives of one person, whose rows of a table it asks for by the table's name in braces."""
    return rows(cursor, sql.replace(f"{{{table}}}", of_one(cursor, table, key)), {"key": key})


def _golden(cursor: duckdb.DuckDBPyConnection, profile_id: str, p: int) -> Row:
    """Return the golden profile of one person, by the query that the view is."""
    (winner,) = _rows(cursor, "SELECT * FROM {winner}", "winner", p) or [{}]
    won = sorted({value for name, value in winner.items() if name.endswith("_record") and value is not None})
    _rows(cursor, NARROWED.format(name="winner"), "winner", p)
    _rows(cursor, NARROWED.format(name="person"), "person", profile_id)
    # one by one: for a list of numbers the engine reads all that lies between them
    told = " UNION ALL ".join(f"{RECORD} WHERE n = {n}" for n in won) or f"{RECORD} WHERE false"
    cursor.execute(f"CREATE TEMP TABLE customer AS {told}")
    (found,) = rows(cursor, query(cursor, FIELDS)) or [{}]
    return found


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


def links_of(look: Looking, profile_id: str) -> Explained:
    """Return why some records are one person."""
    with ONE_AT_ONCE, look.cursor() as cursor:
        return explain(cursor, in_force(cursor), profile_id)


def audiences_of(look: Looking, hub: Hub, profile_id: str) -> list[Reasons]:
    """Return of each audience whether somebody meets its condition, and which part decides."""
    with look.cursor() as cursor:
        _narrow(cursor, profile_id)
        return [judged(cursor, hub, each, profile_id, hub.clock()) for each in hub.meaning.audiences]


def _narrow(cursor: duckdb.DuckDBPyConnection, profile_id: str) -> None:
    """Let this cursor see one person's traits alone: every part of every condition asks for them."""
    _rows(cursor, NARROWED.format(name="trait"), "trait", profile_id)
