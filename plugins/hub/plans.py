"""Making a plan: resolve what is stale, decide what is desired, subtract what is delivered."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal

import duckdb

from plugins.hub import arrivals
from plugins.hub.bringing import BROUGHT, UNTOLD, bring, calls
from plugins.hub.desired import desire, payload_of, prepare, reporting
from plugins.hub.destinations import Channel, RecordChannel, channels, record_channels
from plugins.hub.funnel import funnel, names, overlap, pack
from plugins.hub.journal import json_text
from plugins.hub.limiting import limits
from plugins.hub.meaning import RULES_FOLDER, Audience, Meaning, read_meaning
from plugins.hub.offering import Offering, lay
from plugins.hub.opt_outs import confirm
from plugins.hub.planning import GROW, SHRINK, DestinationPlan, Guard, plan, stop_at_guards
from plugins.hub.record_planning import plan_records
from plugins.hub.resolving import Resolved, resolve
from plugins.observe.tracing import span
from plugins.store.engine import Store, StoreError, open_store
from plugins.store.migrate import migrate
from plugins.store.mirror import open_mirror, rows
from plugins.store.times import Clock, now

Lane = Literal["removals", "all"]


@dataclass(frozen=True)
class Hub:
    """What every command of the hub works with."""

    store: Store
    meaning: Meaning
    channels: dict[str, Channel]
    clock: Clock = now
    records: dict[str, RecordChannel] = field(default_factory=dict)
    """Destinations that are kept equal record by record."""

    @property
    def read_as(self) -> dict[str, str]:
        """Return the connection under which each destination is read: destination -> source."""
        return {name: each.source for name, each in self.channels.items()}

    @property
    def destinations(self) -> list[str]:
        """Return the names of all destinations."""
        return sorted([*self.channels, *self.records])

    def channel(self, destination: str) -> Channel | RecordChannel:
        """Return a destination by name."""
        found = self.channels.get(destination) or self.records.get(destination)
        if found is None:
            known = ", ".join(self.destinations) or "none"
            raise StoreError(f"destination '{destination}': no target has it in its channel.yml; known: {known}")
        return found


def rules_folder() -> Path:
    """Return where the rules are: `ROTONDE_RULES`, or `sync_rules/` of the project."""
    return Path(os.environ.get("ROTONDE_RULES", str(RULES_FOLDER)))


def open_hub(clock: Clock = now) -> Hub:
    """Open the store (migrated), the rules and the destinations; raises StoreError or RulesError."""
    known = channels()
    meaning = read_meaning(rules_folder(), known)
    store = open_store()
    migrate(store)
    return Hub(store, meaning, known, clock, record_channels())


@dataclass(frozen=True, slots=True)
class Shown:
    """What is told of a plan to people beside its numbers."""

    funnel: bool = False
    overlap: bool = False
    names: int = 0
    """At most so many persons."""


NUMBERS = Shown()
COUNTED = Shown(funnel=True, overlap=True)


@dataclass(frozen=True)
class Planning:
    """The mirror, resolved, with each audience evaluated once; one destination after the other is planned in it."""

    hub: Hub
    connection: duckdb.DuckDBPyConnection
    resolved: Resolved
    audiences: Sequence[Audience]
    moment: datetime
    shown: Shown
    tells: bool
    """Whether offers are told; who only takes out need not know, and nothing there may keep it from that."""

    def of(self, destination: str, *, accept: bool = False, notes: bool = False) -> DestinationPlan:
        """Make the plan of one destination; table `planned` is there until the next.

        Where it `notes`, what was read back since is on record before it is planned.
        """
        with span("plan", destination=destination) as noted:
            made = self._of(destination, accept=accept, notes=notes)
            noted.note(add=made.add, change=made.change, remove=made.remove, guards=len(made.guards))
        return made

    def _of(self, destination: str, *, accept: bool, notes: bool) -> DestinationPlan:
        hub, channel = self.hub, self.hub.channel(destination)
        if notes:
            confirm(self.connection, hub.store, channel)
        if isinstance(channel, RecordChannel):
            made = plan_records(self.connection, hub.store, hub.meaning, channel, self.moment)
        else:
            made = self._of_audiences(channel)
            self._show(made)
        if accept:
            made.lifted, made.guards = made.guards, []
        stop_at_guards(self.connection, made)
        arrivals.hold(self.connection, made.guards)
        if self.shown.names:
            made.names = names(self.connection, self.shown.names, by_record=isinstance(channel, RecordChannel))
        return made

    def _show(self, made: DestinationPlan) -> None:
        if self.shown.funnel:
            made.funnel = funnel(self.connection, self.audiences, made.destination)
        if self.shown.overlap:
            made.overlap = overlap(self.connection, self.audiences, made.destination)

    def desire(self, channel: Channel) -> None:
        """Work out what a destination should hold, before anything is subtracted."""
        desire(self.connection, self.audiences, channel)

    @cached_property
    def offering(self) -> Offering:
        """Return the offers, laid out once for all destinations."""
        return lay(self.connection, self.hub.store, self.hub.meaning, self.moment)

    def _of_audiences(self, channel: Channel) -> DestinationPlan:
        self.desire(channel)
        untold = self.offering.tell(channel.destination) if self.tells and self.hub.meaning.offers else []
        guard = guard_of(self.hub.meaning, channel.destination)
        made = plan(self.connection, self.hub.store, channel, guard, self.moment)
        self._bring(channel, made)
        made.untold = untold
        made.yielded = rows(self.connection, YIELDED, [channel.destination])
        made.undecided = _undecided(self.connection, self.hub.meaning, channel.destination)
        return made

    def _bring(self, channel: Channel, made: DestinationPlan) -> None:
        """Add what the destination is told beside its audiences."""
        self.connection.execute(BROUGHT)
        told = bring(self.connection, self.hub.store, self.hub.meaning, channel, self.moment)
        if arrivals.EVENT in channel.brings:
            events, guards = arrivals.arrive(self.connection, self.audiences, channel, self.moment)
            told, made.guards = told + events, [*made.guards, *guards]
        for (kind, operation), count in told.items():
            setattr(made, operation, getattr(made, operation) + count)
            made.kinds[kind] = made.kinds.get(kind, 0) + count
        made.left_out = rows(self.connection, UNTOLD)
        made.calls += (more := calls(channel, told))
        made.minutes = round(made.minutes + more * channel.limits.seconds_per_call / 60, 1)


@contextmanager
def planning(
    hub: Hub, destinations: Collection[str], shown: Shown = NUMBERS, *, tells: bool = True
) -> Iterator[Planning]:
    """Open the mirror, resolve what is stale, and evaluate what goes to some destinations, for planning them."""
    audiences = _concerned(hub, destinations)
    moment = hub.clock()
    with open_mirror(hub.store) as connection:
        resolved = resolve(connection, hub.store, hub.meaning, moment, hub.read_as)
        prepare(connection, audiences, moment, limits(connection, hub.store, hub.meaning, moment))
        if shown.funnel or shown.overlap:
            pack(connection, audiences)
        yield Planning(hub, connection, resolved, audiences, moment, shown, tells)


def _concerned(hub: Hub, destinations: Collection[str]) -> list[Audience]:
    """Return the audiences of some destinations; where one is capped, all that share the room with it."""
    held = {name for name in destinations if isinstance(hub.channel(name), Channel)}
    names = {each.name for each in hub.meaning.audiences if held & each.to.keys()}
    for _, cap in product(hub.meaning.caps, repeat=2):  # one cap may lead to another
        names |= {*cap.audiences} if names & {*cap.audiences} else set()
    return [each for each in hub.meaning.audiences if each.name in names]


@contextmanager
def planned(
    hub: Hub,
    destination: str,
    *,
    accept: bool = False,
    notes: bool = False,
    tells: bool = True,
    shown: Shown = NUMBERS,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, DestinationPlan, Resolved]]:
    """Make the plan of one destination; table `planned` is there while the block runs."""
    with planning(hub, [destination], shown, tells=tells) as opened:
        yield opened.connection, opened.of(destination, accept=accept, notes=notes), opened.resolved


def _undecided(connection: duckdb.DuckDBPyConnection, meaning: Meaning, destination: str) -> list[dict[str, Any]]:
    """Return who is out for want of knowledge, and who reports it or would."""
    found = rows(connection, UNDECIDED, [destination])
    traits = {**meaning.catalogue, **{each.trait.name: each.trait for each in meaning.declared}}
    sources = reporting(connection, {traits[each["trait"]].of for each in found} - {""})
    return [
        {**each, "trait": meaning.counts.get(each["trait"], each["trait"]),
         "told_by": sources.get(traits[each["trait"]].of, "")} for each in found
    ]  # fmt: skip


def guard_of(meaning: Meaning, destination: str) -> Guard:
    """Return the strictest guard of the audiences that go to a destination."""
    here = [each for each in meaning.audiences if destination in each.to]
    shrink = [each.shrink_basis_points for each in here if each.shrink_basis_points is not None]
    grow = [each.grow_basis_points for each in here if each.grow_basis_points is not None]
    return Guard(min(shrink, default=SHRINK), min(grow, default=GROW))


YIELDED = 'SELECT audience, "to", persons FROM yielded WHERE destination = ? ORDER BY ALL'
UNDECIDED = "SELECT audience, trait, persons FROM undecided WHERE destination = ? ORDER BY ALL"
ROWS = """
SELECT operation, profile_id, wire_id, permit, tags_on, tags_off, payload, payload_hash, reason, is_consent,
       is_known, status, found, cause, acted_at, stored_at, held, sent
