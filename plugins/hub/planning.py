"""The plan: desired minus delivered, per destination; it decides nothing a person would not see in it.

Reads `wanted` and `desired` (see plugins.hub.desired) and the push journal. Leaves table `planned`, in the order of
sending: removals first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from plugins.hub.bringing import BESIDE
from plugins.hub.destinations import Channel
from plugins.hub.opt_outs import stamp
from plugins.store.engine import Store
from plugins.store.mirror import attached
from plugins.store.times import utc_text

# The journal is read once: reading it out of the store is what a plan with few changes waits for.
JOURNAL = """
CREATE OR REPLACE TEMP TABLE journal AS
SELECT seq, wire_id, profile_id, operation, payload, payload_hash, answered_at, state, sent,
       CASE WHEN confirmed_at IS NOT NULL THEN 'accepted' ELSE state END AS outcome
FROM origin.push WHERE destination = $destination
"""
# What a destination holds of ours: the newest decision about each address that was answered, or that may have had
# its effect. `is_certain` is false for the latter, until it was read back. Of what a destination carries out later an
# addition is waited for, and a removal told again until it was.
LAST_SAID = """
CREATE OR REPLACE TEMP TABLE last_said AS
SELECT wire_id, seq, payload_hash,
       outcome = 'accepted' OR (outcome = 'staged' AND operation <> 'remove') AS is_certain,
       operation <> 'remove' OR outcome <> 'accepted' AS is_there
FROM journal WHERE outcome IN ('accepted', 'unknown', 'prepared', 'staged')
  AND operation <> 'erase' AND NOT contains(wire_id, ':') -- told on its own, or no address: see plugins.hub.bringing
QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
"""
# Most addresses are as they should be: what else is known of one is only looked up where something may be due.
UNLIKE = """
CREATE OR REPLACE TEMP TABLE unlike AS
WITH apart AS (
  SELECT coalesce(last_said.wire_id, due.wire_id) AS wire_id
  FROM last_said FULL JOIN (SELECT wire_id, payload_hash FROM desired WHERE destination = $destination) AS due
    ON due.wire_id = last_said.wire_id
  WHERE CASE WHEN due.wire_id IS NULL THEN is_there
             ELSE NOT coalesce(is_there AND is_certain AND last_said.payload_hash = due.payload_hash, false) END
  UNION
  SELECT wire_id FROM member WHERE status = 'subscribed'
    AND wire_id IN (SELECT address FROM refused WHERE channel = $channel AND purpose = $purpose)
)
SELECT wire_id, seq, is_certain, is_there FROM apart LEFT JOIN last_said USING (wire_id)
"""
# The whole decision about some addresses; `sure` is what was held before a newest one that may not have had its effect,
# `sent` are the hashed identifiers under which the destination may know the person.
DELIVERED = """
CREATE OR REPLACE TEMP {kind} AS
WITH before AS (
  SELECT journal.wire_id, arg_max(journal.payload, journal.seq) AS sure FROM {among} AS among
  JOIN journal ON journal.wire_id = among.wire_id AND journal.seq < among.seq
  WHERE outcome = 'accepted' AND operation <> 'remove' GROUP BY journal.wire_id
), certain AS (
  SELECT wire_id, max(journal.seq) AS seq FROM {among} AS among JOIN journal USING (wire_id)
  WHERE outcome = 'accepted' GROUP BY wire_id
), known_as AS (
  SELECT journal.wire_id, list_sort(list(DISTINCT journal.sent)) AS sent
  FROM {among} AS among JOIN journal USING (wire_id) LEFT JOIN certain ON certain.wire_id = journal.wire_id
  WHERE journal.sent IS NOT NULL AND journal.seq >= coalesce(certain.seq, 0) GROUP BY journal.wire_id
)
SELECT among.wire_id, profile_id, operation, is_certain, payload_hash, payload,
       CASE WHEN NOT is_certain OR operation = 'remove' THEN sure END AS sure, answered_at, is_there,
       known_as.sent
