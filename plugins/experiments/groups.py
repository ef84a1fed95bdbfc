"""Who is in which half of an experiment: decided once, by lot, as many of each stratum in both.

Leaves in the engine table `arm` (experiment, audience, profile_id, is_treated, assigned_at): every member as they are
now, after merges; who came into both halves by a merge is in the one they were in first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import duckdb
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from plugins.experiments.statistics import Needed, needed
from plugins.rules.experiments import Experiment
from plugins.rules.moments import HOME, later
from plugins.store.crash import crashpoint
from plugins.store.decided_tables import experiment_member, experiment_start
from plugins.store.engine import Store
from plugins.store.heirs import heirs
from plugins.store.mirror import attached
from plugins.store.times import utc_text

AT_ONCE = 2000
ARMS = f"""
CREATE OR REPLACE TEMP TABLE arm AS
WITH RECURSIVE {heirs("experiment_member", "seq")}
SELECT experiment, audience, holder.profile_id, CAST(is_treated AS BOOLEAN) AS is_treated,
       CAST(assigned_at AS TIMESTAMP) AS assigned_at, stratum
FROM origin.experiment_member JOIN holder USING (seq)
JOIN (SELECT unnest($names) AS experiment, unnest($groups) AS audience) USING (experiment)
WHERE holder.profile_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY experiment, holder.profile_id ORDER BY seq) = 1
"""
NONE = """
CREATE OR REPLACE TEMP TABLE arm (experiment TEXT, audience TEXT, profile_id TEXT, is_treated BOOLEAN,
  assigned_at TIMESTAMP, stratum TEXT)
"""
REACHABLE = "SELECT profile_id FROM consent_state WHERE state = 'granted'"
# Who may be told by some destination of the audience, and is in no half yet.
WAITING = """
CREATE OR REPLACE TEMP TABLE joining AS
SELECT DISTINCT profile_id, {stratum} AS stratum FROM matched JOIN trait USING (profile_id)
JOIN consent_state AS stated USING (profile_id)
JOIN (SELECT unnest($channels) AS channel, unnest($purposes) AS purpose) USING (channel, purpose)
WHERE matched.audience = $audience AND stated.state = 'granted' AND address IS NOT NULL
  AND profile_id NOT IN (SELECT profile_id FROM arm WHERE experiment = $experiment)
