"""One round: read all systems, resolve, take out everywhere, publish feeds, issue offers, then bring in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from plugins.hub import show
from plugins.hub.auditing import note_rules
from plugins.hub.experiment_commands import run_due
from plugins.hub.feed_commands import publish_changed
from plugins.hub.lease import anyone_at_work
from plugins.hub.offer_commands import issue_due
from plugins.hub.plans import Hub, rules_folder
from plugins.hub.project import JobResult, jobs, not_set_up, run_jobs, sweep
from plugins.hub.resolve_command import resolve_store, resolved_line
from plugins.hub.rights import erasing
from plugins.hub.taking_in import take_in
from plugins.observe.tracing import span
from plugins.rules.complaint import RulesError
from plugins.store.ballast import lay
from plugins.store.engine import StoreError
from plugins.store.tables import run


@dataclass
class Round:
    """How one round went."""

    jobs: list[JobResult] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Jobs of systems that nobody has set up, that never ran and that no rule names."""
    held_back: str = ""
    """What the guard over the rules of identity says."""
    feeds: list[dict[str, Any]] = field(default_factory=list)
    is_feed_stopped: bool = False
    experiments: list[dict[str, Any]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    has_failed: bool = False
    """Feeds, experiments or offers could not be worked out."""

    @property
    def is_well(self) -> bool:
        """Tell whether nothing failed and nothing was stopped."""
        is_stopped = self.held_back or self.is_feed_stopped or self.has_failed
        return not (is_stopped or any(each.exit_code for each in self.jobs))


def run_round(hub: Hub, only: Sequence[str] = (), *, publishes: bool = True, quiet: bool = False) -> Round:
    """Run all jobs, or only some, which then neither publish feeds nor issue offers; raises `StoreError`."""
    with span("sync", only=len(only)) as noted:
        made = _round(hub, only, publishes=publishes, quiet=quiet)
        noted.note(jobs=len(made.jobs), failed=sum(each.exit_code != 0 for each in made.jobs))
    return made


def _round(hub: Hub, only: Sequence[str], *, publishes: bool, quiet: bool) -> Round:
    if not anyone_at_work(hub.store):
        sweep()
    lay(hub.store)
    note_rules(hub.store, rules_folder(), hub.meaning.owners, hub.clock())
    erasing.catch_up(hub)
    take_in(hub)
    found = jobs()
    known = [name for names in found.values() for name in names]
    if strangers := set(only) - set(known):
        raise StoreError(f"sync: unknown job {sorted(strangers)}; known: {', '.join(known)}")
    made = Round(left_out=[] if only else idle(hub, known))
    for step, names in found.items():
        if step == "activate" and not only:
            decide(hub, made, publishes=publishes, quiet=quiet)
        chosen = [name for name in names if name in only or not (only or name in made.left_out)]
        if chosen and not quiet:
            show.console.print(f"[bold]{step}[/]")
        for together in _in_order(hub, step, chosen):
            made.jobs += run_jobs(hub.store, together, silent if quiet else show.job)
        if step == "ingest":
            made.held_back = _resolved(hub, quiet=quiet)
    if made.left_out and not quiet:
        show.console.print(f"not set up: {', '.join(sorted({name.partition('-')[2] for name in made.left_out}))}")
    return made


def idle(hub: Hub, known: Sequence[str]) -> list[str]:
    """Return the jobs of systems that nobody uses: nothing is set, nothing ever ran, and no rule speaks of them."""
    named = {destination for audience in hub.meaning.audiences for destination in audience.to}
    named |= {destination for rule in hub.meaning.sales for destination in rule.to}
    named |= {destination for each in hub.meaning.promotions.promotions.values() for destination in each.to}
    named |= {destination for read in hub.meaning.feeds for destination in read.feed.destinations}
    with hub.store.reading() as connection:
        ran = {job.partition("-")[2] for job in connection.execute(select(run.c.job).distinct()).scalars() if job}
    return [name for name in not_set_up() if name in known and name.partition("-")[2] not in named | ran]


def _in_order(hub: Hub, step: str, names: Sequence[str]) -> list[list[str]]:
    """Return what may run together: who takes codes comes before who tells of them."""
    if step != "activate":
        return [list(names)]
    first = [name for name in names if name.removeprefix("activate-") in hub.records]
    return [first, [name for name in names if name not in first]]


def _resolved(hub: Hub, *, quiet: bool) -> str:
    """Work out who is who; returns what the guard over the rules of identity says."""
    resolved = resolve_store(hub)
    if not quiet:
        show.console.print("[bold]resolve[/]")
        show.console.print(f"  {resolved_line(resolved)}", markup=False)
    return resolved.held_back


def decide(hub: Hub, made: Round, *, publishes: bool, quiet: bool) -> None:
    """Publish what channels fetch, and give out what is due; what fails here stops only itself.

    Offers look at what the published feeds say, and at who is in which half of an experiment.
    """

    def publish() -> None:
        if publishes:
            made.feeds, made.is_feed_stopped = publish_changed(quiet=quiet)

    def begin() -> None:
        made.experiments = run_due(hub, quiet=quiet)

    def give() -> None:
        made.offers = issue_due(hub, quiet=quiet)

    for each in (publish, begin, give):
        try:
            with span(each.__name__):
                each()
        except (StoreError, RulesError) as error:
            show.errors.print(str(error), markup=False)
            made.has_failed = True


def silent(_result: JobResult) -> None:
    """Print nothing."""
    return
