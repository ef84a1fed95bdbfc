"""Checks of the machine: Python, installed packages, disk, the modes of files, Meltano's leavings."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from plugins.health.finding import Finding, doubtful, good, wrong
from plugins.hub.lease import anyone_at_work
from plugins.store.ballast import BALLAST_BYTES, ROOM_BYTES, ballast_path
from plugins.store.engine import Store
from plugins.store.mirror import home

OLDEST_PYTHON = (3, 11)
LOCK = Path(__file__).parents[2] / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", re.MULTILINE)
PRIVATE = ("store*", "mirror*", "suppression.key", "erasures.jsonl", "logs", "logs/*", "*.ballast")


def python() -> Finding:
    """Tell whether this Python will do."""
    here = ".".join(str(each) for each in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return wrong("python", f"{here} is too old", "use 3.11 or newer")
    return good("python", here)


def packages(lock: Path = LOCK) -> Finding:
    """Tell whether what is installed is what the lock file says."""
    if not lock.exists():
        return doubtful("packages", f"no {lock.name} to compare with", "install by 'make setup' in the project")
    locked = {canonicalize_name(name): version for name, version, marker in PINNED.findall(lock.read_text("utf-8"))
              if not marker or Marker(marker).evaluate()}  # fmt: skip
    there = {canonicalize_name(each.metadata["Name"]): each.version for each in importlib.metadata.distributions()}
    off = sorted(name for name, version in locked.items() if there.get(name) != version)
    if off:
        more = f" and {len(off) - 5} more" if len(off) > 5 else ""
        return wrong("packages", f"not as locked: {', '.join(off[:5])}{more}", "run 'make setup'")
    return good("packages", f"{len(locked)} as locked")


def disk(store: Store, free_bytes: int | None = None) -> Iterator[Finding]:
    """Tell whether there is room, and a reserve for when there is none."""
    folder = home(store) if home(store).exists() else Path()
    free = shutil.disk_usage(folder).free if free_bytes is None else free_bytes
    told = f"{free / 1e9:.1f} GB free"
    if free < BALLAST_BYTES:
        yield wrong("disk", told, "make room: soon nothing can be stored")
    elif free < ROOM_BYTES:
        yield doubtful("disk", told, "make room: the reserve for a full disk cannot be laid")
    else:
        yield good("disk", told)
    if store.is_sqlite and not ballast_path(store).exists():
        yield doubtful("ballast", "no reserve for a full disk", "run 'rotonde sync', which lays it where there is room")


def modes(store: Store, root: Path = Path()) -> Finding:
    """Tell whether files and folders of the hub are for their owner only."""
    folder = home(store)
    paths = [
        folder,
        *(each for form in PRIVATE for each in folder.glob(form)),
        root / ".env",
        root / ".meltano" / "run",
    ]
    is_own = folder.resolve() != root.resolve()
    open_ones = sorted({each.name for each in paths
                        if each.exists() and (each != folder or is_own) and _is_open(each)})  # fmt: skip
    if open_ones:
        return wrong("files", f"others may read {', '.join(open_ones[:5])}", f"chmod -R go= {folder} .env .meltano")
    return good("files", "for their owner only")


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def leavings(store: Store, root: Path = Path()) -> Finding:
    """Tell whether a killed run left settings in clear text."""
    left = list((root / ".meltano" / "run").glob("*/*.config.json"))
    if left and not anyone_at_work(store):
        return wrong(
            ".meltano/run", f"{len(left)} files with keys in clear text, of a killed run", "run 'rotonde sync'"
        )
    return good(".meltano/run", "clean" if not left else "in use by a run")
