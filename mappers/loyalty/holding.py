"""Spending: a hold sets points aside, a capture spends them, a release gives them back; each hold ends once.

Safe with any number of channels at once: the account is locked while it is decided. What time it is, the store says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, select, text

from mappers.loyalty.books import Book, open_books
from mappers.loyalty.event import Event
from mappers.loyalty.posting import Posting, post_into
from plugins.store.loyalty_tables import loyalty_event, loyalty_subject
from plugins.store.times import utc_text

SOURCE = "hub"
LARGEST = 1_000_000_000
WAITED = timedelta(minutes=1)
"""What lies further ahead than this comes from a till whose clock is wrong, and is no reason to be late."""
HELD = (
    select(loyalty_subject.c.account, loyalty_event.c.subject, loyalty_event.c.amount)
    .join(loyalty_subject, loyalty_subject.c.subject == loyalty_event.c.subject)
    .where(loyalty_event.c.key == bindparam("key"), loyalty_event.c.kind == "hold")
)


class Refused(Exception):  # noqa: N818 - an answer to a caller, not a fault
    """A request that cannot be granted; `code` is for machines, the text is `what; what to do`."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(told)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to."""

    hold: str
    amount: int
    available: int
    """What may be spent after it."""


def store_time(connection: Connection) -> datetime:
    """Return the time by the store's clock: one for all who use it."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)  # an embedded store has the clock of its machine
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


def balance(connection: Connection, account: str, now: datetime) -> Book:
    """Return an account as it stands, with what time did to it and nobody has posted yet; nothing is written."""
    (book,) = open_books(connection, [account]).values()
    book.account.advance(utc_text(now))
    return book


def hold(
    connection: Connection, account: str, subject: str, key: str, amount: int, now: datetime, *,
    life: timedelta, grace: timedelta, order: str = "",
) -> Answer:  # fmt: skip
    """Set an amount aside for as long as `life`, to pay for an order; raises Refused where there is not enough.

    `grace` is how long points live on that lapse while they are set aside, once they are given back.
    """
    if not 0 < amount <= LARGEST:
        raise Refused("bad_amount", f"amount: not a whole number from 1 to {LARGEST}; correct it")
    books = open_books(connection, [account])
    book = books[account]
    now = _after(book, now)
    held_from, until = utc_text(now), utc_text(now + life)
    _bring_up(connection, books, now)
    if book.account.available < amount:
        raise Refused("not_enough", f"amount: {amount} asked, {book.account.available} available; ask for less")
    event = Event(key, "hold", amount, held_from, until, utc_text(now + life + grace), order)
    post_into(connection, books, {account: [_posting(book, event, subject)]}, now, are_made_now=True)
    return Answer(key, amount, book.account.available)


def capture(connection: Connection, key: str, amount: int | None, now: datetime) -> Answer:
    """Spend what is set aside, or less, and give back the rest; raises Refused where the hold is no longer open."""
    book, subject, held = _held(connection, key)
    if amount is not None and not 0 < amount <= held:
        raise Refused("bad_amount", f"amount: not a whole number from 1 to {held}, what is set aside; correct it")
    spent = held if amount is None else amount
    now = _after(book, now)
    return _end(connection, book, Event(f"{key}:captured", "capture", spent, utc_text(now), refers=key), subject, now)


def release(connection: Connection, key: str, now: datetime) -> Answer:
    """Give back what is set aside; raises Refused where the hold is no longer open."""
    book, subject, held = _held(connection, key)
    now = _after(book, now)
    return _end(connection, book, Event(f"{key}:released", "release", held, utc_text(now), refers=key), subject, now)


def _end(connection: Connection, book: Book, event: Event, subject: str, now: datetime) -> Answer:
    books = {book.id: book}
    _bring_up(connection, books, now)
    if event.refers not in book.account.holds:
        raise Refused("not_open", "hold: captured, released or timed out already; make a new one")
    post_into(connection, books, {book.id: [_posting(book, event, subject)]}, now, are_made_now=True)
    return Answer(event.refers, event.amount, book.account.available)


def _after(book: Book, now: datetime) -> datetime:
    """Return a moment after all that was decided here: who waited for the lock may have asked the time before."""
    last = datetime.fromisoformat(book.account.to[0]) if book.account.to[0] else now - WAITED
    return last + timedelta(microseconds=1) if now <= last < now + WAITED else now


def _bring_up(connection: Connection, books: dict[str, Book], now: datetime) -> None:
    """Let what is due lapse first, so that nobody spends it."""
    if any(book.account.due <= utc_text(now) for book in books.values()):
        post_into(connection, books, dict.fromkeys(books, ()), now)


def _posting(book: Book, event: Event, subject: str) -> Posting:
    return Posting(event, subject, SOURCE, book.unit, rule=event.kind)


def _held(connection: Connection, key: str) -> tuple[Book, str, int]:
    """Return the account of a hold, locked, its subject and its amount."""
    while found := connection.execute(HELD, {"key": key}).one_or_none():
        (book,) = open_books(connection, [found.account]).values()
        # nobody moved it while we waited for the lock: it is open here, or it was ended here
        if key in book.account.holds or connection.execute(HELD, {"key": key}).scalar() == book.id:
            return book, str(found.subject), int(found.amount)
    raise Refused("no_such_hold", "hold: not known; make one first")
