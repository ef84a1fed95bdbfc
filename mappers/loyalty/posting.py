"""Posting: events into the ledger, each with one effect, however often and in whatever order they come.

What is in time is added to the account as it stands. What is late, changed, takes something back, or came with a
record that changed its owner, is worked out anew from all events of the account, and only the difference is posted:
the past is never changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from mappers.loyalty.books import Book, close_books, entries_of, new_batch, open_books
from mappers.loyalty.event import NEVER, Event, Kind, ordered, place_of
from mappers.loyalty.fold import Effect, fold
from plugins.store.crash import crashpoint
from plugins.store.loyalty_tables import loyalty_event, loyalty_subject
from plugins.store.times import utc_text
from plugins.store.writing import any_of, bulk_insert

EVENT = (
    "key", "revision", "source", "kind", "unit", "subject", "amount", "occurred_at", "expires_at", "grace_at", "refers",
    "rule", "rules_version", "recorded_at",
)  # fmt: skip
SAID = ("key", "kind", "amount", "occurred_at", "expires_at", "grace_at", "refers")
EVENTS_OF = (
    select(*(loyalty_event.c[name] for name in SAID))
    .join(loyalty_subject, loyalty_subject.c.subject == loyalty_event.c.subject)
    .where(loyalty_subject.c.account == bindparam("account"), loyalty_event.c.unit == bindparam("unit"))
    .order_by(loyalty_event.c.revision)
)  # fmt: skip
LATE, CHANGED, MOVED = "late event", "changed at its source", "record of another owner"
TAKES_BACK = ("reverse", "restore")
LARGEST = 2**63 - 1
"""What a column of the store holds."""


class NotPostable(Exception):  # noqa: N818 - a verdict about what is given
    """Events that no ledger can hold; nothing is written. The text is `where: what; what to do`, a line for each."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One event to be posted, and whose it is."""

    event: Event
    subject: str
    source: str
    unit: str = "points"
    rule: str = ""
    rules_version: str = ""
    revision: int = 0
    """More than 0 when the source said something else of this event before."""

    def row(self, recorded_at: str) -> tuple[object, ...]:
        """Return the row of `loyalty_event`."""
        event = self.event
        return (
            event.key, self.revision, self.source, event.kind, self.unit, self.subject, event.amount, event.at,
            None if event.expires_at == NEVER else event.expires_at,
            None if event.grace_at == NEVER else event.grace_at, event.refers or None, self.rule or None,
            self.rules_version or None, recorded_at,
        )  # fmt: skip


def post(connection: Connection, given: Mapping[str, Sequence[Posting]], now: datetime) -> dict[str, Book]:
    """Post events (account id -> its events) inside the caller's writing transaction; returns the accounts.

    An account that is named without events is brought up to the moment: what is due lapses.
    """
    return post_into(connection, open_books(connection, given), given, now)


def post_into(
    connection: Connection, books: dict[str, Book], given: Mapping[str, Sequence[Posting]], now: datetime, *,
    are_made_now: bool = False,
) -> dict[str, Book]:  # fmt: skip
    """Post events into accounts that the caller opened in this transaction; raises NotPostable before it writes.

    Of events whose keys `are_made_now`, nothing can have been taken back before they came.
    """
    _refuse(books, given)
    stamp, batch = utc_text(now), new_batch()
    named = [] if are_made_now else [posting for postings in given.values() for posting in postings]
    behind = _behind(
        books, given, _waited_for(connection, named)
    )  # before these events stand there: what comes together is in order
    rows = [posting.row(stamp) for postings in given.values() for posting in postings]
    bulk_insert(connection, loyalty_event, EVENT, rows)
    crashpoint("in ledger after events")
    for account, book in books.items():
        if account in behind:
            _again(connection, book, behind[account], batch, stamp)
        else:
            _ahead(book, given[account], batch, stamp)
    close_books(connection, books)
    crashpoint("in ledger after entries")
    return books


def _refuse(books: Mapping[str, Book], given: Mapping[str, Sequence[Posting]]) -> None:
    """Let no amount in that is not a size, and no unit into an account of another."""
    wrong: list[str] = []
    for account, postings in given.items():
        for posting in postings:
            where, amount, unit = f"event {posting.event.key}", posting.event.amount, books[account].unit
            if type(amount) is not int or not 0 <= amount <= LARGEST:
                wrong.append(f"{where}: its amount is not a whole number from 0 to {LARGEST}; give points, or cents")
            if posting.unit != unit:
                wrong.append(f"{where}: {posting.unit} into an account of {unit}; post it into one of its own unit")
    if wrong:
        raise NotPostable("\n".join(wrong))


def _ahead(book: Book, postings: Iterable[Posting], batch: int, stamp: str) -> None:
    """Add events that come after everything that is in."""
    reasons = {posting.event.key: posting.rule or posting.event.kind for posting in postings}
    for event in ordered(posting.event for posting in postings):
        book.account.apply(event)
    book.account.advance(stamp)
    for effect in book.account.effects:
        book.write([effect], effect.aspect or reasons.get(effect.event, effect.event), batch, stamp, None)


