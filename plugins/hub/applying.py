"""Applying a sealed plan: exactly its rows, or nothing; what a draft of the console came to is put down."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugins.hub import drafts
from plugins.hub.plans import Hub
from plugins.hub.project import JobResult, reason_of, run_jobs
from plugins.hub.sealing import SETTING, Difference, Seal, moved, read_seal
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError


@dataclass
class Applied:
    """What applying a seal came to: differences, and then nothing was sent, or the jobs that ran."""

    differences: list[Difference] = field(default_factory=list)
    jobs: list[JobResult] = field(default_factory=list)

    @property
    def state(self) -> drafts.State:
        """Return one word for it."""
        if self.differences:
            return "moved"
        return "failed" if any(each.exit_code for each in self.jobs) else "applied"

    @property
    def outcome(self) -> dict[str, Any]:
        """Return it in numbers and in words of our own; it names nobody."""
        counted = Counter((each.destination, each.what, each.operation) for each in self.differences)
        names = ("destination", "what", "operation")
        return {
            "differences": [{**dict(zip(names, key, strict=True)), "rows": rows} for key, rows in counted.items()],
            "jobs": [{"job": each.job, "exit_code": each.exit_code, "seconds": round(each.seconds, 1),
                      "why": reason_of(each) if each.exit_code else ""} for each in self.jobs],
        }  # fmt: skip


def apply_seal(hub: Hub, path: Path, done: Callable[[JobResult], None]) -> Applied:
    """Do what a sealed plan says, nothing where the world moved; raises StoreError where it may not go.

    Where it is a draft of the console it must be approved, and how it went stands with it.
    """
    seal = read_seal(path, hub)
    key = drafts.begin(hub.store, seal.hash, hub.clock())
    if key is None:
        return _applied(hub, seal, path, done)
    state: drafts.State = "failed"
    outcome: dict[str, Any] = {}
    try:
        made = _applied(hub, seal, path, done)
        state, outcome = made.state, made.outcome
    except (StoreError, RulesError) as error:
        outcome = {"why": str(error)}
        raise
    finally:
        drafts.finish(hub.store, key, state, outcome, hub.clock())
    return made


def _applied(hub: Hub, seal: Seal, path: Path, done: Callable[[JobResult], None]) -> Applied:
    if found := moved(hub, seal):
        return Applied(differences=found)
    os.environ[SETTING] = str(path.absolute())
    names = [name for name, rows in seal.destinations.items() if rows]
    made = Applied()
    for is_by_record in (False, True):  # a code that a system takes now would change what audiences are told
        jobs = [f"activate-{name}" for name in names if (name in hub.records) == is_by_record]
        made.jobs += run_jobs(hub.store, jobs, done)
    return made
