"""Who is who by the rules in force: a change of them that turns too much upside down waits for a person."""

from __future__ import annotations

from datetime import datetime

import duckdb
from sqlalchemy import select

from mappers.identity import lifecycle
from mappers.identity.engine import Rules, rules_of
from mappers.identity.lifecycle import Upheaval, upheaval
from mappers.identity.resolve import resolve as group
from plugins.hub.meaning import Meaning
from plugins.rules.identity import Upheaval as Limits
from plugins.store.engine import Store
from plugins.store.tables import resolve_run

LEAST = 20
"""With fewer persons than this no guard speaks."""
HELD = "CREATE TABLE IF NOT EXISTS held_back (rules TEXT, told TEXT)"


def place(connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, now: datetime, *, accept: bool) -> str:
    """Give every record its profile, by the rules as they are, or as they were where a guard stops them.

    Returns what the guard says; nothing where the rules hold.
    """
    connection.execute(HELD)
    before = _before(store)
    if accept or before is None or before.text == meaning.identity.text:
        regroup(connection, meaning.identity, now)
        connection.execute("DELETE FROM held_back")
        return ""
    told = held_back(connection, meaning) or _tried(connection, meaning, now)
    if told:
        regroup(connection, before, now)
    connection.execute("DELETE FROM held_back")
    connection.execute("INSERT INTO held_back SELECT ?, ? WHERE ? <> ''", [meaning.identity.version, told, told])
    return told


def held_back(connection: duckdb.DuckDBPyConnection, meaning: Meaning) -> str:
    """Return what the guard said of these very rules; nothing where they are in force, or new."""
    known = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'held_back'"
    if not connection.execute(known).fetchall():
        return ""
    found = connection.execute("SELECT told FROM held_back WHERE rules = ?", [meaning.identity.version]).fetchall()
    return str(found[0][0]) if found else ""


def broken(found: Upheaval, limits: Limits) -> str:
    """Return what an upheaval breaks, with counts, or nothing."""
    if found.persons < LEAST:
        return ""
    told = [
        f"{count:,} of {found.persons:,} persons would {what}"
        for count, most, what in ((found.joined, limits.join, "join others"), (found.split, limits.split, "fall apart"))
        if count * 100 > found.persons * most
    ]
    if not told:
        return ""
    return (
        f"identity.yml: {' and '.join(told)}; the rules before stay in force. "
        "See 'rotonde plan --rules', then correct it, or 'rotonde resolve --accept'"
    )


def _tried(connection: duckdb.DuckDBPyConnection, meaning: Meaning, now: datetime) -> str:
    regroup(connection, meaning.identity, now)
    return broken(upheaval(connection), meaning.upheaval)


def regroup(connection: duckdb.DuckDBPyConnection, rules: Rules, now: datetime) -> None:
    """Group the records of the mirror by these rules, and give each group its id."""
    group(connection, rules)
    lifecycle.assign(connection, now)


def _before(store: Store) -> Rules | None:
    with store.reading() as connection:
        newest = select(resolve_run.c.identity).order_by(resolve_run.c.id.desc()).limit(1)
        said = connection.execute(newest).scalar()
    return None if said is None else rules_of(said)
