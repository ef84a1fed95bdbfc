"""Checks of the store: there, whole, of the right shape, with its key, its mirror and its clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime

import duckdb
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from plugins.health.figures import SCHEDULER
from plugins.health.finding import Finding, doubtful, good, wrong
from plugins.hub.lease import is_held
from plugins.store.engine import Store, StoreError, open_store, url_from_environment
from plugins.store.migrate import current, newest
from plugins.store.mirror import mirror_path
from plugins.store.rights_tables import suppression
from plugins.store.suppression import CHECK, KEY_FILE, checked_secret
from plugins.store.tables import resolve_run
from plugins.store.times import moment_of, now

OLDEST_POSTGRES = 14
LARGEST_SKEW_SECONDS = 5.0
STALE_SECONDS = 86_400


def reach() -> tuple[Store | None, Finding]:
    """Open the store that is set; makes none."""
    said = "ROTONDE_DATABASE_URL"
    try:
        url = make_url(url_from_environment())
        if url.get_backend_name() == "sqlite" and not os.path.exists(url.database or ""):  # noqa: PTH110 - may be empty
            return None, wrong("store", "there is none yet", f"run 'rotonde sync' or 'rotonde demo', or see {said}")
        store = open_store()
        with store.reading() as connection:
            connection.execute(text("SELECT 1"))
    except (StoreError, ArgumentError):
        return None, wrong("store", f"{said} is not an address of a store", "use sqlite:///FILE or postgresql://…")
    except DBAPIError as error:
        return None, wrong("store", f"cannot be opened ({type(error.orig).__name__})", f"see {said}, and its rights")
    return store, good("store", "SQLite" if store.is_sqlite else "PostgreSQL")


def shape(store: Store) -> Finding:
    """Tell whether the store is of the shape that this program knows."""
    with store.reading() as connection:
        at = current(connection)
    if at is not None and at > newest():
        return wrong("revision", f"{at}, newer than this program ({newest()})", "install the newer program")
    if at != newest():
        return doubtful("revision", f"{at or 'none'}, not {newest()} yet", "the next command brings it there")
    return good("revision", at)


def is_known_shape(store: Store) -> bool:
    """Tell whether the tables can be asked."""
    with store.reading() as connection:
        return current(connection) == newest()


def integrity(store: Store) -> Iterator[Finding]:
    """Let SQLite look through its file; of PostgreSQL the version counts."""
    with store.reading() as connection:
        if not store.is_sqlite:
            number = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
            yield (good("database", f"PostgreSQL {number}") if number >= OLDEST_POSTGRES else
                   wrong("database", f"PostgreSQL {number}", f"use {OLDEST_POSTGRES} or newer"))  # fmt: skip
            return
        try:
            told = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
        except DBAPIError as error:
            told = type(error.orig).__name__
        cure = "put the newest backup back, and run 'rotonde erase --replay'"
        yield good("integrity", "whole") if told == "ok" else wrong("integrity", "the file is broken", cure)
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        yield (good("journal mode", "WAL") if mode == "wal" else
               wrong("journal mode", str(mode), "keep the store on a local disk: WAL needs one"))  # fmt: skip


def suppressing(store: Store) -> Finding:
    """Tell whether who was erased or objected can be recognised."""
    try:
        with store.reading() as connection:
            if connection.execute(select(suppression.c.key).where(suppression.c.kind == CHECK)).scalar() is None:
                return good("suppression key", "not needed yet; made with the first erasure or objection")
            checked_secret(connection, store)
    except StoreError:
        cure = f"put back {KEY_FILE} or ROTONDE_SUPPRESSION_KEY: until then nothing is sent"
        return wrong("suppression key", "missing, or not the one of this store", cure)
    return good("suppression key", "the one of this store")


def clocks(store: Store, machine: Callable[[], datetime] = now) -> Finding:
    """Tell whether the machine and the store agree on the time."""
    with store.reading() as connection:
        question = "strftime('%Y-%m-%dT%H:%M:%fZ')" if store.is_sqlite else (
            "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        )  # fmt: skip
        there = moment_of(str(connection.execute(text(f"SELECT {question}")).scalar_one()))
    apart = abs((machine() - there).total_seconds())
    if apart > LARGEST_SKEW_SECONDS:
        return wrong("clock", f"machine and store are {apart:.0f} seconds apart", "let both keep time (NTP)")
    return good("clock", "machine and store agree")


def mirrored(store: Store) -> Finding:
    """Tell whether what is derived is there, can be read and is of the newest resolve."""
    path = mirror_path(store)
    if not path.exists():
        return doubtful("mirror", "nothing is resolved yet", "run 'rotonde sync'")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            kept = connection.execute("SELECT fingerprint FROM resolved").fetchall()
    except duckdb.IOException:
        return doubtful("mirror", "locked by a process that is at work", "look again when it has ended")
    except duckdb.Error:
        return wrong("mirror", "cannot be read", f"delete {path.name}; the next sync makes it anew")
    with store.reading() as connection:
        known = connection.execute(
            select(resolve_run.c.fingerprint).order_by(resolve_run.c.id.desc()).limit(1)
        ).scalar()
    if not kept or kept[0][0] != known:
        return doubtful("mirror", "not of the newest resolve", "run 'rotonde resolve'")
    return good("mirror", "of the newest resolve")


def scheduling(store: Store) -> Finding:
    """Tell whether anybody decides what starts."""
    with store.reading() as connection:
        if is_held(connection, SCHEDULER, now()):
            return good("scheduler", "one is at work")
    return doubtful(
        "scheduler", "none is at work", "run 'rotonde schedule run' as a service, or see docs/scheduling.md"
    )
