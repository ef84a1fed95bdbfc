"""Guessing takes ever longer: five tries, then a wait that doubles, for each account and each address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from plugins.console.seals import Seals
from plugins.store.console_tables import console_attempt
from plugins.store.engine import Store
from plugins.store.times import moment_of, utc_text
from plugins.store.writing import insert_of

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
REMEMBERED = timedelta(days=1)


def keys_of(seals: Seals, name: str, address: str) -> list[str]:
    """Return under which keys a try counts; neither names anybody."""
    return [seals.of_text("account", name), seals.of_text("address", address)]


def wait_after(tries: int) -> timedelta:
    """Return how long nobody is let in after so many tries."""
    beyond = tries - FREE_TRIES
    return timedelta(0) if beyond < 0 else min(FIRST_WAIT * 2 ** min(beyond, 20), LONGEST_WAIT)


def waited(store: Store, keys: Iterable[str], now: datetime) -> timedelta:
    """Count one try before it is made, and return how much longer it must wait; none may be made before that.

    Of two at once each counts before either is judged. Who comes while they must wait makes the wait no longer.
    """
    mine = console_attempt.c.key.in_(list(keys))
    with store.writing() as connection:
        connection.execute(delete(console_attempt).where(console_attempt.c.tried_at < utc_text(now - REMEMBERED)))
        known = {row.key: row for row in connection.execute(select(console_attempt).where(mine))}
        until = max((moment_of(row.waits_until) for row in known.values()), default=now)
        if until > now:
            return until - now
        for key in keys:
            tries = known[key].tries + 1 if key in known else 1
            values = {"tries": tries, "waits_until": utc_text(now + wait_after(tries)), "tried_at": utc_text(now)}
            statement = insert_of(connection)(console_attempt).values(key=key, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
    return timedelta(0)


def forgive(store: Store, keys: Iterable[str]) -> None:
    """Forget the tries of who has signed in."""
    with store.writing() as connection:
        connection.execute(delete(console_attempt).where(console_attempt.c.key.in_(list(keys))))
