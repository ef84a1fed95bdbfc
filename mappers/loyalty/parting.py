"""What accounts would lose where records have another owner; worked out beside the ledger, nothing is posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
from sqlalchemy import Connection, Row, select

from mappers.loyalty.catching_up import ACCOUNTS_AT_ONCE, POINTS, STRAYED
from mappers.loyalty.fold import fold
from mappers.loyalty.posting import SAID, newest
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account, loyalty_event, loyalty_subject
from plugins.store.mirror import attached
from plugins.store.times import utc_text
from plugins.store.writing import any_of

HELD_BY = (
    select(loyalty_subject.c.subject, loyalty_subject.c.account, loyalty_account.c.holder)
    .join(loyalty_account, loyalty_account.c.id == loyalty_subject.c.account)
)  # fmt: skip
SAID_IN = (
    select(loyalty_subject.c.account, loyalty_subject.c.subject, *(loyalty_event.c[name] for name in SAID))
    .join(loyalty_subject, loyalty_subject.c.subject == loyalty_event.c.subject)
    .where(loyalty_event.c.unit == POINTS).order_by(loyalty_event.c.revision)
)  # fmt: skip


@dataclass(slots=True)
class Parting:
    """What one account would lose with the records that leave it."""

    one: str
    """Who holds the account."""
    other: list[str] = field(default_factory=list)
    """Who would have the records."""
    points: int = 0
    """Less available or held; below nothing where spending leaves, and the account has more."""


def partings(connection: duckdb.DuckDBPyConnection, store: Store, now: datetime) -> list[Parting]:
    """Return the accounts that would not stay as they are, most points first, by the persons in the engine.

    Needs `customer`, `placed`, `follower` and `person`, as a resolve leaves them. Time is let pass until `now` on both
    sides, so that what lapses by itself is not told as moved.
    """
    with attached(connection, store):
        owners = {str(subject): str(holder) for subject, holder in connection.execute(STRAYED).fetchall()}
    with store.reading() as reader:
        known, subjects = _leaving(reader, owners)
        for account, before, after in _compared(reader, list(known), subjects, utc_text(now)):
            known[account].points = before - after
    return sorted((each for each in known.values() if each.points), key=lambda each: (-each.points, each.one))


def _leaving(reader: Connection, owners: dict[str, str]) -> tuple[dict[str, Parting], set[str]]:
    """Return each account that records leave, with its holder and theirs, and the subjects of those records."""
    found: dict[str, Parting] = {}
    for subject, account, holder in reader.execute(HELD_BY.where(any_of(reader, loyalty_subject.c.subject, [*owners]))):
        to = found.setdefault(account, Parting(holder)).other
        if owners[subject] not in to:
            to.append(owners[subject])
    for each in found.values():
        each.other.sort()
    return found, set(owners)


def _compared(
    reader: Connection, accounts: Sequence[str], leaving: set[str], stamp: str
) -> Iterator[tuple[str, int, int]]:
    """Give what each account has, and what it would have by the events of the records that stay."""
    for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        said: dict[str, list[Row[tuple[str, ...]]]] = defaultdict(list)
        mine = any_of(reader, loyalty_subject.c.account, accounts[start : start + ACCOUNTS_AT_ONCE])
        for row in reader.execute(SAID_IN.where(mine)):
            said[row.account].append(row)
        for account, rows in said.items():
            yield account, _has(rows, stamp), _has((row for row in rows if row.subject not in leaving), stamp)


def _has(rows: Iterable[Row[tuple[str, ...]]], stamp: str) -> int:
    account = fold(newest(row[2:] for row in rows), stamp)
    return account.available + account.held
