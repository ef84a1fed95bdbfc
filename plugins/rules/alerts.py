"""The shape of `alerts.yml`: who is told of what, when not, and from where on something is wrong."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from plugins.rules.checking import checked
from plugins.rules.complaint import RulesError
from plugins.rules.moments import HOME
from plugins.rules.strict import Name, Percent, Strict, Word
from plugins.rules.yaml_file import load_yaml

Kind = Literal[
    "run_failed", "credential_refused", "schedule_failed", "scheduler_gone", "source_stale", "count_unusual",
    "quarantine_growing", "guard_tripped", "drift_found", "opt_out_overdue", "audience_shut", "lane_behind",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
URGENT: frozenset[Kind] = frozenset({"opt_out_overdue", "audience_shut"})
"""What keeps people in against their will: it waits for no quiet hours, and is told at the first look."""
FILE = "alerts.yml"
LASTING = re.compile(r"([1-9]\d{0,3}) (minute|hour|day)s?")
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
HOLDS = re.compile(r"([1-9]\d?) looks?")


def _lasting(given: Any) -> Any:
    if isinstance(given, str) and LASTING.fullmatch(given):
        return given
    raise ValueError("should look like '10 minutes', '2 hours' or '3 days'; write a whole number and a unit")


def _holding(given: Any) -> Any:
    if isinstance(given, str) and (HOLDS.fullmatch(given) or LASTING.fullmatch(given)):
        return given
    raise ValueError("should look like '2 looks' or '10 minutes'; write a whole number and a unit")


def _hour(given: Any) -> Any:
    if isinstance(given, str) and HOUR.fullmatch(given):
        return given
    raise ValueError("should look like '22:00'; write hour and minute in quotes")


def _variable(given: Any) -> Any:
    if isinstance(given, str) and VARIABLE.fullmatch(given):
        return given
    raise ValueError("is no name of a variable; write one in capitals, an address is a secret and stays out of rules")


Lasting = Annotated[str, BeforeValidator(_lasting)]
Holding = Annotated[str, BeforeValidator(_holding)]
Hour = Annotated[str, BeforeValidator(_hour)]


class Route(Strict):
    """Where messages go, and which."""

    urls_in: Annotated[str, BeforeValidator(_variable)] = Field(
        description="the environment variable that has its Apprise addresses, with blanks between them"
    )
    kinds: list[Kind] | None = Field(default=None, min_length=1, description="only these; without it, every kind")

    def takes(self, kind: str) -> bool:
        """Tell whether alarms of a kind go here."""
        return self.kinds is None or kind in self.kinds


class Quiet(Strict):
    """Hours in which only what is about consent is told; the rest is told after them."""

    begins: Hour
    ends: Hour

    def is_on(self, moment: datetime) -> bool:
        """Tell whether a moment lies in them, by the clock in the shops."""
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        here = moment.astimezone(HOME).time()
        return begins <= here < ends if begins <= ends else here >= begins or here < ends


class Counts(Strict):
    """When the number of records of a run is unusual: too far from the median of runs like it."""

    runs: int = Field(default=8, ge=3, le=50, description="so many runs at the same time of day are needed to tell")
    differs_by: Percent = Field(default=50, description="of the median: less is never unusual")
    at_least: int = Field(default=50, ge=0, description="records: a smaller difference is never unusual")


class Growth(Strict):
    """When the quarantine grows: so many new records of one source, stream and reason within so long."""

    more_than: int = Field(default=20, ge=0, description="new records")
    within: Lasting = "24 hours"


class Alerts(Strict):
    """Who is told of what. Without routes alarms are kept and shown, and nothing is sent."""

    to: dict[Name, Route] = Field(default_factory=dict, description="by the name of the route")
    quiet: Quiet | None = None
    holds: dict[Kind, Holding] = Field(
        default_factory=dict,
        description="how long something must be so, or be over, before it is told; without it two looks",
    )
    remind_every: Lasting = Field(default="24 hours", description="how often an overdue withdrawal is told again")
    stale_after: dict[Word, Lasting] = Field(
        default_factory=dict, description="by source; without it, twice the interval of its schedule"
    )
    counts: Counts = Field(default_factory=Counts)
    quarantine: Growth = Field(default_factory=Growth)

    def patience(self, kind: Kind) -> tuple[int, timedelta | None]:
        """Return how many looks, or how long, a change must hold before it is told."""
        said = self.holds.get(kind, "1 look" if kind in URGENT else "2 looks")
        looks = HOLDS.fullmatch(said)
        return (int(looks[1]), None) if looks else (0, duration(said))


def duration(lasting: str) -> timedelta:
    """Return what '2 hours' says."""
    number, _, unit = lasting.partition(" ")
    return timedelta(**{f"{unit.rstrip('s')}s": int(number)})


def load_alerts(folder: Path) -> Alerts:
    """Return what one file of a folder says, whatever is wrong with the others; raises `RulesError`."""
    path = folder / FILE
    if not path.is_file():
        return Alerts()
    value, places = load_yaml(path.read_bytes(), f"{folder.name}/{FILE}")
    rules, complaints = checked(Alerts, value, places)
    if rules is None:
        raise RulesError(complaints)
    return rules
