"""Clearing what is beside the tables of people who were erased: the mirror, logs that name them, former pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from plugins.hub.rights.subject import Subject
from plugins.hub.rights.taking_out import names_person
from plugins.store.engine import Store
from plugins.store.mirror import home, mirror_path, open_mirror
from plugins.store.shown import unpublish


def clear_files(store: Store, people: Mapping[str, Subject]) -> dict[str, int]:
    """Remove what is derived, and logs that name somebody; returns how many files for each, who come in order."""
    cleared = dict.fromkeys(people, 0)
    cleared[next(iter(people))] += clear_derived(store)
    named = {each: names_person(subject) for each, subject in people.items()}
    for path in _logs(store):
        said = path.read_text("utf-8", "replace")
        if (first := next((each for each in named if named[each]("", said)), None)) is not None:
            path.unlink()
            cleared[first] += 1
    return cleared


def _logs(store: Store) -> Iterator[Path]:
    for folder in (home(store) / "logs", home(store) / "exports", Path(".meltano") / "logs", Path(".meltano") / "run"):
        yield from [each for each in folder.rglob("*") if each.is_file()]


def clear_derived(store: Store) -> int:
    """Remove the mirror, while nobody else has it open, and what is shown of it; the next resolve makes both anew."""
    unpublish(store)
    path = mirror_path(store)
    if not path.exists():
        return 0
    with open_mirror(store):
        path.unlink()
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    return 1


def empty_log(store: Store) -> bool:
    """Empty SQLite's write-ahead log, in which the former pages are; tells whether nobody kept it from that."""
    if not store.is_sqlite:
        return True
    with closing(store.engine.raw_connection()) as raw:
        is_busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy
