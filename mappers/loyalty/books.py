"""Accounts as the store keeps them: opened under a lock, closed with their new entries, chained by hashes."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, select

from mappers.loyalty.event import NEVER
from mappers.loyalty.fold import Account, Effect
from plugins.store.loyalty_tables import ledger_entry, loyalty_account
from plugins.store.writing import any_of, bulk_insert, bulk_update

ENTRY = (
    "account", "n", "batch", "event", "aspect", "unit", "debit", "credit", "amount", "at", "corrects", "reason",
    "posted_at", "hash",
)  # fmt: skip
CHAINED = ("account", "n", "event", "aspect", "unit", "debit", "credit", "amount", "at", "corrects", "reason")
"""What a hash covers, after the hash before it."""
ACCOUNT = (
    "id", "unit", "holder", "entries", "hash", "available", "held", "debt", "uncovered", "due_at", "state",
)  # fmt: skip
ENTRIES_OF = (
    select(*(ledger_entry.c[name] for name in ("n", "event", "aspect", "debit", "credit", "amount", "at")))
    .where(ledger_entry.c.account == bindparam("account")).order_by(ledger_entry.c.n)
)  # fmt: skip
OPENED = select(loyalty_account).order_by(loyalty_account.c.id).with_for_update()
OPENED_ONE = OPENED.where(loyalty_account.c.id == bindparam("one"))
EMPTY = json.dumps(Account().as_json())
Entry = tuple[str, int, int, str, str, str, str, str, int, str, int | None, str, str, str]


def chained(before: str, values: Iterable[object]) -> str:
    """Return the hash of an entry: `values` are those of `CHAINED`."""
    text = "\x1f".join(["" if value is None else str(value) for value in values])
    return hashlib.sha256(f"{before}\x1f{text}".encode()).hexdigest()


@dataclass(slots=True)
class Book:
    """One account, open for writing inside a transaction."""

    id: str
    unit: str
    entries: int = 0
    hash: str = ""
    account: Account = field(default_factory=Account)
    written: list[Entry] = field(default_factory=list)
    is_new: bool = False

    def write(self, effects: Iterable[Effect], reason: str, batch: int, posted_at: str, corrects: int | None) -> None:
        """Add an entry for each effect."""
        for event, aspect, debit, credit, amount, at in effects:
            self.entries += 1
            values = (
                self.id, self.entries, event, aspect, self.unit, debit, credit, amount, at, corrects, reason
            )  # fmt: skip
            self.hash = chained(self.hash, values)
            self.written.append((
                self.id, self.entries, batch, event, aspect, self.unit, debit, credit, amount, at, corrects, reason,
                posted_at, self.hash,
            ))  # fmt: skip


def new_batch() -> int:
    """Return a number for what one transaction posts; drawn, so that nobody waits for a counter."""
    return secrets.randbits(62)


def open_accounts(connection: Connection, unit: str, holders: Sequence[str]) -> dict[str, str]:
    """Make an account for each holder, and return their ids, which say nothing of the holders."""
    made = {holder: f"a{secrets.token_hex(10)}" for holder in holders}
    rows = [(key, unit, holder, 0, "", 0, 0, 0, 0, NEVER, EMPTY) for holder, key in made.items()]
    bulk_insert(connection, loyalty_account, ACCOUNT, rows)
    return made


def open_books(connection: Connection, ids: Iterable[str]) -> dict[str, Book]:
    """Open accounts for writing, in the order of their ids, so that two who want the same wait and do not deadlock."""
    books: dict[str, Book] = {}
    for row in _opened(connection, list(ids)):
        account = Account.of_json(json.loads(row.state), -row.debt, -row.uncovered)
        books[row.id] = Book(row.id, row.unit, row.entries, row.hash, account, is_new=not row.entries)
    return books


def _opened(connection: Connection, ids: Sequence[str]) -> CursorResult[Any]:
    """Return the rows of accounts; for one alone the statement stands ready, as a till waits for it."""
    if len(ids) == 1:
        return connection.execute(OPENED_ONE, {"one": ids[0]})
    return connection.execute(OPENED.where(any_of(connection, loyalty_account.c.id, ids)))


def close_books(connection: Connection, books: Mapping[str, Book]) -> None:
    """Write the new entries, and what each account comes to."""
    bulk_insert(connection, ledger_entry, ENTRY, [row for book in books.values() for row in book.written])
    changed = [
        (
            book.entries, book.hash, book.account.available, book.account.held, -book.account.debt,
            -book.account.uncovered, book.account.due, json.dumps(book.account.as_json()), book.id,
        )
        for book in books.values()
    ]  # fmt: skip
    bulk_update(connection, loyalty_account, "id", ACCOUNT[3:], changed)
    for book in books.values():
        book.written = []
        book.account.effects = []


def entries_of(connection: Connection, account: str) -> dict[str, list[tuple[int, Effect]]]:
    """Return the entries of an account by event, each with its number."""
    found: dict[str, list[tuple[int, Effect]]] = defaultdict(list)
    for n, *effect in connection.execute(ENTRIES_OF, {"account": account}):
        found[effect[0]].append((n, Effect(*effect)))
    return found
