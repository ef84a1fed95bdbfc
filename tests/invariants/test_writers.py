"""Writers at once: nobody is told that the store is locked, and nothing that was written is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from plugins.hub import auditing
from plugins.store.decided_tables import audit
from plugins.store.engine import Store, next_number, open_store
from plugins.store.tables import ENTITY_TABLES, counter
from plugins.store.times import now
from tests.making import keep, person, stored

WRITERS = 8
PEOPLE = 40


def keep_some(store: Store, number: int, turn: int) -> None:
    """Keep people whom others keep as well, in an order of one's own."""
    several = random.Random(f"{number}-{turn}").sample(range(PEOPLE), 20)
    keep(store, *(person(str(each), first_name=f"{number}-{turn}") for each in several))


def count_up(store: Store, number: int, turn: int) -> None:
    """Read, think, and write by what was read."""
    with store.writing() as connection:
        value = connection.execute(select(counter.c.value).where(counter.c.name == "o2").with_for_update()).scalar_one()
        connection.execute(update(counter).where(counter.c.name == "o2").values(value=value + 1))


def take_number(store: Store, number: int, turn: int) -> None:
    with store.writing() as connection:
        next_number(connection, "o2_taken")


def write_log(store: Store, number: int, turn: int) -> None:
    auditing.note(store, "o2", str(number), {"turn": turn}, now())


WORK: tuple[Callable[[Store, int, int], None], ...] = (keep_some, count_up, take_number, write_log)


def write(url: str, number: int, turns: Iterator[int]) -> tuple[int, int]:
    """Work as one writer; gives how often, and how often the store refused."""
    store, done, refused = open_store(url), 0, 0
    for turn in turns:
        try:
            WORK[number % len(WORK)](store, number, turn)
        except DBAPIError:
            refused += 1
        done += 1
    store.close()
    return done, refused


def until(end: float) -> Iterator[int]:
    turn = 0
    while time.monotonic() < end:
        yield turn
        turn += 1


def writing_at_once(store: Store, url: str, turns: Callable[[], Iterator[int]]) -> None:
    with store.writing() as connection:
        connection.execute(counter.insert(), [{"name": name, "value": 0} for name in ("o2", "o2_taken")])
    with ThreadPoolExecutor(WRITERS) as pool:
        found = [each.result() for each in [pool.submit(write, url, number, turns()) for number in range(WRITERS)]]
    assert [refused for _, refused in found] == [0] * WRITERS
    done = {kind: sum(found[each][0] for each in range(WRITERS) if WORK[each % len(WORK)] is kind) for kind in WORK}
    with store.reading() as connection:
        counted = dict(connection.execute(select(counter.c.name, counter.c.value)).tuples().all())
        logged = len(connection.execute(select(audit.c.about).where(audit.c.kind == "o2")).all())
    assert (counted["o2"], counted["o2_taken"], logged) == (done[count_up], done[take_number], done[write_log])
    assert len(stored(store, ENTITY_TABLES["customer"])) == PEOPLE


def test_o2_eight_writers_at_once_are_never_told_that_the_store_is_locked(store: Store, store_url: str) -> None:
    writing_at_once(store, store_url, lambda: islice(until(time.monotonic() + 600), 30))


@pytest.mark.long
def test_o2_eight_writers_write_for_ten_minutes(store: Store, store_url: str) -> None:
    end = time.monotonic() + 600
    writing_at_once(store, store_url, lambda: until(end))
