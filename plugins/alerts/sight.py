"""What a look at the store sees: each thing that is wrong, about what, since when, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from plugins.rules.alerts import Alerts, Kind
from plugins.scheduler.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Amiss:
    """One thing that is wrong. Nothing in it is about a person."""

    kind: Kind
    about: str
    """A job, a source, a destination, a schedule, a rule."""
    since: datetime
    what: str
    cure: str
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sight:
    """What one look goes by: the store, the clock, the rules, and what the project declares."""

    connection: Connection
    now: datetime
    rules: Alerts
    jobs: Collection[str]
    schedules: Sequence[Schedule] = ()
