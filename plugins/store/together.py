"""Transactions of many threads committed together: one sync of the disk serves all that waited for the one before."""

from __future__ import annotations

import gc
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import Connection

from plugins.store.engine import Store

Result = TypeVar("Result")
Work = Callable[[Connection], Any]
Turn = tuple[Work, "Future[Any]"]
MOST = 32
"""How many are committed together at most; who comes later waits for the next."""


class Together:
    """Does the writing work of many threads, each piece wholly or not at all; a result is told once it is kept.

    On SQLite, which has one writer, whoever comes to the turn does the work of all who wait, in one transaction. Work
    may be done twice, the first time taken back: it has no other effect than on the connection it is given. A server of
    databases does this by itself: there each has a transaction of its own.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: deque[Turn] = deque()
        self._turn = threading.Lock()

    @property
    def waiting(self) -> int:
        """Return how many have asked whose work nobody has begun."""
        return len(self._waiting)

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Return what the work returns, after it is committed; raises what it raises."""
        if not self.store.is_sqlite:
            with self.store.writing() as connection:
                return work(connection)
        done: Future[Result] = Future()
        self._waiting.append((work, done))
        with self._turn:
            while not done.done():
                self._write([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))])
        return done.result()

    def _write(self, turns: list[Turn]) -> None:
        """Do all in one transaction; where one fails nothing is kept, and each is done by itself."""
        try:
            with self.store.writing() as connection:
                results = [work(connection) for work, _ in turns]
        except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
            if len(turns) == 1:
                turns[0][1].set_exception(error)
            for turn in turns if len(turns) > 1 else ():
                self._write([turn])
            return
        for (_, done), result in zip(turns, results, strict=True):
            done.set_result(result)


def keep_checkpointing(store: Store, every_seconds: float = 1.0) -> None:
    """Move SQLite's log into its file from a thread of its own: no writer stands still for it; never returns."""
    pause = threading.Event()
    with closing(store.engine.raw_connection()) as connection:
        while not pause.wait(every_seconds):
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def attend() -> None:
    """Let this process answer many callers soon; all that it needs is in memory."""
    sys.setswitchinterval(0.0005)  # who listens does not wait behind who works
    gc.collect()
    gc.freeze()  # what stands now stays: going through it again would hold up whoever calls