FROM (SELECT wire_id, seq, is_certain, is_there FROM {among}) AS among JOIN journal USING (seq)
LEFT JOIN before ON before.wire_id = among.wire_id LEFT JOIN known_as ON known_as.wire_id = among.wire_id
"""
# The tags in a payload, and those of somebody in `delivered`: opened only of whom something is to be done with.
TAGS = (
    "CREATE OR REPLACE TEMP MACRO _tags(payload) AS coalesce(CAST(json_extract(payload, '$.tags_on') AS TEXT[]), [])",
    "CREATE OR REPLACE TEMP MACRO _held(payload, sure) AS list_distinct(list_concat(_tags(payload), _tags(sure)))",
)

REFUSED = """
CREATE OR REPLACE TEMP TABLE rejected AS
SELECT wire_id, operation, payload_hash FROM journal
WHERE wire_id IN (SELECT wire_id FROM journal WHERE state = 'rejected')
QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY (state IN ('dropped', 'planned')), seq DESC) = 1
  AND state = 'rejected'
"""

MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS
SELECT email AS wire_id, any_value(status ORDER BY changed_at DESC) AS status, max(changed_at) AS changed_at,
  any_value(to_json(struct_pack(first_name, infix, last_name)) ORDER BY changed_at DESC)::TEXT AS found,
  any_value(to_json(struct_pack(first_name, last_name, language, country, city, birth_date)) ORDER BY changed_at DESC)
    ::TEXT AS held
FROM customer WHERE source = $source AND email IS NOT NULL GROUP BY email
"""

# Who is out of consent, and who merely does not match any more: only the first is unsubscribed.
PLANNED = """
CREATE OR REPLACE TEMP TABLE planned AS
WITH due AS (
  SELECT desired.* FROM desired JOIN unlike USING (wire_id) WHERE destination = $destination
), verdict AS (
  SELECT profile_id, state, reason FROM consent_state WHERE channel = $channel AND purpose = $purpose
), refusing AS (
  SELECT address AS wire_id FROM refused WHERE channel = $channel AND purpose = $purpose
), removals AS (
  SELECT 'remove' AS operation, in_question.profile_id, in_question.wire_id, NULL AS permit, [] AS tags_on,
         _held(in_question.payload, in_question.sure) AS tags_off, '{}' AS payload, md5('{}') AS payload_hash,
         in_question.sent, refusing.wire_id IS NOT NULL AS is_consent,
         CASE WHEN refusing.wire_id IS NOT NULL THEN 'consent withdrawn'
              WHEN verdict.state = 'minor' THEN verdict.reason
              WHEN coalesce(verdict.state, '') <> 'granted' THEN 'no consent on record' ELSE 'no longer matches' END
           AS reason, true AS is_known, member.status
  FROM in_question ANTI JOIN due USING (wire_id)
  LEFT JOIN verdict ON verdict.profile_id = in_question.profile_id
  LEFT JOIN refusing ON refusing.wire_id = in_question.wire_id
  LEFT JOIN member ON member.wire_id = in_question.wire_id
  WHERE is_there
), withdrawals AS (
  SELECT 'remove', min(assigned.profile_id), member.wire_id, NULL, [], [], '{}', md5('{}'), NULL, true,
         'consent withdrawn elsewhere', true, 'subscribed'
  FROM member JOIN refusing USING (wire_id)
  JOIN assigned ON assigned.email = member.wire_id AND assigned.source = $source
  LEFT JOIN in_question ON in_question.wire_id = member.wire_id
  WHERE member.status = 'subscribed' AND NOT coalesce(in_question.is_there, false)
    AND coalesce(TRY_CAST(in_question.answered_at AS TIMESTAMP) < member.changed_at, true)
  GROUP BY member.wire_id
), additions AS (
  SELECT CASE WHEN in_question.is_there AND in_question.is_certain THEN 'change' ELSE 'add' END, due.profile_id,
         due.wire_id, due.permit, due.tags,
         CASE WHEN in_question.payload IS NULL THEN [] ELSE list_filter(
           _held(in_question.payload, in_question.sure), lambda tag: NOT list_contains(due.tags, tag)) END,
         due.payload, due.payload_hash, in_question.sent, false, array_to_string(due.tags, ', '),
         member.wire_id IS NOT NULL OR coalesce(in_question.is_there AND in_question.is_certain, false),
         member.status
  FROM due LEFT JOIN in_question USING (wire_id) LEFT JOIN member USING (wire_id)
)
SELECT each.*, CASE WHEN operation <> 'remove' THEN found END AS found, held,
       CASE WHEN is_consent THEN 'consent' END AS cause, NULL::TEXT AS acted_at, NULL::TEXT AS stored_at FROM (
  SELECT * FROM removals UNION ALL SELECT * FROM withdrawals UNION ALL SELECT * FROM additions
) AS each LEFT JOIN member USING (wire_id)
"""

