"""Who may write to a destination: one runner at a time, with a number that the newest always has highest."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from plugins.store.engine import Store, next_number
from plugins.store.tables import lease
from plugins.store.times import Clock, moment_of, now, utc_text

LIFE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 10.0
WAITS = "schedule"
"""What the names of a scheduler's leases begin with."""
LANE = "fast lane"
"""The lease of who reads back what vendors tell of."""


class LeaseTaken(Exception):  # noqa: N818 - a verdict: somebody else is at work
    """Another runner holds the destination. The text is `where: what; what to do`."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to a destination, and its number."""

    destination: str
    owner: str
    fence: int


def owner_name(run_id: str) -> str:
    """Return who we are: run, host and process."""
    return f"{run_id}/{socket.gethostname()}/{os.getpid()}"


def take(store: Store, destination: str, run_id: str, clock: Clock = now) -> Lease:
    """Take the destination, or take over from a runner that is gone; the same run keeps its number."""
    owner = owner_name(run_id)
    with store.writing() as connection:
        held = connection.execute(select(lease).where(lease.c.name == destination)).one_or_none()
        if held is not None and _run_of(held.owner) == run_id:
            _extend(connection, destination, owner, clock)
            return Lease(destination, owner, held.fence)
        if held is not None and _is_alive(held, clock()):
            raise LeaseTaken(f"{destination}: run {_run_of(held.owner)} is at work; wait for it to end")
        fence = next_number(connection, "fence")
        connection.execute(delete(lease).where(lease.c.name == destination))
        expires = utc_text(clock() + LIFE)
        connection.execute(insert(lease).values(name=destination, owner=owner, fence=fence, expires_at=expires))
    return Lease(destination, owner, fence)


def _run_of(owner: str) -> str:
    return owner.rsplit("/", 2)[0]


def _is_gone(owner: str) -> bool:
    """Tell whether the holder was a process of this host that has ended."""
    _, host, process = owner.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def anyone_at_work(store: Store, clock: Clock = now) -> bool:
    """Tell whether any runner of this store holds a job or a destination; who only waits for its hour does not work."""
    with store.reading() as connection:
        held = connection.execute(select(lease).where(lease.c.name.not_like(f"{WAITS}%"), lease.c.name != LANE)).all()
    return any(_is_alive(each, clock()) for each in held)


def is_held(connection: Connection, name: str, moment: datetime) -> bool:
    """Tell whether a runner that is still there has it."""
    held = connection.execute(select(lease).where(lease.c.name == name)).one_or_none()
    return held is not None and _is_alive(held, moment)


def _is_alive(held: Row[Any], moment: datetime) -> bool:
    return moment_of(held.expires_at) > moment and not _is_gone(held.owner)


def _extend(connection: Connection, destination: str, owner: str, clock: Clock) -> None:
    values = {"owner": owner, "expires_at": utc_text(clock() + LIFE)}
    connection.execute(update(lease).where(lease.c.name == destination).values(**values))


def is_ours(connection: Connection, mine: Lease) -> bool:
    """Tell, inside a writing transaction, whether no newer runner has taken the destination."""
    fence = connection.execute(select(lease.c.fence).where(lease.c.name == mine.destination)).scalar()
    return fence == mine.fence


def release(store: Store, mine: Lease) -> None:
    """Give the destination back, if it is still ours."""
    with store.writing() as connection:
        connection.execute(delete(lease).where(lease.c.name == mine.destination, lease.c.fence == mine.fence))


@contextmanager
def beating(store: Store, mine: Lease, clock: Clock = now) -> Iterator[None]:
    """Keep the lease alive while the block runs."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            with store.writing() as connection:
                if not is_ours(connection, mine):
                    return
                _extend(connection, mine.destination, mine.owner, clock)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
