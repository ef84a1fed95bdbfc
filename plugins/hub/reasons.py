"""Why somebody is in an audience, or is not: each part of its condition, and what stands between them and a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from plugins.hub.choosing import CAPPED, columns
from plugins.hub.desired import desire, prepare
from plugins.hub.limiting import limits
from plugins.hub.meaning import Audience
from plugins.hub.plans import Hub
from plugins.hub.resolving import resolve
from plugins.hub.story import find
from plugins.rules.complaint import did_you_mean
from plugins.store.engine import StoreError
from plugins.store.mirror import open_mirror

MATCHED = "SELECT is_held_out FROM matched WHERE destination = ? AND audience = ? AND profile_id = ?"
DESIRED = "SELECT 1 FROM desired WHERE destination = ? AND profile_id = ? AND list_contains(tags, ?)"
# Whom an audience that is told by an event may be told of: nothing of it is desired.
TELLABLE = "CREATE OR REPLACE TEMP TABLE tellable (destination TEXT, profile_id TEXT)"
TELL = "INSERT INTO tellable SELECT ?, profile_id FROM wanted WHERE is_desired"
TOLD = "SELECT 1 FROM tellable WHERE destination = ? AND profile_id = ?"
STATED = "SELECT state, reason FROM consent_state WHERE profile_id = ? AND channel = ? AND purpose = ?"


@dataclass
class Reasons:
    """What decides about one person and one audience."""

    profile_id: str
    audience: str
    is_in: bool
    parts: list[dict[str, Any]] = field(default_factory=list)
    """`condition`, whether it `holds` (yes, no, unknown), and `because` of which traits."""
    destinations: list[dict[str, Any]] = field(default_factory=list)
    """By destination whether the person is there or is to be, and else why not."""


def reasons(hub: Hub, who: str, name: str) -> list[Reasons]:
    """Return the reasons for each person that `who` may mean; raises StoreError for an audience nobody made."""
    audience = next((each for each in hub.meaning.audiences if each.name == name), None)
    if audience is None:
        known = did_you_mean(name, [each.name for each in hub.meaning.audiences])
        raise StoreError(f"why: no audience '{name[:60]}'; {known}")
    now = hub.clock()
    with open_mirror(hub.store) as connection:
        resolve(connection, hub.store, hub.meaning, now, hub.read_as)
        prepare(connection, hub.meaning.audiences, now, limits(connection, hub.store, hub.meaning, now))
        connection.execute(TELLABLE)
        for destination in audience.to:
            desire(connection, hub.meaning.audiences, hub.channels[destination])
            connection.execute(TELL, [destination])
        return [_of_person(connection, hub, audience, profile_id, now) for profile_id in find(connection, who)]


def _of_person(
    connection: duckdb.DuckDBPyConnection, hub: Hub, audience: Audience, profile_id: str, now: datetime
) -> Reasons:  # fmt: skip
    made = judged(connection, hub, audience, profile_id, now)
    for destination in audience.to if made.is_in else ():
        outcome = _at(connection, hub, audience, destination, profile_id)
        made.destinations.append({"destination": destination, "outcome": outcome})
    return made


def judged(
    connection: duckdb.DuckDBPyConnection, hub: Hub, audience: Audience, profile_id: str, now: datetime
) -> Reasons:  # fmt: skip
    """Return whether somebody meets an audience's condition, and each part of it; asks table `trait` alone."""
    condition = audience.condition
    names = sorted({name for part in audience.condition.parts for name in part.traits})
    asked = [condition.sql, *(part.sql for part in condition.parts), *(f'"{name}"' for name in names)]
    bound = [*condition.bind(now), *(value for part in condition.parts for value in part.bind(now))]
    query = f"SELECT {', '.join(asked)} FROM trait WHERE profile_id = ?"
    found = connection.execute(query, [*bound, profile_id]).fetchone() or (None,) * len(asked)
    made = Reasons(profile_id, audience.name, bool(found[0]))
    values = dict(zip(names, found[1 + len(condition.parts) :], strict=True))
    for part, holds in zip(condition.parts, found[1:], strict=False):
        because = {hub.meaning.counts.get(name, name): values[name] for name in sorted(part.traits)}
        word = "unknown" if holds is None else "yes" if holds else "no"
        made.parts.append({"condition": part.text, "holds": word, "because": because})
    return made


def _at(connection: duckdb.DuckDBPyConnection, hub: Hub, audience: Audience, destination: str, profile_id: str) -> str:
    """Say what becomes of somebody who matches, at one destination."""
    channel = hub.channels[destination]
    for name, first in audience.before.items():
        sql = f"SELECT {first.sql} FROM trait WHERE profile_id = ?"
        if (found := connection.execute(sql, [*first.bind(hub.clock()), profile_id]).fetchone()) and found[0]:
            return f"is in {name}, which comes first"
    column = columns(hub.meaning.audiences)[audience.name]
    verdict = connection.execute(f"SELECT {column} FROM choice WHERE profile_id = ?", [profile_id]).fetchone()
    if verdict and verdict[0] == CAPPED:
        return "came into enough other audiences lately: a cap of caps.yml"
    matched = connection.execute(MATCHED, [destination, audience.name, profile_id]).fetchone()
    if matched and matched[0]:
        return "held out: kept away to measure what the audience brings"
    is_event = audience.to[destination].kind == "event"
    if is_event and connection.execute(TOLD, [destination, profile_id]).fetchone():
        return "is told of by an event: was, or will be by the next run"
    if connection.execute(DESIRED, [destination, profile_id, audience.to[destination].name]).fetchone():
        return "is there, or will be by the next run"
    stated = connection.execute(STATED, [profile_id, channel.channel, channel.purpose]).fetchone()
    if stated is None:
        return f"no consent: nobody ever asked about {channel.channel}, {channel.purpose}"
    if stated[0] == "granted":
        return "the address goes to another person who shares it, or somebody refused it"
    return f"no consent: {stated[0]}{f', {stated[1]}' if stated[1] else ''}"
