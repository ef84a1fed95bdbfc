"""The list of who must not come back, kept as keys beside the store: it outlives a backup that is put back.

One JSON line for each act: a person erased or objecting, or keys lifted. It names nobody.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

from plugins.store.engine import Store
from plugins.store.mirror import home

LIST_FILE = "erasures.jsonl"


class Listed(TypedDict):
    """One line of the list."""

    act: Literal["erased", "objected", "lifted"]
    id: str | None
    at: str
    by: str | None
    keys: list[list[str]]
    """Key and kind of each identifier."""


def list_path(store: Store) -> Path:
    """Return the file of the list."""
    return home(store) / LIST_FILE


def append(
    store: Store, act: Literal["erased", "objected", "lifted"], keys: Iterable[Sequence[str]], at: str,
    erasure: str | None = None, by: str | None = None,
) -> None:  # fmt: skip
    """Add a line, durable before this returns."""
    line: Listed = {"act": act, "id": erasure, "at": at, "by": by, "keys": [list(each) for each in keys]}
    path = list_path(store)
    path.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.write(b"\n" + json.dumps(line).encode() + b"\n")  # a line before it may have been cut off
        file.flush()
        os.fsync(file.fileno())


def append_lifted(store: Store, keys: Sequence[str], at: str) -> None:
    """Note who came back, where anybody did."""
    if keys:
        append(store, "lifted", ([key, ""] for key in keys), at)


def listed(store: Store) -> Iterator[Listed]:
    """Give the lines in their order; one that was cut off by a crash says nothing."""
    path = list_path(store)
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            found: Any = json.loads(line)
        except ValueError:
            continue
        yield found
