"""The engine: nothing is lost between writers, and no error shows a value."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import SQLAlchemyError

from plugins.store.engine import DEFAULT_URL, Store, StoreError, open_store, url_from_environment
from plugins.store.tables import counter, membership, push, run
from tests.making import keep, person, stored
from tests.road.stage import ROOT

WRITERS, TIMES = 8, 50
CANARY = "canary.person@example.nl"


WRITER = """
import sys
from sqlalchemy import select
from plugins.store.engine import next_number, open_store
from plugins.store.tables import counter

store, times = open_store(sys.argv[1]), int(sys.argv[2])
fence = counter.c.name == "fence"
for _ in range(times):
    with store.writing() as connection:
        value = connection.execute(select(counter.c.value).where(fence).with_for_update()).scalar_one()
        connection.execute(counter.update().where(fence).values(value=value + 1))
        print(next_number(connection, "row_seq"))
"""


def test_o2_eight_processes_that_read_and_then_write_lose_nothing(store_url: str) -> None:
    command = [sys.executable, "-c", WRITER, store_url, str(TIMES)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(WRITERS)]
    said = [writer.communicate(timeout=120)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    assert sorted(int(number) for each in said for number in each) == list(range(1, WRITERS * TIMES + 1))
    store = open_store(store_url)
    assert {each["name"]: each["value"] for each in stored(store, counter)}["fence"] == WRITERS * TIMES
    store.close()


def test_a_block_that_fails_writes_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        connection.execute(insert(run).values(id="1", job="a", started_at="now"))
        raise ZeroDivisionError
    assert stored(store, run) == []


def test_a_reader_waits_for_no_writer_and_sees_what_was_committed(store: Store) -> None:
    keep(store, person("1"))
    with store.writing() as writer:
        writer.execute(insert(run).values(id="1", job="a", started_at="now"))
        assert stored(store, run) == []
    assert len(stored(store, run)) == 1


def failing(store: Store, statement: object) -> str:
    with pytest.raises(SQLAlchemyError) as caught, store.writing() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    return "".join(traceback.format_exception(caught.value))


def test_s5_an_error_never_shows_the_values_of_a_statement(store: Store) -> None:
    lacking = insert(push).values(key="k", wire_id=CANARY, payload=CANARY)
    assert CANARY not in failing(store, lacking)
    assert CANARY not in failing(store, text("SELECT :given FROM nowhere").bindparams(given=CANARY))


def test_s5_an_error_of_the_driver_never_shows_the_row(store: Store) -> None:
    row = {"source": "till", "source_id": CANARY, "profile_id": "P"}
    assert CANARY not in failing(store, insert(membership).values([row, row]))
    with pytest.raises(Exception, match=r"UNIQUE|duplicate") as caught, store.writing() as connection:
        cursor = connection.connection.driver_connection.cursor()
        cursor.execute(f"INSERT INTO membership VALUES ('till', '{CANARY}', 'P'), ('till', '{CANARY}', 'P')")
    assert CANARY not in "".join(traceback.format_exception_only(caught.value))


def test_s2_the_store_is_a_private_file_in_a_private_folder(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new/store.db")
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_sqlite_writes_ahead_and_syncs(sqlite_store: Store) -> None:
    with sqlite_store.reading() as connection:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///"])
def test_another_kind_of_database_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(StoreError, match="neither SQLite nor PostgreSQL") as caught:
        open_store(url)
    assert "\n" not in str(caught.value)


def test_the_store_is_where_the_environment_says() -> None:
    os.environ["ROTONDE_DATABASE_URL"] = "sqlite:///elsewhere.db"
    assert url_from_environment() == "sqlite:///elsewhere.db"
    os.environ["ROTONDE_DATABASE_URL"] = ""
    assert url_from_environment() == DEFAULT_URL
