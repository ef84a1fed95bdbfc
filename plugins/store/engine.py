"""Opening the store: SQLite with WAL and immediate transactions, or PostgreSQL; errors never show values."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from plugins.store.tables import counter

BUSY_SECONDS = 10
DEFAULT_URL = "sqlite:///.rotonde/store.db"


class StoreError(Exception):
    """The store cannot be used as it is. The text is `where: what; what to do`."""


@dataclass(frozen=True)
class Store:
    """An open store; `writing` is one short immediate transaction."""

    engine: Engine

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded default."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path:
        """Return the file of an SQLite store."""
        return Path(self.engine.url.database or "")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; it commits at the end of the block, or not at all."""
        with _discreet(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection that only reads; on SQLite it waits for nobody."""
        engine = self.engine.execution_options(rotonde_reads=True)
        with _discreet(), engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@contextmanager
def _discreet() -> Iterator[None]:
    """Cut an error of the database down to its first line: what follows (DETAIL, CONTEXT) shows rows."""
    try:
        yield
    except Exception as error:
        for each in (error, getattr(error, "orig", None)):
            is_theirs = isinstance(each, DBAPIError) or type(each).__module__.startswith("psycopg")
            if is_theirs and each is not None and each.args:
                each.args = (str(each.args[0]).partition("\n")[0], *each.args[1:])
        raise


def url_from_environment() -> str:
    """Return `ROTONDE_DATABASE_URL`, or the embedded store in the project."""
    return os.environ.get("ROTONDE_DATABASE_URL") or DEFAULT_URL


def open_store(url: str | None = None, *, serves: bool = False) -> Store:
    """Open the store at a SQLAlchemy URL; makes the folder and the file (0600) of an SQLite one.

    One that `serves` the threads of a process keeps SQLite's connections open, and leaves checkpoints to
    `together.keep_checkpointing`: SQLite makes one when the last connection closes, and every thousand pages.
    """
    parsed = make_url(url or url_from_environment())
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)
        return Store(engine)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise StoreError("ROTONDE_DATABASE_URL: neither SQLite nor PostgreSQL; use sqlite:///FILE or postgresql://…")
    _private_file(Path(parsed.database))
    engine = create_engine(
        parsed,
        hide_parameters=True,
        poolclass=QueuePool if serves else NullPool,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _tune)
    if serves:
        event.listen(engine, "connect", _without_checkpoints)
    event.listen(engine, "begin", _begin)
    return Store(engine)


def _private_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    if not path.exists():
        path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)


def _tune(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, also in pages that are free again
    cursor.close()


def _without_checkpoints(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA wal_autocheckpoint=0")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("rotonde_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def next_number(connection: Connection, name: str) -> int:
    """Return the next value of a number that only goes up, inside the caller's writing transaction."""
    bumped = update(counter).where(counter.c.name == name).values(value=counter.c.value + 1).returning(counter.c.value)
    return int(connection.execute(bumped).scalar_one())
