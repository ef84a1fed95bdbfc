"""The ballast: a reserve beside an SQLite store, so that a no can still be written when the disk is full.

On a full disk SQLite refuses even a DELETE. PostgreSQL's disk is its server's concern.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from plugins.store.engine import Store

BALLAST_BYTES = 64 << 20
ROOM_BYTES = 4 * BALLAST_BYTES
"""The reserve is only made where the disk has several times as much free: it must not be what fills it."""
T = TypeVar("T")


def ballast_path(store: Store) -> Path:
    """Return the file of the reserve."""
    return store.path.with_suffix(".ballast")


def lay(store: Store) -> None:
    """Make the reserve, where there is none and room for it."""
    path = ballast_path(store)
    if not store.is_sqlite or path.exists() or shutil.disk_usage(store.path.parent).free < ROOM_BYTES:
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, stat.S_IRUSR | stat.S_IWUSR), "wb") as file:
        os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)  # real blocks, not a hole


def surely(store: Store, write: Callable[[], T]) -> T:
    """Return what a write gives; on a full disk the reserve is released, and it is tried once more."""
    try:
        return write()
    except (OperationalError, sqlite3.OperationalError) as error:  # the driver's own, where rows go in bulk
        if "is full" not in str(error) or not _release(store):
            raise
    return write()


def _release(store: Store) -> bool:
    path = ballast_path(store)
    is_there = store.is_sqlite and path.exists()
    if is_there:
        path.unlink()
    return is_there
