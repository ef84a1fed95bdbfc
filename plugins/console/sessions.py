"""Who is signed in: a random token in the browser, its HMAC in the store; half an hour idle or twelve hours end it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from plugins.console.accounts import Account, is_password
from plugins.console.roles import Role
from plugins.console.seals import Seals
from plugins.store.console_tables import console_account, console_session
from plugins.store.engine import Store
from plugins.store.times import moment_of, utc_text

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TOUCHED_EVERY = timedelta(minutes=1)
"""So often at most is it written down that a session is used."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    key: str
    account: Account
    form_token: str
    """What every form of theirs carries."""


def sign_in(store: Store, seals: Seals, name: str, password: str, before: str | None, now: datetime) -> str | None:
    """Return a new token where name and password are right; the one before ends."""
    with store.reading() as connection:
        row = connection.execute(select(console_account).where(console_account.c.name == name)).one_or_none()
    if not is_password(password, None if row is None or row.is_disabled else row.password):
        return None
    token = secrets.token_urlsafe(32)
    began = {"key": seals.of_text("session", token), "began_at": utc_text(now), "used_at": utc_text(now)}
    lapsed = [console_session.c.began_at < utc_text(now - LONGEST), console_session.c.used_at < utc_text(now - IDLE)]
    if before:
        lapsed.append(console_session.c.key == seals.of_text("session", before))
    with store.writing() as connection:
        connection.execute(delete(console_session).where(or_(*lapsed)))
        connection.execute(insert(console_session).values(account=name, **began))
    return token


def session_of(store: Store, seals: Seals, token: str | None, now: datetime) -> Session | None:
    """Return who holds a token, and note that they are there; None where it is nobody's, or has lapsed."""
    if not token:
        return None
    key = seals.of_text("session", token)
    both = select(console_session, console_account).join_from(
        console_session, console_account, console_session.c.account == console_account.c.name
    )
    with store.reading() as connection:
        row = connection.execute(both.where(console_session.c.key == key)).mappings().one_or_none()
    if row is None or row["is_disabled"] or row["role"] not in set(Role):
        return None
    used, began = moment_of(row["used_at"]), moment_of(row["began_at"])
    if now - used > IDLE or now - began > LONGEST:
        return None
    if now - used > TOUCHED_EVERY:
        with store.writing() as connection:
            mine = console_session.c.key == key
            connection.execute(update(console_session).where(mine).values(used_at=utc_text(now)))
    account = Account(row["name"], Role(row["role"]), row["language"])
    return Session(key, account, seals.of_text("form", token))


def sign_out(store: Store, session: Session) -> None:
    """End a session."""
    with store.writing() as connection:
        connection.execute(delete(console_session).where(console_session.c.key == session.key))
