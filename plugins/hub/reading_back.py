"""Reading destinations back: one, or all that tell who is there, each compared with the journal and put down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from plugins.hub.destinations import RecordChannel
from plugins.hub.drifting import Difference, drift
from plugins.hub.plans import Hub
from plugins.hub.project import jobs, run_jobs
from plugins.hub.syncing import idle, silent
from plugins.store.engine import StoreError
from plugins.store.findings import keep


@dataclass
class Compared:
    """What destinations hold against the journal."""

    differences: dict[str, list[Difference]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    """What could not be read, and is not compared."""


def compared(hub: Hub, destination: str | None, *, read: bool) -> Compared:
    """Compare one destination, or all that can be read back, and put down what is found; raises StoreError.

    Of all, one that cannot be read stops only itself.
    """
    found = Compared()
    for name in [_readable(hub, destination)] if destination else comparable(hub, read=read):
        if read and not _is_read(hub, name):
            found.unread.append(name)
            continue
        found.differences[name] = drift(hub, name)
        with hub.store.writing() as writer:
            keep(writer, "drift", name, _in_words(found.differences[name]), hub.clock())
    return found


def _readable(hub: Hub, destination: str) -> str:
    channel = hub.channel(destination)
    if not (isinstance(channel, RecordChannel) or channel.is_read_back):
        raise StoreError(f"drift: {destination}: nobody there can be read back; what was accepted is in the journal")
    return destination


def comparable(hub: Hub, *, read: bool) -> list[str]:
    """Return the destinations that can be read back; where they are to be read now, those that somebody uses."""
    kept = sorted({*hub.records, *(name for name, each in hub.channels.items() if each.is_read_back)})
    if not read:
        return kept
    readers = jobs()["ingest"]
    used = {*readers} - {*idle(hub, readers)}
    return [name for name in kept if f"ingest-{hub.channel(name).source}" in used]


def _is_read(hub: Hub, destination: str) -> bool:
    results = run_jobs(hub.store, [f"ingest-{hub.channel(destination).source}"], silent)
    return not any(each.exit_code for each in results)


def _in_words(differences: Sequence[Difference]) -> list[str]:
    return [f"{len(differences)} persons or records are not as the journal says"] if differences else []
