"""Blast radius: what changed rules would do to the persons on record, worked out on a copy of the mirror.

Looks at the records of the last resolve, so what it shows comes from the rules alone. Nothing is written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from mappers.consent.fold import fold
from mappers.identity.lifecycle import upheaval
from mappers.identity.resolve import in_force
from mappers.identity.ties import in_words
from mappers.loyalty.parting import Parting, partings
from mappers.profiles.golden import golden
from mappers.profiles.traits import traits
from plugins.hub.desired import desire, prepare
from plugins.hub.limiting import limits
from plugins.hub.meaning import Meaning
from plugins.hub.placing import broken, regroup
from plugins.hub.plans import Hub
from plugins.hub.resolving import is_resolved
from plugins.store.engine import StoreError
from plugins.store.mirror import attached, home, mirror_path, open_file, open_mirror, rows
from plugins.store.shown import is_shown, shown_path

STANDING = ("membership", "profile", "move")
BEFORE = (
    "CREATE TABLE was AS SELECT n, source, source_id, profile_id, is_echo FROM assigned",
    "CREATE TABLE was_consent AS SELECT profile_id, channel, purpose, state, reason FROM consent_verdict",
    "CREATE TABLE was_desired AS FROM desired",
)
# A person joins others where their id comes to an end, and falls apart where their records have several ids.
JOINS = """
WITH went AS (
  SELECT was.profile_id AS one, now.profile_id AS other, count(*) AS records FROM was JOIN assigned AS now USING (n)
  WHERE was.profile_id NOT IN (SELECT profile_id FROM person) AND NOT was.is_echo GROUP BY ALL
)
SELECT one, other, records FROM went QUALIFY row_number() OVER (PARTITION BY one ORDER BY records DESC, other) = 1
ORDER BY other, one
"""
SPLITS = """
SELECT was.profile_id AS one, list_sort(list(DISTINCT now.profile_id)) AS other, count(*) AS records
FROM was JOIN assigned AS now USING (n) WHERE NOT was.is_echo
GROUP BY was.profile_id HAVING count(DISTINCT now.profile_id) > 1 ORDER BY ALL
"""
# The heaviest pair that ties records of the one to records of the other.
TIES = """
WITH held AS (
  SELECT was.profile_id, unit.x FROM was JOIN record ON record_id = source || chr(31) || source_id JOIN unit USING (h)
  WHERE was.profile_id IN (SELECT unnest($ids::TEXT[]))
), both_ways AS (
  SELECT a, b, pattern, weight FROM scored WHERE weight >= $accept
  UNION ALL SELECT b, a, pattern, weight FROM scored WHERE weight >= $accept
), tied AS (
  SELECT one.profile_id, pattern, weight FROM both_ways JOIN held AS one ON one.x = a
  JOIN held AS other ON other.x = b AND other.profile_id <> one.profile_id
)
SELECT profile_id, arg_max(pattern, (weight, pattern)), max(weight) FROM tied GROUP BY profile_id
"""
CONSENT = """
WITH now AS (
  SELECT DISTINCT was.profile_id, channel, purpose, state, reason, assigned.profile_id AS becomes
  FROM was JOIN assigned USING (n) JOIN consent_verdict AS after ON after.profile_id = assigned.profile_id
  WHERE NOT was.is_echo
)
SELECT before.profile_id, before.channel, before.purpose, before.state AS was, now.state AS becomes, now.reason,
       before.state = 'granted' AS is_narrower
FROM was_consent AS before JOIN now USING (profile_id, channel, purpose)
WHERE (before.state = 'granted') <> (now.state = 'granted')
ORDER BY is_narrower DESC, before.profile_id, channel, purpose, now.state
"""
AUDIENCES = """
WITH before AS (SELECT destination, wire_id, unnest(tags) AS tag FROM was_desired),
now AS (SELECT destination, wire_id, unnest(tags) AS tag FROM desired)
SELECT destination, tag AS audience, count(before.wire_id) AS before, count(now.wire_id) AS after,
       count(*) FILTER (before.wire_id IS NULL) AS "in", count(*) FILTER (now.wire_id IS NULL) AS out
