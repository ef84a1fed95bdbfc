"""The commands `rotonde experiment`: whether one can begin, who is in it, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import click

from plugins.experiments.drawing import told
from plugins.experiments.groups import Joining, Phase, Standing, begin, draw, joining, standings
from plugins.experiments.measuring import Result
from plugins.hub import show
from plugins.hub.auditing import note
from plugins.hub.command import AS_JSON, FAILED, OK, said
from plugins.hub.destinations import Channel
from plugins.hub.experiment_results import keep, keep_joining
from plugins.hub.experimenting import results
from plugins.hub.plans import Hub, Planning, open_hub, planning
from plugins.hub.resolving import resolve
from plugins.rules.complaint import did_you_mean
from plugins.store.engine import StoreError
from plugins.store.mirror import open_mirror

EVERY = "all"
COUNTS = ("experiment", "members", "persons", "needed", "held")


@click.group()
def experiment() -> None:
    """Experiments: half of an audience gets what it is for, half nothing, and what both buy is compared."""


@experiment.command("plan")
@click.argument("name", default=EVERY)
@AS_JSON
@said
def plan_experiment(name: str, as_json: bool) -> int:
    """Show how many persons NAME (or every experiment) needs and has, and whether it can begin; writes nothing."""
    found = [each for each, _ in work_out(open_hub(), name)]
    show.as_json(found) if as_json else _show(found)
    return OK


@experiment.command("begin")
@click.argument("name")
@click.option("--accept", is_flag=True, help="Begin although there are fewer persons than it needs; this is recorded.")
@AS_JSON
@said
def begin_experiment(name: str, accept: bool, as_json: bool) -> int:
    """Begin NAME where it can, and let join who is due; 'rotonde sync' does this too, and never accepts too few."""
    hub = open_hub()
    (found, drawn), *_ = work_out(hub, name, begins=True, accept=accept)
    show.as_json({**asdict(found), "joined": drawn}) if as_json else show.console.print(
        _line(found, drawn), markup=False
    )
    return FAILED if found.held and not accept else OK


@experiment.command("show")
@click.argument("name", default=EVERY)
@AS_JSON
@said
def show_experiment(name: str, as_json: bool) -> int:
    """Show what NAME (or every experiment) shows so far; writes the result and its picture to files."""
    hub = open_hub()
    _meant(hub, name)
    found = [each for each in look(hub) if name in (EVERY, each.experiment)]
    files = [keep(hub.store, each, hub.clock()) for each in found]
    if as_json:
        show.as_json(found)
    for each, file in [] if as_json else zip(found, files, strict=True):
        show.console.rule(each.experiment, align="left")
        show.console.print(f"{each.statement}\n{told(each)}", markup=False)
        halves = [("gets it", each.treated), ("gets nothing", each.control)]
        show.rows("", [{"half": half, **asdict(one)} for half, one in halves], ("half", *HALVES))
        show.console.print(f"{file}\n", markup=False)
    return OK


HALVES = ("persons", "ripe", "told", "buyers", "on_web", "in_shop", "spent_minor")


def run_due(hub: Hub, *, quiet: bool) -> list[dict[str, Any]]:
    """Begin what can begin, let join who is due and look at what shows, for 'rotonde sync'; returns a line for each."""
    if not hub.meaning.experiments:
        return []
    found = work_out(hub, EVERY, begins=True)
    keep_joining(hub.store, [replace(each, members=each.members + drawn) for each, drawn in found])
    if any(each.members or drawn for each, drawn in found):
        for result in look(hub):
            keep(hub.store, result, hub.clock())
    if not quiet:
        show.console.print("[bold]experiments[/]")
    for each in [] if quiet else found:
        show.console.print(f"  {_line(*each)}", markup=False)
    return [{**asdict(each), "joined": drawn} for each, drawn in found]


def work_out(hub: Hub, name: str, *, begins: bool = False, accept: bool = False) -> list[tuple[Joining, int]]:
    """Return who would join each experiment that is meant, and how many did; raises `StoreError`."""
    meant = _meant(hub, name)
    groups = {each.rule.group for each in meant}
    destinations = {to for each in hub.meaning.audiences if each.name in groups for to in each.to}
    with planning(hub, sorted(destinations)) as opened:
        return [_of_one(opened, each, begins=begins, accept=accept) for each in meant]


def _of_one(opened: Planning, each: Standing, *, begins: bool, accept: bool) -> tuple[Joining, int]:
    hub, moment = opened.hub, opened.moment
    found = joining(opened.connection, each, _reach(hub, each), moment)
    can_begin = each.phase is Phase.WAITING and (not found.held or accept)
    if not begins or not (can_begin or each.phase is Phase.JOINING):
        return found, 0
    if found.held:
        note(hub.store, "override", f"experiment {each.name}", {"held": found.held}, moment)
    begin(hub.store, each, found, hub.meaning.version, moment)
    return found, draw(opened.connection, hub.store, each, moment)


def _reach(hub: Hub, each: Standing) -> list[tuple[str, str]]:
    """Return channel and purpose of each destination of a group."""
    group = next(one for one in hub.meaning.audiences if one.name == each.rule.group)
    found = [hub.channel(name) for name in group.to]
    return [(one.channel, one.purpose) for one in found if isinstance(one, Channel)]


def _meant(hub: Hub, name: str) -> list[Standing]:
    known = hub.meaning.experiments
    if name != EVERY and name not in known:
        cure = did_you_mean(name, known) if known else "write sync_rules/experiments/<name>.yml"
        raise StoreError(f"experiment {name[:60]}: there is no such experiment; {cure}")
    return [each for each in standings(hub.store, known, hub.clock()) if name in (EVERY, each.name)]


def look(hub: Hub) -> list[Result]:
    """Return what every experiment shows."""
    with open_mirror(hub.store) as connection:
        resolve(connection, hub.store, hub.meaning, hub.clock(), hub.read_as)
        return results(connection, hub.store, hub.meaning, hub.clock())


def _show(found: Sequence[Joining]) -> None:
    rows = [{**asdict(each), "needed": each.needed.people} for each in found]
    show.table("Experiments", ("experiment", "in it", "would join", "needed", "held"),
               [[row[name] for name in COUNTS] for row in rows])  # fmt: skip


def _line(found: Joining, drawn: int) -> str:
    """Return what became of an experiment in one line."""
    if found.held and not drawn:
        return f"{found.experiment:<18} waits: {found.held}"
    return f"{found.experiment:<18} {drawn} joined, {found.members} were in it"
