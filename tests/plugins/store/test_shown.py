"""What is shown of the mirror: read by anybody while it is written, and gone with whoever is erased."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from plugins.hub.rights.clearing import clear_derived
from plugins.store.engine import Store, StoreError
from plugins.store.mirror import mirror_path, open_mirror
from plugins.store.shown import open_shown, publish, shown_path


def told(store: Store) -> list[tuple[int]]:
    with open_shown(store) as shown:
        return shown.execute("SELECT v FROM t ORDER BY v").fetchall()


def test_who_looks_waits_for_nobody_who_writes(sqlite_store: Store) -> None:
    with open_mirror(sqlite_store) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS v")
        publish(connection, sqlite_store)
        connection.execute("INSERT INTO t VALUES (2)")
        assert told(sqlite_store) == [(1,)]
        with open_shown(sqlite_store) as before:
            publish(connection, sqlite_store)
            assert before.execute("SELECT count(*) FROM t").fetchall() == [(1,)]
    assert told(sqlite_store) == [(1,), (2,)]


def test_it_is_for_its_owner_only(sqlite_store: Store) -> None:
    with open_mirror(sqlite_store) as connection:
        publish(connection, sqlite_store)
    assert stat.S_IMODE(shown_path(sqlite_store).stat().st_mode) == 0o600
    assert len(list(shown_path(sqlite_store).parent.glob("*shown*"))) == 1


def test_the_mirror_stays_locked_for_others_while_it_is_copied(sqlite_store: Store) -> None:
    opens = f"import duckdb; duckdb.connect({str(mirror_path(sqlite_store))!r})"
    with open_mirror(sqlite_store) as connection:
        publish(connection, sqlite_store)
        assert subprocess.run([sys.executable, "-c", opens], capture_output=True).returncode == 1


def test_before_the_first_resolve_one_line_says_so(sqlite_store: Store) -> None:
    with pytest.raises(StoreError, match="nothing is resolved yet; run 'rotonde sync' first"), open_shown(sqlite_store):
        pass


def test_it_goes_with_the_mirror_when_somebody_is_erased(sqlite_store: Store) -> None:
    with open_mirror(sqlite_store) as connection:
        publish(connection, sqlite_store)
    clear_derived(sqlite_store)
    assert not shown_path(sqlite_store).exists()