def _behind(
    books: Mapping[str, Book], given: Mapping[str, Sequence[Posting]], waited: set[str]
) -> dict[str, str]:  # fmt: skip
    """Return the accounts that must be worked out anew, and why."""
    why: dict[str, str] = {}
    for account, postings in given.items():
        events = [posting.event for posting in postings]
        if books[account].is_new and not any(event.key in waited for event in events):
            continue
        if any(posting.revision for posting in postings):
            why[account] = CHANGED
        elif any(
            event.kind in TAKES_BACK or place_of(event) <= books[account].account.to or event.key in waited
            for event in events
        ):
            why[account] = LATE
    return why


def _waited_for(connection: Connection, postings: Sequence[Posting]) -> set[str]:
    """Return which of these events something was taken back of before they came."""
    keys = [posting.event.key for posting in postings if posting.event.kind not in TAKES_BACK]
    if not keys:
        return set()
    mine = any_of(connection, loyalty_event.c.refers, keys)
    return {str(key) for key in connection.execute(select(loyalty_event.c.refers).where(mine)).scalars()}


def _again(connection: Connection, book: Book, reason: str, batch: int, stamp: str) -> None:
    """Work an account out from all its events, and post where that differs from what is posted."""
    account = fold(events_of(connection, book.id, book.unit), stamp)
    posted = entries_of(connection, book.id)
    due: dict[str, list[Effect]] = defaultdict(list)
    for effect in account.effects:
        due[effect.event].append(effect)
    for event in dict.fromkeys([*due, *posted]):
        before = [effect for _, effect in posted.get(event, ())]
        for aspect in dict.fromkeys(effect.aspect for effect in [*due.get(event, ()), *before]):
            effects = difference(
                [each for each in due.get(event, ()) if each.aspect == aspect],
                [each for each in before if each.aspect == aspect],
            )
            corrects = posted[event][0][0] if event in posted else None
            book.write(effects, reason if corrects else aspect or reason, batch, stamp, corrects)
    book.account = account


def difference(due: Sequence[Effect], posted: Sequence[Effect]) -> list[Effect]:
    """Return what must still be posted of one event and aspect, so that all together comes to what is due."""
    parts: dict[str, int] = defaultdict(int)
    for effects, sign in ((due, 1), (posted, -1)):
        for effect in effects:
            parts[effect.credit] += sign * effect.amount
            parts[effect.debit] -= sign * effect.amount
    at = max(effect.at for effect in [*due, *posted])
    key, aspect = (due or posted)[0][:2]
    made: list[Effect] = []
    for debit in sorted(name for name, amount in parts.items() if amount < 0):
        for credit in sorted(name for name, amount in parts.items() if amount > 0):
            if amount := min(-parts[debit], parts[credit]):
                made.append(Effect(key, aspect, debit, credit, amount, at))
                parts[debit] += amount
                parts[credit] -= amount
    return made


def events_of(connection: Connection, account: str, unit: str) -> list[Event]:
    """Return the events whose records belong to an account, each as it was said last."""
    return newest(connection.execute(EVENTS_OF, {"account": account, "unit": unit}))


def newest(rows: Iterable[Sequence[Any]]) -> list[Event]:
    """Return the events of rows of `SAID` in the order of their revisions, each as it was said last."""
    found: dict[str, Event] = {}
    for key, kind, amount, at, expires_at, grace_at, refers in rows:
        found[key] = Event(key, _kind(kind), amount, at, expires_at or NEVER, grace_at or NEVER, refers or "")
    return list(found.values())


def _kind(said: str) -> Kind:
    return said  # type: ignore[return-value] # only `Posting.row` writes it


def move_subjects(connection: Connection, moves: Mapping[str, str], now: datetime) -> dict[str, Book]:
    """Let events follow their records (subject -> account) and post what that transfers, in one transaction.

    Each event leaves the one account as it came and goes into the other as if it had always been there, so a transfer
    that is taken back gives exactly what there was. Sums over all accounts stay.
    """
    found = connection.execute(
        select(loyalty_subject.c.subject, loyalty_subject.c.account).where(loyalty_subject.c.subject.in_(list(moves)))
    )
    former = {str(subject): str(account) for subject, account in found}
    changed = {subject: account for subject, account in moves.items() if former.get(subject) != account}
    stamp, batch = utc_text(now), new_batch()
    books = open_books(connection, {*changed.values(), *(former[subject] for subject in changed)})
    for subject, account in changed.items():
        connection.execute(update(loyalty_subject).where(loyalty_subject.c.subject == subject).values(account=account))
    crashpoint("in ledger after events")
    for book in books.values():
        _again(connection, book, MOVED, batch, stamp)
    close_books(connection, books)
    return books
