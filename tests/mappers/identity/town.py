"""A hub over one small store, resolved step by step, as the tests of who is who use it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from plugins.hub.plans import Hub
from plugins.hub.resolving import Resolved, resolve
from plugins.store.mirror import mirror_path, open_mirror
from plugins.store.tables import membership, profile_event
from tests.making import clock_at, keep, person, rows, stored


class Town:
    """A hub over one store whose mirror stays open; `after` keeps records and works out who is who."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.store = hub, hub.store
        self._held = ExitStack()
        self.engine = self._held.enter_context(open_mirror(hub.store))

    def resolved(self, hour: float) -> Resolved:
        return resolve(self.engine, self.store, self.hub.meaning, clock_at(hour)(), self.hub.read_as)

    def after(self, hour: float, *records: Any) -> dict[str, str]:
        keep(self.store, *records)
        self.resolved(hour)
        return ids(self)

    def away(self, hour: float, work: Any, *arguments: Any) -> Any:
        """Let a command work on the hub at some hour, while the mirror is closed."""
        self._held.close()
        try:
            return work(replace(self.hub, clock=clock_at(hour)), *arguments)
        finally:
            self.engine = self._held.enter_context(open_mirror(self.store))

    def forget(self) -> None:
        """Throw the mirror away."""
        self._held.close()
        mirror_path(self.store).unlink()
        self.engine = self._held.enter_context(open_mirror(self.store))

    def close(self) -> None:
        self._held.close()

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """Return all that is derived of everybody: golden profiles, traits and consent, by profile."""
        wanted = {
            "golden": "SELECT * EXCLUDE (p) FROM golden ORDER BY profile_id",
            "trait": "SELECT * FROM trait ORDER BY profile_id",
            "consent": "SELECT * FROM consent_state ORDER BY profile_id, channel, purpose",
        }
        return {name: rows(self.engine, sql) for name, sql in wanted.items()}


def ids(town: Town) -> dict[str, str]:
    """Return the profile of every record on record."""
    return {f"{each['source']}:{each['source_id']}": each["profile_id"] for each in stored(town.store, membership)}


def events(town: Town) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["profile_id"], each["other_id"]) for each in stored(town.store, profile_event)]


def later(hour: int, key: str, **fields: Any) -> dict[str, Any]:
    """Return a newer statement about a record."""
    return person(key, changed_at=f"2026-04-01T{hour:02d}:00:00Z", **fields)