HELD = """
DELETE FROM planned WHERE operation <> 'remove'
  AND (wire_id, payload_hash) IN (SELECT wire_id, payload_hash FROM rejected WHERE operation <> 'remove')
"""

# What may happen only once waits for a look-up, or a person, while nobody knows whether it happened.
UNSURE = """
DELETE FROM planned WHERE list_contains($once, operation)
  AND wire_id IN (SELECT wire_id FROM in_question WHERE NOT is_certain)
"""

# Who is told to come into each audience, or to leave it, for channels that are told by audience.
TOLD = """
SELECT joins, audience, count(*) FROM (
  SELECT true AS joins, unnest(tags_on) AS audience FROM planned
  UNION ALL SELECT false, unnest(tags_off) FROM planned
) GROUP BY ALL ORDER BY ALL
"""
MATCHED = "SELECT count(*), count(*) FILTER (is_held_out) FROM wanted"
UNCHANGED = """
SELECT count(*) - count(*) FILTER (wire_id IN (SELECT wire_id FROM unlike)) FROM desired
WHERE destination = $destination
"""
BLOCKED = """
SELECT CASE WHEN state IS NULL OR (state = 'unproven' AND reason IS NULL) THEN 'nobody ever asked'
            WHEN state = 'granted' THEN 'address shared with another person'
            WHEN state = 'unproven' THEN 'no evidence: ' || reason
            WHEN state IN ('vetoed', 'minor') THEN reason ELSE state END AS why, count(*)
FROM wanted WHERE is_chosen AND NOT coalesce(is_desired, false) GROUP BY why ORDER BY 2 DESC, why
"""


