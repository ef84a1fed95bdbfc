"""Writing together: each piece wholly or not at all, kept before it is told, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from plugins.store.engine import Store, next_number, open_store
from plugins.store.migrate import migrate
from plugins.store.together import Together, keep_checkpointing

WRITERS, TIMES = 8, 20
KEPT = text("SELECT count(*) FROM api_request")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    migrate(open_store(store_url))
    store = open_store(store_url, serves=True)
    yield store
    store.close()


def keep(key: str, connection: Connection) -> str:
    """Keep a row of that key."""
    values = {"key": key}
    connection.execute(text("INSERT INTO api_request VALUES ('till', :key, '', 0, '', '')"), values)
    return key


def fail(key: str, connection: Connection) -> str:
    """Keep a row and think better of it."""
    keep(key, connection)
    raise ValueError(key)


def kept(store: Store) -> int:
    with store.reading() as reader:
        return int(reader.execute(KEPT).scalar_one())


def test_all_threads_get_their_own_result_and_none_is_lost(store: Store) -> None:
    together = Together(store)
    with ThreadPoolExecutor(WRITERS) as threads:
        numbers = threads.map(lambda _: together.run(lambda each: next_number(each, "row_seq")), range(WRITERS * TIMES))
    assert sorted(numbers) == list(range(1, WRITERS * TIMES + 1))


def test_what_is_told_is_kept_already(store: Store) -> None:
    together = Together(store)
    for number in range(3):
        together.run(partial(keep, str(number)))
        assert kept(store) == number + 1


def test_one_that_fails_is_taken_back_alone(store: Store) -> None:
    together, started = Together(store), threading.Barrier(WRITERS)

    def ask(number: int) -> str:
        started.wait()
        try:
            return together.run(partial(fail if number % 4 == 0 else keep, str(number)))
        except ValueError as error:
            return f"failed {error}"

    with ThreadPoolExecutor(WRITERS) as threads:
        told = list(threads.map(ask, range(WRITERS)))
    assert told == ["failed 0", "1", "2", "3", "failed 4", "5", "6", "7"]
    assert kept(store) == 6


def test_a_fault_of_the_database_falls_on_nobody_else(store: Store) -> None:
    together = Together(store)
    together.run(partial(keep, "same"))
    with ThreadPoolExecutor(WRITERS) as threads:
        asked = [threads.submit(together.run, partial(keep, key)) for key in ("same", "other", "same", "third")]
    assert [isinstance(each.exception(), DBAPIError) for each in asked] == [True, False, True, False]
    assert kept(store) == 3


def test_waiting_work_is_committed_in_one_transaction(sqlite_url: str) -> None:
    store = open_store(sqlite_url, serves=True)
    migrate(store)
    together, is_open, may_go = Together(store), threading.Event(), threading.Event()
    seen: list[int] = []

    def first(_: Connection) -> None:
        is_open.set()
        may_go.wait()

    def later(connection: Connection) -> None:
        seen.append(id(connection))

    with ThreadPoolExecutor(WRITERS) as threads:
        threads.submit(together.run, first)
        is_open.wait()
        asked = [threads.submit(together.run, later) for _ in range(WRITERS - 1)]
        while together.waiting < WRITERS - 1:
            pass
        may_go.set()
        for each in asked:
            each.result()
    assert len(set(seen)) == 1
    store.close()


def test_the_log_is_moved_into_the_file_while_others_write(sqlite_url: str) -> None:
    first = open_store(sqlite_url)
    migrate(first)
    first.close()
    store = open_store(sqlite_url, serves=True)
    together = Together(store)
    threading.Thread(target=keep_checkpointing, args=[store, 0.01], daemon=True).start()
    number = 0
    while _rows_in_file(store) == 0:
        together.run(partial(keep, str(number)))
        number += 1


def _rows_in_file(store: Store) -> int:
    """Count what stands in the file itself, without the log beside it."""
    with sqlite3.connect(f"file:{store.path}?immutable=1", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM api_request").fetchone()[0])
