"""What experiments showed when somebody looked last, and who would join them: files beside what else is derived."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from plugins.experiments.drawing import draw as picture
from plugins.experiments.drawing import told
from plugins.experiments.groups import Joining
from plugins.experiments.measuring import Result
from plugins.store.engine import Store
from plugins.store.mirror import home
from plugins.store.times import utc_text

JOINING = "_joining"
"""No experiment is called like this: the names of rules begin with a letter."""
Row = dict[str, Any]


def keep(store: Store, result: Result, at: datetime) -> Path:
    """Write a result and its picture; returns the picture's file."""
    words = {**asdict(result), "told": told(result), "at": utc_text(at)}
    _write(store, result.experiment, words)
    path = _folder(store) / f"{result.experiment}.svg"
    path.write_text(picture(result), "utf-8")
    return path


def keep_joining(store: Store, found: Iterable[Joining]) -> None:
    """Write how many are in each experiment, and how many it needs and would have."""
    _write(store, JOINING, {each.experiment: {**asdict(each), "needed": each.needed.people} for each in found})


def kept(store: Store, name: str) -> Row | None:
    """Return the result of an experiment as it was looked at last, None where nobody looked."""
    return _read(store, name)


def joining_of(store: Store, name: str) -> Row | None:
    """Return who is in an experiment and who would join it, as the last sync found it."""
    found: Row | None = (_read(store, JOINING) or {}).get(name)
    return found


def _folder(store: Store) -> Path:
    return home(store) / "experiments"


def _write(store: Store, name: str, words: Row) -> None:
    """Write a file in one step: somebody may be reading it."""
    folder = _folder(store)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{name}.json"
    fresh.write_text(json.dumps(words, default=str, indent=1) + "\n", "utf-8")
    fresh.replace(folder / f"{name}.json")


def _read(store: Store, name: str) -> Row | None:
    path = _folder(store) / f"{name}.json"
    if not path.exists():
        return None
    found: Row = json.loads(path.read_text("utf-8"))
    return found
