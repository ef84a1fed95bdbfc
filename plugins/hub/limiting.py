"""What keeps somebody out of an audience that they match: the half of an experiment that gets nothing, and caps.

Leaves table `spoken` where there are caps: (profile_id, n0, n1, ... , i_<column> ...): how many audiences of each cap
somebody came into within its time, by the journal, and which audiences they are in now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from plugins.experiments.groups import lay_arms, standings, withheld
from plugins.hub.meaning import Meaning
from plugins.rules.caps import Cap
from plugins.rules.moments import Ago
from plugins.store.engine import Store
from plugins.store.mirror import attached

# Who came into which audience when, and who is in it: what each destination took, against what it had before that.
SPOKEN = """
CREATE OR REPLACE TEMP TABLE spoken AS
WITH goes AS (
  SELECT unnest($destinations) AS destination, unnest($tags) AS tag, unnest($audiences) AS audience
), said AS (
  SELECT destination, wire_id, profile_id, seq, CAST(answered_at AS TIMESTAMP) AS "at",
         CASE WHEN operation = 'remove' THEN []::TEXT[]
              WHEN starts_with(wire_id, 'event:') THEN [payload ->> '$.name']
              ELSE coalesce(CAST(json_extract(payload, '$.tags_on') AS TEXT[]), []) END AS tags,
         coalesce((payload ->> '$.is_syncing') = 'true', false) AS is_quiet -- a back-fill says nothing to anybody
  FROM origin.push WHERE state = 'accepted' AND operation IN ('add', 'change', 'remove')
    AND list_contains($destinations, destination)
), turned AS (
  SELECT *, coalesce(lag(tags) OVER each, []) AS had,
         row_number() OVER (PARTITION BY destination, wire_id ORDER BY seq DESC) = 1 AS is_last
  FROM said WINDOW each AS (PARTITION BY destination, wire_id ORDER BY seq)
), told AS (
  SELECT profile_id, destination, "at", is_last, is_quiet, unnest(tags) AS tag, had FROM turned
), known AS (
  SELECT profile_id, audience, "at", is_last, NOT (list_contains(had, tag) OR is_quiet) AS is_new FROM told
  JOIN goes USING (destination, tag)
)
SELECT profile_id {counts} {inside} FROM known GROUP BY profile_id
"""


@dataclass(frozen=True)
class Limits:
    """Who is kept out of what."""

    withheld: Mapping[str, str] = field(default_factory=dict)
    """By audience, SQL over `profile_id`: kept away to measure what it brings."""
    caps: Sequence[Cap] = ()
    """Table `spoken` is there where there are any."""


NONE = Limits()


def limits(connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, now: datetime) -> Limits:
    """Lay out halves and what was said lately, and return who is kept out of what; the mirror is resolved."""
    return Limits(_halves(connection, store, meaning, now), _caps(connection, store, meaning, now))


def _halves(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, now: datetime
) -> Mapping[str, str]:  # fmt: skip
    if not meaning.experiments:
        return {}
    found = standings(store, meaning.experiments, now)
    lay_arms(connection, store, found)
    return withheld(found)


def _caps(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, now: datetime
) -> Sequence[Cap]:  # fmt: skip
    if not meaning.caps:
        return ()
    goes = [(to, its.name, each.name) for each in meaning.audiences for to, its in each.to.items()]
    counts = "".join(f", {_count(each, now)} AS n{number}" for number, each in enumerate(meaning.caps))
    names = {name for each in meaning.caps for name in each.audiences}
    inside = "".join(f", bool_or(is_last AND audience = '{name}') AS \"in {name}\"" for name in sorted(names))
    with attached(connection, store):
        connection.execute(SPOKEN.format(counts=counts, inside=inside), {
            "destinations": [each[0] for each in goes], "tags": [each[1] for each in goes],
            "audiences": [each[2] for each in goes],
        })  # fmt: skip
    return meaning.caps


def _count(cap: Cap, now: datetime) -> str:
    """Return the SQL of how many audiences of a cap somebody came into; in two channels at once it is one."""
    since = Ago(cap.within[0], cap.within[1].removesuffix("s")).at(now)
    assert isinstance(since, datetime)
    moment = since.astimezone(UTC).replace(tzinfo=None)
    among = ", ".join(f"'{name}'" for name in cap.audiences)
    kept = f"is_new AND \"at\" > TIMESTAMP '{moment}' AND audience IN ({among})"
    return f'count(DISTINCT (audience, "at"::DATE)) FILTER ({kept})'


def capped(caps: Sequence[Cap], columns: Mapping[str, str], came_in: int) -> dict[str, str]:
    """Return the SQL, over a row of verdicts joined with `spoken`, of whether each capped audience has no room left.

    `columns` are those of the audiences that are evaluated, `came_in` the verdict of who is in.
    """
    found: dict[str, list[str]] = {}
    for number, cap in enumerate(caps):
        here = [name for name in cap.audiences if name in columns]
        new = {name: f"(coalesce({columns[name]} = {came_in}, false) AND NOT coalesce(\"in {name}\", false))"
               for name in here}  # fmt: skip
        for place, name in enumerate(here):
            before = " + ".join(f"{new[each]}::INT" for each in here[: place + 1])
            found.setdefault(name, []).append(f"({new[name]} AND coalesce(n{number}, 0) + {before} > {cap.most})")
    return {name: " OR ".join(each) for name, each in found.items()}