FROM before FULL JOIN now USING (destination, tag, wire_id) GROUP BY ALL ORDER BY ALL
"""
SIZES = "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE NOT is_echo GROUP BY profile_id)"


@dataclass
class Blast:
    """What changed rules would do; persons go by profile id."""

    is_changed: bool
    """Whether the rules of identity differ from those in force."""
    persons_before: int = 0
    persons_after: int = 0
    joins: list[dict[str, Any]] = field(default_factory=list)
    """`one` would join `other`, with so many `records`; `agree` and `weight` of the heaviest tie."""
    splits: list[dict[str, Any]] = field(default_factory=list)
    """`one` would become `other`, a list; `records` is how many they have together."""
    consent: list[dict[str, Any]] = field(default_factory=list)
    points_moved: int = 0
    """What would go from one account to another."""
    accounts_moved: int = 0
    """How many accounts that would come from."""
    points: list[Parting] = field(default_factory=list)
    """What accounts would lose with their records, most first."""
    audiences: list[dict[str, Any]] = field(default_factory=list)
    """Addresses at each destination, by audience."""
    guard: str = ""

    @property
    def narrowed(self) -> int:
        """Return how many consents would no longer be granted."""
        return sum(each["is_narrower"] for each in self.consent)


def blast(hub: Hub, against: Meaning | None = None, *, shown: bool = False) -> Blast:
    """Return what the rules as they are in the folder would change, or what others would change of those.

    Of what is `shown` of the last resolve, for whom no run may wait; else of the mirror itself.
    """
    after = against or hub.meaning
    if not (is_shown(hub.store) if shown else is_resolved(hub.store)):
        raise StoreError("plan: nothing is resolved yet; run 'rotonde resolve' first")
    with _copy(hub, shown=shown) as connection:
        made = Blast(in_force(connection).text != after.identity.text)
        with attached(connection, hub.store):
            for table in STANDING:
                connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM origin.{table}")
        _desire(connection, hub, hub.meaning)
        for statement in BEFORE:
            connection.execute(statement)
        regroup(connection, after.identity, hub.clock())
        golden(connection, after.survival)
        fold(connection, after.declarations, hub.clock(), after.policy)
        _desire(connection, hub, after)
        return _compared(connection, hub, after, made)


def _desire(connection: duckdb.DuckDBPyConnection, hub: Hub, meaning: Meaning) -> None:
    traits(connection, hub.clock(), meaning.tiers, meaning.declared)
    prepare(connection, meaning.audiences, hub.clock(), limits(connection, hub.store, meaning, hub.clock()))
    for channel in hub.channels.values():
        desire(connection, meaning.audiences, channel)


def _compared(connection: duckdb.DuckDBPyConnection, hub: Hub, after: Meaning, made: Blast) -> Blast:
    made.persons_before = connection.execute(SIZES.format(table="was")).fetchall()[0][0]
    made.persons_after = connection.execute(SIZES.format(table="assigned")).fetchall()[0][0]
    made.joins = rows(connection, JOINS)
    _explain(connection, after, made.joins)
    made.splits = rows(connection, SPLITS)
    made.consent = rows(connection, CONSENT)
    made.points = partings(connection, hub.store, hub.clock())
    lost = [each.points for each in made.points if each.points > 0]
    made.points_moved, made.accounts_moved = sum(lost), len(lost)
    made.audiences = rows(connection, AUDIENCES)
    made.guard = broken(upheaval(connection), after.upheaval) if made.is_changed else ""
    return made


def _explain(connection: duckdb.DuckDBPyConnection, after: Meaning, joins: list[dict[str, Any]]) -> None:
    ids = [each[side] for each in joins for side in ("one", "other")]
    values = {"ids": ids, "accept": after.identity.thresholds.accept}
    ties = {one: (pattern, weight) for one, pattern, weight in connection.execute(TIES, values).fetchall()}
    for each in joins:
        pattern, weight = ties.get(each["one"], (None, None))
        each["agree"] = "" if pattern is None else " + ".join(in_words(pattern))
        each["weight"] = None if weight is None else round(weight, 1)


@contextmanager
def _copy(hub: Hub, *, shown: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a copy of the mirror, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=home(hub.store), prefix="blast-") as folder:
        copied = Path(folder) / "mirror.duckdb"
        if shown:
            shutil.copyfile(shown_path(hub.store), copied)
        else:
            with open_mirror(hub.store, read_only=True):
                shutil.copyfile(mirror_path(hub.store), copied)
        with open_file(copied) as connection:
            yield connection
