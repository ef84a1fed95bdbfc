"""Suppression: who must not come back, known by keyed hashes alone; the secret behind them is never in the database."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection, select, update

from plugins.store.engine import Store, StoreError
from plugins.store.mirror import home
from plugins.store.rights_tables import suppression
from plugins.store.secret_file import kept_secret
from plugins.store.writing import insert_of

Kind = Literal["email", "phone", "card", "record"]
Reason = Literal["erased", "objected"]
Named = tuple[Kind, str]
"""A kind of identifier and its value; a record's is `source:source_id`."""
KEY_FILE = "suppression.key"
FORM = "1"
CHECK = "check"
"""A row that stands for nobody: it tells whether the secret is the one that this store's keys were made with."""


def key_of(secret: bytes, kind: str, value: str) -> str:
    """Return the suppression key of an identifier: its form's number, and HMAC-SHA-256 of kind and value."""
    plain = value.strip().lower() if kind == "email" else value.strip()
    digest = hmac.digest(secret, f"rotonde suppression {FORM}\x1f{kind}\x1f{plain}".encode(), "sha256")
    return f"{FORM}:{digest.hex()}"


def secret_of(store: Store, *, make: bool = False) -> bytes | None:
    """Return ROTONDE_SUPPRESSION_KEY, or what the file in the store's home says; `make` writes the file once."""
    return kept_secret("ROTONDE_SUPPRESSION_KEY", home(store) / KEY_FILE, make=make)


def checked_secret(connection: Connection, store: Store) -> bytes:
    """Return the secret of this store's keys, made with the first of them; raises StoreError for another one."""
    known = connection.execute(select(suppression.c.key).where(suppression.c.kind == CHECK)).scalar()
    secret = secret_of(store, make=known is None)
    if secret is None or (known is not None and not hmac.compare_digest(known, key_of(secret, CHECK, ""))):
        raise StoreError(
            f"suppression: the key is not the one of this store, so nobody could be kept out; put back {KEY_FILE} or "
            f"ROTONDE_SUPPRESSION_KEY"
        )
    return secret


def suppress(
    connection: Connection, store: Store, named: Iterable[Named], reason: Reason, at: str, erasure: str | None = None
) -> list[tuple[str, str]]:
    """Write the keys of a person inside the caller's transaction; returns (key, kind) of each."""
    secret = checked_secret(connection, store)
    keys: list[tuple[str, str]] = sorted({(key_of(secret, kind, value), kind) for kind, value in named})
    enter(connection, [*keys, (key_of(secret, CHECK, ""), CHECK)], reason, at, erasure)
    return keys


def enter(
    connection: Connection, keys: Iterable[tuple[str, str]], reason: Reason, at: str, erasure: str | None
) -> None:
    """Write keys as they are; a person who was erased stays so when they object as well."""
    rows = [
        {"key": key, "kind": kind, "reason": reason, "erasure": erasure, "at": at, "lifted_at": None}
        for key, kind in keys
    ]
    statement = insert_of(connection)(suppression)
    stronger = (statement.excluded.reason == "erased") | suppression.c.lifted_at.is_not(None)
    names = ("reason", "erasure", "at", "lifted_at")
    changed = {name: statement.excluded[name] for name in names}
    standing = (suppression.c.kind != CHECK) & (stronger | (suppression.c.reason == "objected"))
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed, where=standing), rows)


def lift(connection: Connection, keys: Iterable[str], at: str) -> None:
    """Let people come back who said so themselves, after they were suppressed."""
    mine = suppression.c.key.in_(list(keys)) & suppression.c.lifted_at.is_(None) & (suppression.c.at < at)
    connection.execute(update(suppression).where(mine).values(lifted_at=at))


def suppressed(connection: Connection, store: Store, named: Iterable[Named]) -> set[Named]:
    """Return which of some identifiers must not be written to: erased or objected, and not lifted."""
    listed = list(named)
    standing = suppression.c.lifted_at.is_(None) & (suppression.c.kind != CHECK)
    if not listed or connection.execute(select(suppression.c.key).where(standing).limit(1)).scalar() is None:
        return set()
    secret = checked_secret(connection, store)
    keys = {key_of(secret, kind, value): (kind, value) for kind, value in listed}
    found = connection.execute(select(suppression.c.key).where(standing, suppression.c.key.in_(list(keys))))
    return {keys[row.key] for row in found}
