"""A copy of the mirror as it was after the last resolve, for those who only look: nobody waits for anybody.

The engine lets one process at a time open a file that is written. The copy is put in its place in one step; who has the
one before open goes on reading it.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from plugins.store.engine import Store, StoreError
from plugins.store.mirror import mirror_path, open_file
from plugins.store.people import is_told, people_path, tell

COPY = "import shutil, sys; shutil.copyfile(*sys.argv[1:])"


def shown_path(store: Store) -> Path:
    """Return the file of the copy."""
    path = mirror_path(store)
    return path.with_name(f"{path.stem}-shown{path.suffix}")


def publish(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Put a copy of the mirror, which the connection holds, in the place of the one before; and of each person."""
    path = shown_path(store)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    connection.execute("CHECKPOINT")
    tell(connection, store)
    try:
        fresh.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        # a process of its own: the engine's lock on the file ends when any handle of ours to it is closed
        subprocess.run([sys.executable, "-c", COPY, mirror_path(store), fresh], check=True)  # noqa: S603
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def is_shown(store: Store) -> bool:
    """Tell whether there is anything to look at yet."""
    return shown_path(store).exists() and is_told(store)


def unpublish(store: Store) -> None:
    """Remove all that is shown; the next resolve shows it anew."""
    shown_path(store).unlink(missing_ok=True)
    people_path(store).unlink(missing_ok=True)


@contextmanager
def open_shown(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the copy to read; raises StoreError where nothing was resolved yet."""
    if not is_shown(store):
        raise StoreError("store: nothing is resolved yet; run 'rotonde sync' first")
    with open_file(shown_path(store), read_only=True) as connection:
        yield connection
