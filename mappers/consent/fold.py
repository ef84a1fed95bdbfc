"""Consent, folded from acts: withdrawal and latest evidence win, a mirror can withdraw and never grant.

One set of SQL texts serves a million profiles (over the mirror) and one batch (over a few rows in memory), so what
was planned and what the gate lets through cannot differ. The rules are those of the retailer's `consent.yml`;
what is not declared means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one value of one source's field means."""

    source: str
    field: str
    value: str
    """As reported, lower case; `any` stands for all that are not declared."""
    channel: str
    purpose: str
    decision: str
    """granted, withdrawn, refused, objected, pending or nothing."""
    is_origin: bool
    """False for a mirror: it can withdraw, never grant."""
    is_veto: bool = False
    """A platform's own state: while it is negative, it outranks every other act."""
    time_fact: str | None = None
    wording: str | None = None
    wording_fact: str | None = None
    place: str | None = None
    place_fact: str | None = None
    method: str | None = None
    needs: str = ""
    """Facts that must be there, separated by commas."""


DECLARED = """
CREATE OR REPLACE TEMP TABLE declaration (
  source TEXT, field TEXT, value TEXT, channel TEXT, purpose TEXT, decision TEXT, is_origin BOOLEAN, is_veto BOOLEAN,
  time_fact TEXT, wording TEXT, wording_fact TEXT, place TEXT, place_fact TEXT, method TEXT, needs TEXT
)
"""

# One row per act. `lacks` says why a grant does not count; `who` is whose act it is: the address it was given for, or
# the record where there is none. A time without an offset is no reliable one.
ACTS = r"""
CREATE OR REPLACE TEMP TABLE act AS
WITH meant AS (
  SELECT consent.source, consent.source_id, consent.customer_id, consent.email, consent.field, consent.value,
         consent.changed_at, d.channel, d.purpose, d.decision, d.is_origin, d.is_veto, d.method, d.needs, consent.facts,
         CASE WHEN regexp_full_match(json_extract_string(consent.facts, d.time_fact),
                                     '\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)\s*')
              THEN TRY_CAST(json_extract_string(consent.facts, d.time_fact) AS TIMESTAMPTZ) END AS acted_with_zone,
         coalesce(d.wording, nullif(trim(json_extract_string(consent.facts, d.wording_fact)), ''))
           AS wording,
         coalesce(d.place, nullif(trim(json_extract_string(consent.facts, d.place_fact)), ''))
           AS place
  FROM consent
  LEFT JOIN (SELECT DISTINCT source, field, value FROM declaration) AS known
    ON known.source = consent.source AND known.field = consent.field AND known.value = lower(trim(consent.value))
  JOIN declaration AS d
    ON d.source = consent.source AND d.field = consent.field AND d.value = coalesce(known.value, 'any')
  WHERE nullif(trim(consent.value), '') IS NOT NULL
)
SELECT row_number() OVER () AS number,
       source, source_id, customer_id, email, field, value, changed_at, channel, purpose, decision, is_origin,
       is_veto, method, wording, place,
       CASE WHEN acted_with_zone <= now() + INTERVAL 5 MINUTE THEN timezone('UTC', acted_with_zone) END AS acted_at,
       coalesce(email, source || chr(31) || coalesce(customer_id, source_id)) AS who,
       CASE WHEN decision <> 'granted' THEN NULL
            WHEN NOT is_origin THEN 'only mirrors a status'
            WHEN email IS NULL THEN 'no address'
            WHEN acted_with_zone IS NULL THEN 'no time of the act'
            WHEN acted_with_zone > now() + INTERVAL 5 MINUTE THEN 'time of the act lies in the future'
            WHEN wording IS NULL THEN 'no wording'
            WHEN place IS NULL THEN 'no place'
            WHEN EXISTS (SELECT 1 FROM unnest(string_split(needs, ',')) AS need(name)
                         WHERE name <> '' AND nullif(trim(json_extract_string(facts, nullif(name, ''))), '') IS NULL)
              THEN 'no evidence'
       END AS lacks
FROM meant
"""

# Acts belong to the profile of their record and to every profile that holds their address.
HELD = """
CREATE OR REPLACE TABLE act_of AS
WITH holder AS (
  SELECT DISTINCT email, profile_id FROM assigned WHERE email IS NOT NULL
), pair AS (
  SELECT number, assigned.profile_id, true AS is_own FROM act JOIN assigned
    ON assigned.source = act.source AND assigned.source_id = act.customer_id
  UNION ALL
  SELECT number, holder.profile_id, false FROM act JOIN holder USING (email)
), held AS (
  SELECT number, profile_id, bool_or(is_own) AS is_own FROM pair GROUP BY number, profile_id
)
SELECT act.*, profile_id, is_own FROM held JOIN act USING (number)
"""

