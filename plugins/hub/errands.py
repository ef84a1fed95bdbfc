"""Errands: what somebody asked for on a page, carried out by a process of its own that outlives whoever asked.

One of a kind at a time. Carried out by `CARRYING_OUT`.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, insert, select, update

from plugins.hub.lease import LIFE, is_held
from plugins.store.engine import Store, StoreError
from plugins.store.errand_tables import errand
from plugins.store.times import moment_of, utc_text

Kind = Literal["plan", "apply", "replay"]
CARRYING_OUT = "plugins.hub.carrying_out"
State = Literal["asked", "ok", "failed", "lost"]


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that was asked for."""

    id: str
    kind: Kind
    about: str
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    state: State
    """`lost`: whoever carried it out is gone without a word."""
    told: dict[str, Any]
    """What it came to; `why` where it failed."""

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is not over yet."""
        return self.state == "asked"


def lease_of(kind: str) -> str:
    """Return what a process holds while it carries out an errand of a kind."""
    return f"errand {kind}"


def ask(store: Store, kind: Kind, about: str, who: str, now: datetime) -> str:
    """Put an errand down, and return its id; raises StoreError while another of its kind is under way."""
    key = secrets.token_hex(6)
    with store.writing() as connection:
        before = newest(connection, kind, now)
        if before is not None and before.is_under_way:
            raise StoreError(f"{kind}: {before.asked_by} asked for one that is under way; wait for it to end")
        row = {"id": key, "kind": kind, "about": about, "asked_by": who, "asked_at": utc_text(now), "state": "asked"}
        connection.execute(insert(errand).values(row))
    return key


def end(store: Store, key: str, state: State, told: dict[str, Any], now: datetime) -> None:
    """Say what an errand came to."""
    values = {"state": state, "told": json.dumps(told), "ended_at": utc_text(now)}
    with store.writing() as connection:
        connection.execute(update(errand).where(errand.c.id == key).values(**values))


def of(connection: Connection, key: str, now: datetime) -> Errand | None:
    """Return an errand by its id."""
    row = connection.execute(select(errand).where(errand.c.id == key)).mappings().one_or_none()
    return None if row is None else _errand(connection, row, now)


def newest(connection: Connection, kind: Kind, now: datetime) -> Errand | None:
    """Return the errand of a kind that was asked for last."""
    mine = select(errand).where(errand.c.kind == kind).order_by(errand.c.asked_at.desc()).limit(1)
    row = connection.execute(mine).mappings().one_or_none()
    return None if row is None else _errand(connection, row, now)


def _errand(connection: Connection, row: RowMapping, now: datetime) -> Errand:
    asked_at, state = moment_of(row["asked_at"]), row["state"]
    is_new = now - asked_at < LIFE  # it takes a moment until a process holds its lease
    if state == "asked" and not is_new and not is_held(connection, lease_of(row["kind"]), now):
        state = "lost"
    return Errand(
        row["id"], row["kind"], row["about"], row["asked_by"], asked_at,
        moment_of(row["ended_at"]) if row["ended_at"] else None, state, json.loads(row["told"] or "{}"),
    )  # fmt: skip
