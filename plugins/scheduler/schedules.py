"""The schedules of meltano.yml as they stand there, and when each is due by the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from plugins.hub.project import declared
from plugins.rules.moments import HOME
from plugins.store.engine import StoreError

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""https://docs.meltano.com/reference/command-line-interface/#schedule"""
BY_HAND = {"@once", "@manual", "@none"}
"""Presets that are never due by themselves."""


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone; write it like Europe/Amsterdam") from None


class Note(BaseModel):
    """What we read in a schedule's `annotations`, the place that Meltano keeps free for others."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = HOME
    timeout_minutes: int = Field(240, ge=1, description="a run that takes longer is ended")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job is to run."""

    name: str
    job: str
    cron: str | None
    """Five fields; None where somebody starts it by hand."""
    note: Note = field(default_factory=Note)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    def next_due(self, after: datetime) -> datetime | None:
        """Return the first moment after one at which it is due, in UTC."""
        return self._tick(after, reverse=False)

    def last_due(self, until: datetime) -> datetime | None:
        """Return the newest moment up to and including one at which it was due, in UTC."""
        last = self._tick(until, reverse=True)
        following = None if last is None else self.next_due(last)
        return following if following is not None and following <= until else last

    def due_between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Give the moments after one, up to and including another."""
        due = self.next_due(after)
        while due is not None and due <= until:
            yield due
            due = self.next_due(due)

    def _tick(self, moment: datetime, *, reverse: bool) -> datetime | None:
        if self.cron is None:
            return None
        local = moment.astimezone(self.note.timezone)
        found = next(CronSim(self.cron, local, reverse=reverse), None)
        return None if found is None else found.astimezone(UTC)


def read_schedules(root: Path = Path()) -> list[Schedule]:
    """Return the schedules of the project; raises StoreError with a line for each mistake in them."""
    told = [(each, job) for each in declared(root) for job in each.get("schedules") or ()]
    jobs = {job["name"] for each in declared(root) for job in each.get("jobs") or ()}
    found: dict[str, Schedule] = {}
    wrong: list[str] = []
    for _, said in told:
        name = str(said.get("name"))
        try:
            if name in found:
                raise ValueError("it stands there twice; give each a name of its own")
            found[name] = _schedule(name, said, jobs)
        except ValueError as error:
            wrong.append(f"meltano.yml: schedule {name}: {_line(error)}")
    if wrong:
        raise StoreError("\n".join(wrong))
    return sorted(found.values(), key=lambda each: each.name)


def _schedule(name: str, said: Mapping[str, Any], jobs: set[str]) -> Schedule:
    job = said.get("job")
    if job is None:
        raise ValueError("no job; make one of the extractor and the loader, and name it in `job`")
    if job not in jobs:
        raise ValueError(f"no such job {job!r}; known: {', '.join(sorted(jobs)) or 'none'}")
    note = Note.model_validate((said.get("annotations") or {}).get("rotonde") or {})
    env = {key: str(value) for key, value in (said.get("env") or {}).items()}
    return Schedule(name, str(job), _cron(said.get("interval"), note.timezone), note, env)


def _cron(interval: Any, zone: ZoneInfo) -> str | None:
    if interval in BY_HAND:
        return None
    cron = PRESETS.get(str(interval), str(interval))
    try:
        if len(cron.split()) != 5:
            raise CronSimError("five fields are needed")
        next(CronSim(cron, datetime.now(zone)))
    except (CronSimError, StopIteration):
        known = ", ".join(PRESETS)
        raise ValueError(f"interval {interval!r} is never; write five cron fields, or one of {known}") from None
    return cron


def _line(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(("annotations", "rotonde", *(str(each) for each in first["loc"])))
    return f"{where}: {first['msg'].removeprefix('Value error, ')}; known: {', '.join(Note.model_fields)}"
