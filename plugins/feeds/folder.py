"""Where published feeds stand: a link per feed, to a folder that is complete before the link leads to it.

`<folder>/<name>` is the link; behind it the feed, `manifest.json`, `report.json` and `items.csv` belong together, and
`goods.parquet` where channels are told item by item. One rename switches all of them, so that a reader finds the old or
the new, whole, whenever a process dies.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from plugins.store.crash import crashpoint
from plugins.store.engine import Store, StoreError
from plugins.store.mirror import home

MANIFEST, REPORT, ITEMS, GOODS = "manifest.json", "report.json", "items.csv", "goods.parquet"
READABLE, ENTERABLE = 0o644, 0o755
"""The web server that serves them is another user; there is nothing of any person in them."""


class PublisherAtWork(Exception):  # noqa: N818 - a state, not a mistake
    """Somebody else publishes this feed just now."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside a feed."""

    feed: str
    file: str
    format: str
    items: int
    bytes: int
    sha256: str
    at: str
    rules: str
    """Version of the feed's rules and its channel."""
    shape: str


def feeds_folder(store: Store) -> Path:
    """Return where feeds are published: `ROTONDE_FEEDS`, or `feeds/` beside what else is derived."""
    return Path(os.environ.get("ROTONDE_FEEDS") or home(store) / "feeds")


def standing(folder: Path, name: str) -> Path:
    """Return the folder that is published now; what is in it stays as it is when another takes its place."""
    return (folder / name).resolve()


def published(version: Path) -> Manifest | None:
    """Return what is published in a folder, None where nothing is."""
    path = version / MANIFEST
    try:
        return Manifest(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise StoreError(f"feed: {path} is not a manifest of ours; remove the link that leads to it") from None


@contextmanager
def publisher(folder: Path, name: str) -> Iterator[None]:
    """Be the only one who publishes this feed; a process that dies lets go."""
    _open_to_readers(folder)
    handle = os.open(folder / f".{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PublisherAtWork(f"feed {name}: another process publishes it; wait for it to end") from None
    finally:
        os.close(handle)


def _open_to_readers(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(ENTERABLE)


@contextmanager
def new_version(folder: Path, name: str) -> Iterator[Path]:
    """Give an empty folder for the next version; it is there for readers once the block has ended well."""
    link = folder / name
    if link.exists() and not link.is_symlink():
        raise StoreError(f"feed {name}: {link} is not a link of ours; move it away")
    current = _number(link.readlink().name) if link.is_symlink() else 0
    for left in _versions(folder, name):
        if _number(left.name) not in (current, current - 1):  # a reader may still be in the one before
            shutil.rmtree(left)
    version = folder / f".{name}.{current + 1}"
    version.mkdir()
    version.chmod(ENTERABLE)
    yield version
    crashpoint("in publishing of feed")
    _sync_all(version)
    crashpoint("before switch of feed")
    _switch(link, version)
    crashpoint("after switch of feed")


def _switch(link: Path, version: Path) -> None:
    fresh = link.with_name(f".{link.name}.link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version.name)
    fresh.replace(link)
    _sync(link.parent)


def write_manifest(version: Path, manifest: Manifest) -> None:
    """Write what a feed consists of beside it."""
    (version / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", "utf-8")


def _versions(folder: Path, name: str) -> Iterator[Path]:
    yield from (path for path in folder.glob(f".{name}.*") if re.fullmatch(r"\d+", path.name.rpartition(".")[2]))


def _number(name: str) -> int:
    return int(name.rpartition(".")[2])


def _sync_all(version: Path) -> None:
    for path in version.iterdir():
        path.chmod(READABLE)
        _sync(path)
    _sync(version)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
