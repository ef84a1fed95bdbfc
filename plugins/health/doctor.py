"""All checks, in the order in which one would mend what they find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from plugins.health import configured, machine, stored
from plugins.health.finding import Finding, wrong
from plugins.store.engine import Store


def examine(root: Path, *, online: bool = False, lock: Path = machine.LOCK) -> Iterator[Finding]:
    """Give a line for each thing that is looked at; nothing is changed, and without `online` nobody is called."""
    yield machine.python()
    yield machine.packages(lock)
    store, found = stored.reach()
    yield found
    if store is not None:
        yield from _stored(store, root)
    yield configured.rules()
    if not (root / "meltano.yml").exists():
        yield wrong("project", "no meltano.yml here", "run it in the project's folder")
        return
    yield from _connectors(root, online=online)
    yield configured.schedules(root)
    if store is not None and stored.is_known_shape(store):
        yield stored.scheduling(store)
    yield from configured.watching(configured.settings_of_here())


def _stored(store: Store, root: Path) -> Iterator[Finding]:
    yield stored.shape(store)
    yield from stored.integrity(store)
    yield stored.clocks(store)
    if stored.is_known_shape(store):
        yield stored.suppressing(store)
        yield stored.mirrored(store)
        yield machine.leavings(store, root)
    yield from machine.disk(store)
    yield machine.modes(store, root)


def _connectors(root: Path, *, online: bool) -> Iterator[Finding]:
    known, named = configured.settings_of_here(), configured.named_by_rules()
    ready = set()
    for name, found in configured.connectors(root, known, named):
        if found.colour == "green" and not found.told.startswith("not set up"):
            ready.add(name)
        yield found
    if online:
        for name, url in sorted(configured.hosts(root, known, ready).items()):
            yield configured.answering(name, url)
        for name in sorted(each for each in ready if each.startswith("tap-")):
            yield configured.reading(name)
