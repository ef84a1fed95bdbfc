"""Drafts: plans that are made to be looked at, sealed by one account, approved by another, and then applied.

The rows of a draft lie in a file beside the store, as `rotonde plan --seal` writes them; the store has its numbers,
its hash, and who did what. Nothing here sends.
"""

from __future__ import annotations

import json
import secrets
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from plugins.hub import auditing
from plugins.hub.destinations import Channel
from plugins.hub.errands import lease_of
from plugins.hub.lease import is_held
from plugins.hub.plans import Hub, Shown, journal_rows, planning
from plugins.hub.sealing import Drawing
from plugins.store.engine import Store, StoreError
from plugins.store.errand_tables import plan_draft
from plugins.store.mirror import home
from plugins.store.times import utc_text

State = Literal["made", "sealed", "approved", "applying", "applied", "moved", "failed", "withdrawn"]
ENDED: frozenset[State] = frozenset({"applied", "moved", "failed", "withdrawn"})
SAMPLE = 20
"""So many persons of each destination are told of."""
# Who leaves what a destination calls an audience: with all of it, or with this one alone.
LEAVING = "SELECT tag, count(*) FROM (SELECT unnest(tags_off) AS tag FROM planned) GROUP BY tag"


class Refused(StoreError):  # noqa: N818 - a verdict on a step
    """A draft that may not go on as somebody wants; `because` is one word for it."""

    def __init__(self, because: str, text: str) -> None:
        super().__init__(text)
        self.because = because


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as it was looked at, and how far it is."""

    id: str
    made_at: str
    made_by: str
    rules: str
    lifts_guards: bool
    state: State
    sealed_at: str | None
    sealed_by: str | None
    approved_at: str | None
    approved_by: str | None
    applied_at: str | None
    ended_at: str | None
    plans: list[dict[str, Any]]
    """Of each destination what `DestinationPlan` has, and `leaving`: audience -> persons."""
    outcome: dict[str, Any]
    """`differences` where the world moved, `jobs` of those that ran, `why` where it failed."""

    def plan_of(self, destination: str) -> dict[str, Any] | None:
        """Return the plan of one destination."""
        return next((each for each in self.plans if each["destination"] == destination), None)


def path_of(store: Store, key: str) -> Path:
    """Return the file with the rows of a draft."""
    return home(store) / "drafts" / f"{key}.json"


def make(hub: Hub, who: str, *, lifts_guards: bool) -> str:
    """Plan every destination, put the draft down, and return its id; the ones before that nobody sealed go."""
    key, drawing, plans = secrets.token_hex(6), Drawing.of(hub, accept=lifts_guards), []
    with planning(hub, hub.destinations, Shown(funnel=True, names=SAMPLE)) as opened:
        for name in hub.destinations:
            made, channel = opened.of(name, accept=lifts_guards), hub.channel(name)
            plans.append({**asdict(made), **_beside(opened.connection, hub, channel, made.names)})
            drawing.draw(name, journal_rows(opened.connection, channel, "all"))
    path = path_of(hub.store, key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    row = {"id": key, "made_at": drawing.made_at, "made_by": who, "rules": drawing.rules, "state": "made",
           "lifts_guards": lifts_guards, "seal_hash": drawing.write(path), "told": json.dumps(plans)}  # fmt: skip
    with hub.store.writing() as connection:
        old = list(connection.execute(select(plan_draft.c.id).where(plan_draft.c.state == "made")).scalars())
        connection.execute(delete(plan_draft).where(plan_draft.c.id.in_(old)))
        connection.execute(insert(plan_draft).values(row))
    for each in old:
        path_of(hub.store, each).unlink(missing_ok=True)
    return key


def _beside(
    connection: duckdb.DuckDBPyConnection, hub: Hub, channel: Any, names: list[dict[str, Any]]
) -> dict[str, Any]:  # fmt: skip
    """Return what is told of a plan beside its numbers; of persons only their profile, never a name."""
    sample = [{name: value for name, value in each.items() if name != "name"} for each in names]
    if not isinstance(channel, Channel):
        return {"names": sample, "leaving": {}}
    called = {each.to[channel.destination].name: each.name for each in hub.meaning.audiences
              if channel.destination in each.to}  # fmt: skip
    leaving = connection.execute(LEAVING).fetchall()
    return {"names": sample, "leaving": {called.get(tag, tag): count for tag, count in leaving}}


def draft(connection: Connection, key: str) -> Draft | None:
    """Return a draft by its id."""
    row = connection.execute(select(plan_draft).where(plan_draft.c.id == key)).mappings().one_or_none()
    return None if row is None else _draft(row)


def drafts(connection: Connection, most: int) -> list[Draft]:
    """Return the newest drafts, the newest first."""
    found = connection.execute(select(plan_draft).order_by(plan_draft.c.made_at.desc()).limit(most)).mappings()
    return [_draft(row) for row in found]


def _draft(row: RowMapping) -> Draft:
    kept = {name: row[name] for name in Draft.__slots__ if name not in ("plans", "outcome")}
    return Draft(**kept, plans=json.loads(row["told"]), outcome=json.loads(row["outcome"] or "{}"))


def seal(store: Store, key: str, who: str, now: datetime) -> None:
    """Say that this plan, as it is, shall be done; raises Refused where it is not the time for that."""
    _step(store, key, "made", {"state": "sealed", "sealed_at": utc_text(now), "sealed_by": who})
    auditing.note(store, "plan", key, {"step": "sealed"}, now, who=who)


def approve(store: Store, key: str, who: str, now: datetime) -> None:
    """Approve a sealed draft, with other eyes than those of who sealed it; raises Refused else."""
    _step(store, key, "sealed", {"state": "approved", "approved_at": utc_text(now), "approved_by": who}, not_by=who)
    auditing.note(store, "plan", key, {"step": "approved"}, now, who=who)


def withdraw(store: Store, key: str, who: str, now: datetime) -> None:
    """Take a draft back that nobody applied yet, or whose applying broke off."""
    with store.writing() as connection:
        found = _found(connection, key)
        is_at_work = found["state"] == "applying" and is_held(connection, lease_of("apply"), now)
        if found["state"] in ENDED or is_at_work:
            raise _out_of_turn(found)
        _write(connection, key, {"state": "withdrawn", "ended_at": utc_text(now), "told": _without_names(found)})
    path_of(store, key).unlink(missing_ok=True)
    auditing.note(store, "plan", key, {"step": "withdrawn"}, now, who=who)


def begin(store: Store, seal_hash: str, now: datetime) -> str | None:
    """Put an approved draft down as being applied, and return its id; None for a seal that is no draft's."""
    with store.reading() as connection:
        mine = plan_draft.c.seal_hash == seal_hash
        key = connection.execute(select(plan_draft.c.id).where(mine)).scalar()
    if key is not None:
        _step(store, key, "approved", {"state": "applying", "applied_at": utc_text(now)})
    return key


def finish(store: Store, key: str, state: State, outcome: Mapping[str, Any], now: datetime) -> None:
    """Say what applying a draft came to; its rows and its sample of persons go."""
    with store.writing() as connection:
        told = _without_names(_found(connection, key))
        values = {"state": state, "ended_at": utc_text(now), "outcome": json.dumps(outcome), "told": told}
        _write(connection, key, values)
    path_of(store, key).unlink(missing_ok=True)


def _step(store: Store, key: str, before: State, values: Mapping[str, Any], not_by: str | None = None) -> None:
    """Go one step on, where the one before is done and nobody went another way meanwhile."""
    with store.writing() as connection:
        found = _found(connection, key)
        if found["state"] != before:
            raise _out_of_turn(found)
        if not_by is not None and found["sealed_by"] == not_by:
            raise Refused("own_seal", f"plan {key}: {not_by} sealed it; another account approves it")
        _write(connection, key, values)


def _found(connection: Connection, key: str) -> RowMapping:
    query = select(plan_draft).where(plan_draft.c.id == key).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise Refused("unknown", f"plan {key}: there is no such draft; plan anew")
    return row


def _out_of_turn(row: RowMapping) -> Refused:
    return Refused("out_of_turn", f"plan {row['id']}: it is {row['state']} by now; look at it again")


def _write(connection: Connection, key: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(plan_draft).where(plan_draft.c.id == key).values(**values))


def _without_names(row: RowMapping) -> str:
    return json.dumps([{**each, "names": []} for each in json.loads(row["told"])])
