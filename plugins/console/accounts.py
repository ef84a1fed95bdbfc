"""Accounts of the console: passwords as argon2id, and what a role is; every change ends the account's sessions."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from plugins.console.roles import Role
from plugins.store.console_tables import console_account, console_session
from plugins.store.engine import Store, StoreError
from plugins.store.times import utc_text

# OWASP's least for argon2id: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""No password has this hash; to check against it takes as long as against any other."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Each check takes 19 MB."""
SHORTEST, LONGEST = 12, 200


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    name: str
    role: Role
    language: str | None


def is_password(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one behind a hash; takes as long where there is none."""
    with AT_ONCE:
        try:
            return HASHER.verify(kept or NOBODY, password) and kept is not None
        except VerifyMismatchError:
            return False


def add(store: Store, name: str, role: Role, password: str, now: datetime, language: str | None = None) -> None:
    """Make an account; raises StoreError where the name is taken or the password too short."""
    values = {"name": name, "role": role.value, "language": language, "is_disabled": False, "made_at": utc_text(now)}
    row = {**values, "password": _hashed(password), "changed_at": utc_text(now)}
    try:
        with store.writing() as connection:
            connection.execute(insert(console_account).values(row))
    except IntegrityError:
        raise StoreError(f"console: account {name!r} is there already; choose another name") from None


def set_password(store: Store, name: str, password: str, now: datetime) -> None:
    """Give an account another password; whoever is signed in with it must do so again."""
    _change(store, name, {"password": _hashed(password)}, now)


def set_disabled(store: Store, name: str, now: datetime) -> None:
    """Let nobody sign in with an account any more; ends its sessions."""
    _change(store, name, {"is_disabled": True}, now)


def set_language(store: Store, name: str, language: str) -> None:
    """Remember in which language somebody reads."""
    with store.writing() as connection:
        mine = console_account.c.name == name
        connection.execute(update(console_account).where(mine).values(language=language))


def listed(store: Store) -> list[dict[str, Any]]:
    """Return every account without its password."""
    columns = [each for each in console_account.c if each.name != "password"]
    with store.reading() as connection:
        rows = connection.execute(select(*columns).order_by(console_account.c.name)).mappings()
        return [dict(each) for each in rows]


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise StoreError(f"console: a password has {SHORTEST} to {LONGEST} signs; choose a longer one")
    return HASHER.hash(password)


def _change(store: Store, name: str, values: Mapping[str, Any], now: datetime) -> None:
    changed = update(console_account).where(console_account.c.name == name)
    with store.writing() as connection:
        done = connection.execute(changed.values(**values, changed_at=utc_text(now)))
        connection.execute(delete(console_session).where(console_session.c.account == name))
    if not done.rowcount:
        raise StoreError(f"console: no account {name!r}; see 'rotonde console account list'")
