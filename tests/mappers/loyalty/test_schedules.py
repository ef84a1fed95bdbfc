"""Random schedules: crashes, replays, repeats, corrections, merges, in any order; the ledger comes to the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy
from sqlalchemy import Connection, select

from mappers.loyalty.books import open_books
from mappers.loyalty.event import Event
from mappers.loyalty.fold import fold
from mappers.loyalty.holders import settle
from mappers.loyalty.posting import Posting, events_of, move_subjects, post
from plugins.store.engine import Store, open_store
from plugins.store.loyalty_tables import loyalty_event
from plugins.store.migrate import migrate
from tests.mappers.loyalty.test_fold import lots, told
from tests.mappers.loyalty.test_posting import LATER, shuffled, sound, standing
from tests.mappers.loyalty.world import END, START, life

CRASHES = ("in ledger after events", "in ledger after entries")
Said = Mapping[str, tuple[str, Event]]
"""Event key -> the record it is of, and the event."""


@pytest.fixture
def ledger(sqlite_url: str) -> Iterator[Store]:
    """A ledger in a file that is not waited for: here transactions end by exceptions, not by the power."""
    store = open_store(sqlite_url)
    sqlalchemy.event.listen(store.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())
    migrate(store)
    yield store
    store.close()


@contextmanager
def crashing(point: str) -> Iterator[None]:
    """Let the transaction inside end at a crash point, where it comes by one."""
    os.environ["ROTONDE_CRASH"] = f"{point}:exception"
    try:
        yield
    except RuntimeError as error:
        assert str(error) == f"crash point: {point}"
    finally:
        del os.environ["ROTONDE_CRASH"]


def arrive(connection: Connection, batch: Sequence[tuple[str, Event]], now: datetime) -> None:
    """Post what is new or says something else, as catching up does."""
    known = settle(connection, {("till", who): who for who, _ in batch})
    given: dict[str, list[Posting]] = {holder.account: [] for holder in known.values()}
    for key, (who, event) in {event.key: (who, event) for who, event in batch}.items():
        subject, account = known["till", who]
        before = connection.execute(
            select(loyalty_event).where(loyalty_event.c.key == key).order_by(loyalty_event.c.revision)
        ).all()
        if not before or before[-1].amount != event.amount:
            given[account].append(Posting(event, subject, "till", revision=len(before)))
    post(connection, given, now)


def follow(connection: Connection, who: str, to: str, now: datetime) -> None:
    """Let a record belong to the account that another one began with, or to its own again."""
    home = settle(connection, {("till", who): who, ("home", to): to})
    move_subjects(connection, {home["till", who].subject: home["home", to].account}, now)


def surely(store: Store, dice: Random, work: Callable[[Connection], None]) -> None:
    """Do it, often after it was begun and ended by a crash, and sometimes twice."""
    while dice.random() < 0.3:
        with crashing(dice.choice(CRASHES)), store.writing() as connection:
            work(connection)
    with store.writing() as connection:
        work(connection)


def schedule(store: Store, dice: Random, number: int) -> None:
    """Live two lives in one schedule, and compare what they came to with the arithmetic of the same events."""
    names = (f"{number}a", f"{number}b")
    events = [(who, event) for who in names for event in life(dice, f"{who}-", 8)]
    corrected = [(who, event._replace(amount=event.amount + 7)) for who, event in events if dice.random() < 0.1]
    final = {event.key: (who, event) for who, event in [*events, *corrected]}
    now, owner = START, names[1]
    for batch in [*shuffled(dice, [*events, *events[::3]]), corrected, list(final.values())]:
        now += timedelta(hours=dice.randint(0, 300))
        surely(store, dice, lambda connection, batch=batch, now=now: arrive(connection, batch, now))
        if dice.random() < 0.3:
            owner = dice.choice(names)
            surely(store, dice, lambda connection, to=owner, now=now: follow(connection, names[1], to, now))
    agrees(store, names, final, owner)


def agrees(store: Store, names: tuple[str, str], final: Said, owner: str) -> None:
    """Check both accounts against the events of their owners."""
    with store.writing() as connection:
        accounts = {name: settle(connection, {("home", name): name})["home", name].account for name in names}
        post(connection, dict.fromkeys(accounts.values(), ()), LATER)
        books = open_books(connection, accounts.values())
    for name, account in accounts.items():
        mine = [event for who, event in final.values() if (owner if who == names[1] else names[0]) == name]
        due = fold(mine, END)
        assert standing(store, account) == told(due), name
        assert lots(books[account].account) == lots(due), name
        with store.reading() as connection:
            assert sorted(events_of(connection, account, "points")) == sorted(mine)


def schedules(store: Store, seed: int, times: int) -> None:
    dice = Random(seed)
    for number in range(times):
        schedule(store, dice, number)
    sound(store)


@pytest.mark.parametrize("seed", range(4))
def test_l1_l4_l7_l16_crashes_repeats_and_merges_in_any_order_come_to_the_same(ledger: Store, seed: int) -> None:
    schedules(ledger, seed, 50)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_l1_l4_l7_l16_ten_thousand_schedules_come_to_the_same(ledger: Store, seed: int) -> None:
    schedules(ledger, seed, 100)