@dataclass
class DestinationPlan:
    """What would happen at one destination, in numbers."""

    destination: str
    add: int = 0
    change: int = 0
    remove: int = 0
    remove_for_consent: int = 0
    unchanged: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    """Of a system that is kept equal record by record: how many rows of each kind, e.g. points, voucher, offer."""
    matched: int = 0
    held_out: int = 0
    blocked: dict[str, int] = field(default_factory=dict)
    """Matched persons who may not be reached, by reason."""
    yielded: list[dict[str, Any]] = field(default_factory=list)
    """Who matched, and is in an audience that comes first: audience, which, persons."""
    lifted: list[str] = field(default_factory=list)
    """Guards that would have stopped it, and were lifted."""
    untold: list[dict[str, Any]] = field(default_factory=list)
    """Who has an offer that cannot be told: offer, why, persons."""
    left_out: list[dict[str, Any]] = field(default_factory=list)
    """What is not told beside audiences: kind, what, why."""
    undecided: list[dict[str, Any]] = field(default_factory=list)
    """Who is out because a trait is not known of them: audience, trait, persons, and who would tell."""
    funnel: list[dict[str, Any]] = field(default_factory=list)
    """Each audience: matched = yielded + held out + not permitted + reachable; of the reachable, add and change."""
    overlap: list[dict[str, Any]] = field(default_factory=list)
    """Pairs of audiences with persons in both, and their share of the smaller one; where it was asked for."""
    names: list[dict[str, Any]] = field(default_factory=list)
    """Who goes out, in or is changed, and why; where it was asked for."""
    held_rejected: int = 0
    calls: int = 0
    minutes: float = 0.0
    guards: list[str] = field(default_factory=list)
    """What would stop this plan; consent removals go on all the same."""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing would be sent."""
        return not (self.add or self.change or self.remove)


SHRINK, GROW = 3000, 30000


@dataclass(frozen=True, slots=True)
class Guard:
    """How much of what is there may vanish or be added in one go, in basis points of what is there."""

    shrink: int
    grow: int
    least: int = 20
    """Below so many persons no guard speaks."""


def plan(
    connection: duckdb.DuckDBPyConnection, store: Store, channel: Channel, guard: Guard, now: datetime
) -> DestinationPlan:
    """Work out table `planned` for one destination and say what it comes to."""
    read_journal(connection, store, channel)
    return subtract(connection, store, channel, guard, now)


def read_journal(connection: duckdb.DuckDBPyConnection, store: Store, channel: Channel) -> None:
    """Leave table `journal`: every decision about a destination."""
    with attached(connection, store):
        connection.execute(JOURNAL, {"destination": channel.destination})


def subtract(
    connection: duckdb.DuckDBPyConnection, store: Store, channel: Channel, guard: Guard, now: datetime
) -> DestinationPlan:
    """Work out table `planned` from `journal`, `wanted` and `desired`."""
    topic = {"channel": channel.channel, "purpose": channel.purpose}
    connection.execute(BESIDE)
    everybody = DELIVERED.format(kind="VIEW delivered", among="last_said")
    for statement in (*TAGS, LAST_SAID, everybody, REFUSED):
        connection.execute(statement)
    connection.execute(MEMBERS, {"source": channel.source})
    connection.execute(UNLIKE, {"destination": channel.destination, **topic})
    connection.execute(DELIVERED.format(kind="TABLE in_question", among="unlike"))
    connection.execute(PLANNED, {"destination": channel.destination, "source": channel.source, **topic})
    held = connection.execute(HELD).fetchall()[0][0]
    with attached(connection, store):
        stamp(connection, channel.destination, [channel.channel], utc_text(now))
    once = [operation for operation, kind in channel.operations.items() if kind == "once"]
    connection.execute(UNSURE, {"once": once})
    result = _counted(connection, channel)
    result.held_rejected = held
    _guard(connection, guard, result)
    _price(connection, channel, result)
    return result


def _one(connection: duckdb.DuckDBPyConnection, sql: str, values: object = None) -> Any:
    return connection.execute(sql, values).fetchall()[0][0]


def _counted(connection: duckdb.DuckDBPyConnection, channel: Channel) -> DestinationPlan:
    result = DestinationPlan(channel.destination)
    for operation, is_consent, count in connection.execute(
        "SELECT operation, is_consent, count(*) FROM planned GROUP BY ALL"
    ).fetchall():
        setattr(result, operation, getattr(result, operation) + count)
        result.remove_for_consent += count if is_consent else 0
    result.matched, result.held_out = connection.execute(MATCHED).fetchall()[0]
    name = {"destination": channel.destination}
    result.unchanged = _one(connection, UNCHANGED, name)
    result.blocked = dict(connection.execute(BLOCKED).fetchall())
    return result


def _guard(connection: duckdb.DuckDBPyConnection, guard: Guard, result: DestinationPlan) -> None:
    there = _one(connection, "SELECT count(*) FROM last_said WHERE is_there")
    if there < guard.least:
        return
    leaving = result.remove - result.remove_for_consent
    if leaving * 10000 > there * guard.shrink:
        result.guards.append(f"shrink: {leaving} of {there} would leave; check the sources, then plan with --accept")
    if result.add * 10000 > there * guard.grow:
        result.guards.append(f"grow: {result.add} would join {there}; check the rule, then plan with --accept")


def stop_at_guards(connection: duckdb.DuckDBPyConnection, result: DestinationPlan) -> None:
    """Take out of `planned` what a guard stops; withdrawn consents stay in."""
    for each in result.guards:
        if each.startswith("event "):  # it stops events only: see plugins.hub.arrivals
            continue
        operation = "remove" if each.startswith("shrink") else "add"
        connection.execute("DELETE FROM planned WHERE operation = ? AND NOT is_consent", [operation])


def _price(connection: duckdb.DuckDBPyConnection, channel: Channel, result: DestinationPlan) -> None:
    if channel.batch.together:
        told = connection.execute(TOLD).fetchall()
        for joins in (True, False):
            people = [count for is_joining, _, count in told if is_joining is joins]
            groups = (people[at : at + channel.batch.together] for at in range(0, len(people), channel.batch.together))
            result.calls += sum(-(-sum(group) // channel.batch.size) for group in groups)
    else:
        for operation, calls in channel.batch.calls.items():
            result.calls += -(-getattr(result, operation, 0) // channel.batch.size) * calls
    result.minutes = round(result.calls * channel.limits.seconds_per_call / 60, 1)