"""
# Of each stratum every n-th by lot is withheld, counted on from who is in it already. Where a stratum begins is by lot
# too: else the first of every small one would be treated.
DRAWN = """
WITH known AS (
  SELECT stratum, count(*) AS persons FROM arm WHERE experiment = $experiment GROUP BY stratum
), placed AS (
  SELECT profile_id, stratum, coalesce(persons, 0)
           + row_number() OVER (PARTITION BY stratum ORDER BY md5($experiment || chr(31) || profile_id)) - 1 AS place,
         (('0x' || substr(md5($experiment || chr(30) || stratum), 1, 8))::BIGINT % 100) AS begins
  FROM joining LEFT JOIN known USING (stratum)
)
SELECT profile_id, stratum, ((place + 1) * $control + begins) // 100 = (place * $control + begins) // 100 AS is_treated
FROM placed ORDER BY profile_id
"""


class Phase(Enum):
    """Where an experiment is."""

    WAITING = "waiting"
    JOINING = "joining"
    MEASURING = "measuring"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """An experiment, and where it is."""

    name: str
    rule: Experiment
    """As it was when it began, else as it is."""
    phase: Phase
    started_on: date | None
    joins_until: date | None
    """The last day on which people join."""
    ends_on: date | None
    """The day on which the last of them has been looked at long enough."""


def standings(store: Store, experiments: Mapping[str, Experiment], now: datetime) -> list[Standing]:
    """Return where each experiment is; one that began goes on as it was written then."""
    with store.reading() as connection:
        found = connection.execute(select(experiment_start)).mappings().all()
    began = {row["experiment"]: (row["started_at"], json.loads(row["plan"])["rule"]) for row in found}
    return [_standing(name, rule, began.get(name), now) for name, rule in experiments.items()]


def _standing(name: str, rule: Experiment, began: tuple[str, str] | None, now: datetime) -> Standing:
    if began is None:
        return Standing(name, rule, Phase.WAITING, None, None, None)
    rule = _as_it_was(json.loads(began[1]))
    first = datetime.fromisoformat(began[0]).astimezone(HOME).date()
    today = now.astimezone(HOME).date()
    joins_until = later(first, *rule.joining)
    ends_on = later(joins_until, *rule.window)
    phase = Phase.JOINING if today <= joins_until else Phase.MEASURING if today <= ends_on else Phase.OVER
    return Standing(name, rule, phase, first, joins_until, ends_on)


def _as_it_was(said: dict[str, Any]) -> Experiment:
    """Return a rule as it was written down; spans are lists there."""
    return Experiment.model_construct(**{
        **said, "window": tuple(said["window"]), "joining": tuple(said["joining"]), "starts": None, "examples": [],
    })  # fmt: skip


def lay_arms(connection: duckdb.DuckDBPyConnection, store: Store, standings: Sequence[Standing]) -> None:
    """Make table `arm`; the mirror is resolved."""
    running = [each for each in standings if each.phase is not Phase.WAITING]
    if not running:
        connection.execute(NONE)
        return
    with attached(connection, store):
        names = {"names": [each.name for each in running], "groups": [each.rule.group for each in running]}
        connection.execute(ARMS, names)


def withheld(standings: Sequence[Standing]) -> dict[str, str]:
    """Return by audience the SQL of who is withheld from it: while people join, also who waits for their lot."""
    found = {}
    for each in standings:
        mine = f"SELECT profile_id FROM arm WHERE experiment = '{each.name}'"
        if each.phase in (Phase.JOINING, Phase.MEASURING):
            found[each.rule.group] = f"profile_id IN ({mine} AND NOT is_treated)"
        if each.phase is Phase.JOINING:
            found[each.rule.group] += f" OR (profile_id NOT IN ({mine}) AND profile_id IN ({REACHABLE}))"
    return found


@dataclass(frozen=True, slots=True)
class Joining:
    """Who would join an experiment now."""

    experiment: str
    persons: int
    needed: Needed
    members: int
    """Who is in it already."""
    held: str
    """Why it does not begin; empty where it may, or has."""


def joining(
    connection: duckdb.DuckDBPyConnection, each: Standing, reach: Sequence[tuple[str, str]], now: datetime
) -> Joining:
    """Make table `joining`; `reach` is channel and purpose of the destinations of its group."""
    traits = [f"coalesce(CAST(trait.\"{name}\" AS TEXT), '?')" for name in each.rule.stratify]
    stratum = f"concat_ws(chr(31), {', '.join(traits)})" if traits else "''"
    connection.execute(WAITING.format(stratum=stratum), {
        "audience": each.rule.group, "experiment": each.name,
        "channels": [channel for channel, _ in reach], "purposes": [purpose for _, purpose in reach],
    })  # fmt: skip
    persons = connection.execute("SELECT count(*) FROM joining").fetchall()[0][0]
    members = connection.execute("SELECT count(*) FROM arm WHERE experiment = ?", [each.name]).fetchall()[0][0]
    enough = needed(each.rule)
    return Joining(each.name, persons, enough, members, _held(each, persons, enough, now))


def _held(each: Standing, persons: int, enough: Needed, now: datetime) -> str:
    if each.phase is not Phase.WAITING:
        return ""
    if each.rule.starts and now.astimezone(HOME).date() < each.rule.starts:
        return f"begins on {each.rule.starts}"
    if persons < enough.people:
        return f"needs {enough.people} persons who can be told, and there are {persons}"
    return ""


def begin(store: Store, each: Standing, found: Joining, version: str, now: datetime) -> None:
    """Write down what the experiment is to show, before anybody is in it; one that has begun stays as it was."""
    rule = json.dumps(each.rule.model_dump(mode="json"))
    plan = json.dumps({"rule": rule, "needed": found.needed.people, "persons": found.persons})
    with store.writing() as writer:
        make = sqlite.insert if writer.dialect.name == "sqlite" else postgresql.insert
        row = {"experiment": each.name, "started_at": utc_text(now), "plan": plan, "rules_version": version}
        writer.execute(make(experiment_start).values(row).on_conflict_do_nothing())


def draw(connection: duckdb.DuckDBPyConnection, store: Store, each: Standing, now: datetime) -> int:
    """Draw lots for everybody in `joining`, and write down who is in which half; returns how many."""
    given = {"experiment": each.name, "control": each.rule.control}
    drawn = connection.execute(DRAWN, given).fetchall()
    for start in range(0, len(drawn), AT_ONCE):
        with store.writing() as writer:
            make = sqlite.insert if writer.dialect.name == "sqlite" else postgresql.insert
            writer.execute(
                make(experiment_member).on_conflict_do_nothing(),
                [{"experiment": each.name, "profile_id": profile, "is_treated": is_treated, "stratum": stratum,
                  "assigned_at": utc_text(now)} for profile, stratum, is_treated in drawn[start : start + AT_ONCE]],
            )  # fmt: skip
            crashpoint("in draw")
    return len(drawn)
