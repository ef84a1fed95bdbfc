"""Errands: what somebody asked for on a page, carried out by a process of its own that outlives whoever asked.

One of a kind at a time. Carried out by plugins.hub.carrying_out.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, insert, select, update

from plugins.hub.lease import LIFE, is_held
from plugins.hub.project import environment
from plugins.store.engine import Store, StoreError
from plugins.store.errand_tables import errand
from plugins.store.mirror import home
from plugins.store.times import moment_of, utc_text

Kind = Literal["plan", "apply", "replay"]
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


def start(store: Store, key: str, kind: Kind) -> None:
    """Carry an errand out, as a process of its own; nobody waits for it here."""
    log = home(store) / "logs" / f"errand-{kind}.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    url = store.engine.url.render_as_string(hide_password=False)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "plugins.hub.carrying_out", key],
            env=environment({"ROTONDE_DATABASE_URL": url, "PYTHONPATH": _path()}),
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
        )  # fmt: skip
    Thread(target=child.wait, daemon=True).start()  # one that has ended and that nobody waits for seems to live


def _path() -> str:
    """Return where Python finds our rooms, wherever we were started."""
    return os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))


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