# A platform's state is what it said last, a no on equal or unclear time; it vetoes while that is negative.
FOLD = """
CREATE OR REPLACE TABLE consent_state AS
WITH latest_state AS (
  SELECT profile_id, channel, purpose, who, source, decision,
         decision IN ('withdrawn', 'refused', 'objected') AS is_no FROM act_of WHERE is_veto
  QUALIFY row_number() OVER (PARTITION BY profile_id, channel, purpose, source, who
                             ORDER BY is_no AND changed_at IS NULL DESC, changed_at DESC NULLS LAST, is_no DESC,
                                      decision <> 'granted' DESC, source_id) = 1
), vetoed AS (
  SELECT profile_id, channel, purpose, min(source) AS veto FROM latest_state
  WHERE is_no GROUP BY profile_id, channel, purpose
), topic AS (
  SELECT DISTINCT channel, purpose FROM declaration
), spread AS (
  SELECT act_of.* REPLACE (topic.channel AS channel, topic.purpose AS purpose)
  FROM act_of JOIN topic ON act_of.decision = 'objected'
    OR (act_of.channel = topic.channel AND act_of.purpose = topic.purpose)
), subject AS (
  SELECT profile_id, channel, purpose, who,
    max(acted_at) FILTER (decision = 'granted' AND lacks IS NULL) AS granted_at,
    max_by(source || chr(31) || source_id, (acted_at, source, source_id))
      FILTER (decision = 'granted' AND lacks IS NULL) AS permit,
    bool_or(is_own) FILTER (decision = 'granted' AND lacks IS NULL) AS is_own,
    max(acted_at) FILTER (decision IN ('withdrawn', 'refused', 'objected')) AS refused_at,
    count(*) FILTER (decision IN ('withdrawn', 'refused', 'objected')) AS refusals,
    count(*) FILTER (decision IN ('withdrawn', 'refused', 'objected') AND acted_at IS NULL) AS timeless,
    count(*) FILTER (decision = 'pending') AS pending,
    min(lacks) AS lacks
  FROM spread GROUP BY profile_id, channel, purpose, who
), judged AS (
  SELECT *, CASE WHEN timeless > 0 OR refused_at >= granted_at OR (refusals > 0 AND granted_at IS NULL) THEN 'refused'
                 WHEN granted_at IS NOT NULL THEN 'granted'
                 WHEN pending > 0 THEN 'pending' ELSE 'unproven' END AS verdict
  FROM subject
)
SELECT profile_id, channel, purpose,
  CASE WHEN max(veto) IS NOT NULL THEN 'vetoed'
       WHEN bool_or(verdict = 'refused') THEN 'refused'
       WHEN bool_or(verdict = 'granted') THEN 'granted'
       WHEN bool_or(verdict = 'pending') THEN 'pending'
       ELSE 'unproven' END AS state,
  max_by(who, (granted_at, who)) FILTER (verdict = 'granted') AS address,
  max_by(permit, (granted_at, who)) FILTER (verdict = 'granted') AS permit,
  max_by(is_own, (granted_at, who)) FILTER (verdict = 'granted') AS is_own,
  max(granted_at) AS granted_at, max(refused_at) AS refused_at,
  CASE WHEN max(veto) IS NOT NULL THEN 'platform veto: ' || max(veto)
       WHEN bool_or(verdict = 'granted') AND NOT bool_or(verdict = 'refused') THEN NULL ELSE min(lacks) END AS reason
FROM judged LEFT JOIN vetoed USING (profile_id, channel, purpose)
GROUP BY profile_id, channel, purpose
"""


def declare(connection: duckdb.DuckDBPyConnection, declarations: Iterable[Declaration]) -> None:
    """Tell the engine what each source's fields mean."""
    connection.execute(DECLARED)
    rows = [list(astuple(each)) for each in declarations]
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO declaration VALUES ({marks})", rows)


def fold(connection: duckdb.DuckDBPyConnection, declarations: Iterable[Declaration]) -> None:
    """Fold the tables `consent` and `assigned` (record, its address, its profile) into `consent_state`.

    `consent_state` has one row per profile, channel and purpose that any act speaks of: `state` is granted, refused,
    vetoed, pending or unproven; `address` and `permit` (the act, `source` + unit separator + `source_id`) belong to
    the grant; `is_own` tells whether a record of this very profile gave it, and not only the same address. No row at
    all means nobody ever said anything: that is a no.
    """
    declare(connection, declarations)
    for statement in (ACTS, HELD, FOLD):
        connection.execute(statement)