FROM planned WHERE $lane = 'all' OR operation = 'remove'
ORDER BY operation <> 'remove', NOT is_consent, wire_id
"""


RECORD_ROWS = """
SELECT operation, profile_id, wire_id, permit, payload, payload_hash, reason, cause, acted_at, stored_at, found
FROM {table}
WHERE $lane = 'all' OR operation = 'remove'
ORDER BY operation <> 'remove', kind IN ('purchase', 'basket'), kind, -- first the things, and then who has them
         kind = 'movement' AND TRY_CAST(payload ->> '$.points' AS BIGINT) < 0, -- no more comes off than is there
         wire_id
"""


def journal_rows(
    connection: duckdb.DuckDBPyConnection, channel: Channel | RecordChannel, lane: Lane
) -> Iterator[dict[str, Any]]:
    """Give the planned rows as the journal keeps them, removals first; ask the engine nothing else meanwhile."""
    if isinstance(channel, Channel):
        yield from map(journal_row, _fetched(connection, ROWS, lane))
    table = "planned" if isinstance(channel, RecordChannel) else "beside"
    for row in _fetched(connection, RECORD_ROWS.format(table=table), lane):
        yield {**row, "payload": json_text(json.loads(row["payload"]))}


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str, lane: Lane) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(sql, {"lane": lane})
    names = [each[0] for each in cursor.description or ()]
    while rows := cursor.fetchmany(5000):
        for values in rows:
            yield dict(zip(names, values, strict=True))


def journal_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of `planned` about an address as the journal keeps it."""
    payload = {
        "fields": _fields(row),
        "status": _status(row),
        "tags_on": row["tags_on"],
        "tags_off": row["tags_off"],
        "is_known": row["is_known"],
        **({"sent": row["sent"]} if row["sent"] else {}),
    }
    kept = (
        "operation", "profile_id", "wire_id", "permit", "payload_hash", "reason", "found", "cause", "acted_at",
        "stored_at",
    )  # fmt: skip
    return {**{name: row[name] for name in kept}, "payload": json_text(payload)}


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are written to somebody: one that is not known and to be kept is not."""
    said = payload_of(row["payload"])
    fields, modes = said.get("fields") or {}, said.get("modes") or {}
    assert isinstance(fields, dict)
    assert isinstance(modes, dict)
    held = json.loads(row["held"]) if row["held"] else {}
    return {name: value for name, value in fields.items()
            if value is not None and _is_written(str(modes.get(name, "always")), row, held)}  # fmt: skip


def _is_written(mode: str, row: Mapping[str, Any], held: dict[str, Any]) -> bool:
    word, _, trait = mode.partition(" ")
    if word == "set_if_empty":
        return not held.get(trait)
    return word == "always" or (word == "update_only") == bool(row["is_known"])


def _status(row: Mapping[str, Any]) -> str | None:
    """Say what the channel is to hold the person as; None leaves that as it is."""
    if row["operation"] == "remove":
        return "unsubscribed" if row["is_consent"] else None
    return "subscribed" if not row["is_known"] or row["status"] == "transactional" else None
