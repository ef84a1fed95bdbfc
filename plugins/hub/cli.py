"""The command `rotonde`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from plugins.hub import sandboxes, show, show_people
from plugins.hub.applying import apply_seal
from plugins.hub.audit_command import audit
from plugins.hub.blast import blast
from plugins.hub.command import AS_JSON, DIFFERS, EXIT_CODES, FAILED, OK, said
from plugins.hub.consent_commands import consent
from plugins.hub.demo import folder_of, load_env, prepare
from plugins.hub.experiment_commands import experiment
from plugins.hub.feed_commands import feed
from plugins.hub.hygiene_command import hygiene
from plugins.hub.identity_commands import identity
from plugins.hub.loyalty_commands import api, points
from plugins.hub.meaning import read_meaning
from plugins.hub.offer_commands import offer, show_offers
from plugins.hub.plans import Shown, journal_rows, open_hub, planning, rules_folder
from plugins.hub.profile_commands import profile
from plugins.hub.quarantine_commands import quarantine
from plugins.hub.reading_back import compared as compared_with_journal
from plugins.hub.reasons import reasons
from plugins.hub.resolve_command import resolve
from plugins.hub.rights.keeping_commands import RIGHTS
from plugins.hub.rule_examples import run_all
from plugins.hub.sealing import Drawing
from plugins.hub.standing import standing
from plugins.hub.story import stories
from plugins.hub.syncing import run_round, silent
from plugins.hub.text_command import text
from plugins.hub.traits_command import traits
from plugins.hub.truth import compared
from plugins.observe.logs import set_up
from plugins.rules.load import load_rules
from plugins.rules.schemas import write_schemas
from plugins.store.mirror import home

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rotonde")
def main() -> None:
    """One hub for a retailer's customers: read every system, know who is who, keep consent, keep channels equal."""
    os.umask(0o077)
    load_env()
    set_up()


GROUPS = (
    api, audit, consent, experiment, feed, hygiene, identity, offer, points, profile, quarantine, resolve, text, traits,
)  # fmt: skip
for each in (*GROUPS, *RIGHTS):
    main.add_command(each)


@main.command()
@click.option("--only", multiple=True, help="A job by name; may be given several times. Default: all of them.")
@AS_JSON
@said
def sync(only: tuple[str, ...], as_json: bool) -> int:
    """Run every job: read all systems, resolve, take out everywhere, publish feeds, issue offers, then bring in.

    Each job is a `meltano run` of its own, at most two at once; a failing one stops only itself.
    """
    hub = open_hub()
    made = run_round(hub, only, quiet=as_json)
    if as_json:
        told = {
            "jobs": made.jobs,
            "left_out": made.left_out,
            "feeds": made.feeds,
            "experiments": made.experiments,
            "offers": made.offers,
            "status": standing(hub),
        }
        show.as_json(told)
    else:
        show.console.print()
        show.standing(standing(hub))
    return OK if made.is_well else FAILED


@main.command()
@click.argument("destination", required=False)
@click.option("--accept", is_flag=True, help="Show the plan as it would be with the guards lifted.")
@click.option(
    "--against", type=FOLDER, help="Show what the rules in another folder would change of these; applies nothing."
)
@click.option("--seal", type=click.Path(dir_okay=False, path_type=Path), help="Write the plan down for 'apply'.")
@click.option("--rules", is_flag=True, help="Show what the rules as they are now would do to persons; applies nothing.")
@click.option("--overlap", is_flag=True, help="Show which audiences have persons in common (always with --json).")
@click.option("--names", is_flag=True, help="List the persons who would go out, in or be changed, and why.")
@click.option("--most", default=20, show_default=True, help="How many persons are listed (with --rules and --names).")
@AS_JSON
@said
def plan(
    destination: str | None, accept: bool, against: Path | None, seal: Path | None, rules: bool, overlap: bool,
    names: bool, most: int, as_json: bool,
) -> int:  # fmt: skip
    """Show what the next run would do at each destination, and who is kept out and why."""
    hub = open_hub()
    if rules or against:
        found = blast(hub, read_meaning(against, hub.channels) if against else None)
        show.as_json(found) if as_json else show.blast(found, most)
        return FAILED if found.guard else OK
    made = []
    drawing = Drawing.of(hub, accept=accept) if seal else None
    shown = Shown(funnel=True, overlap=overlap or as_json, names=most if names else 0)
    chosen = [destination] if destination else hub.destinations
    with planning(hub, chosen, shown) as opened:
        for name in chosen:
            made.append(opened.of(name, accept=accept))
            if drawing:
                drawing.draw(name, journal_rows(opened.connection, hub.channel(name), "all"))
        offers = opened.offering.chosen() if hub.meaning.offers and not destination else []
    if drawing and seal:
        drawing.write(seal)
    show.as_json(made) if as_json else show.plans(made, most)
    show_offers([] if as_json else offers, is_short=True)
    return FAILED if any(each.guards for each in made) else OK


@main.command()
@click.argument("seal", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS_JSON
@said
def apply(seal: Path, as_json: bool) -> int:
    """Do exactly what SEAL says, a plan that 'rotonde plan --seal' wrote; nothing where the world moved since.

    One that was made in the console goes only after another account than the one that sealed it has approved it there.
    """
    made = apply_seal(open_hub(), seal, silent if as_json else show.job)
    if made.differences:
        show.as_json({"differences": made.differences}) if as_json else show.moved(made.differences)
        return DIFFERS
    if as_json:
        show.as_json({"jobs": made.jobs})
    elif not made.jobs:
        show.console.print("apply: the plan is empty; there is nothing to do")
    return FAILED if made.state == "failed" else OK


@main.command()
@click.option("--truth", is_flag=True, help="Compare who is who with the truth behind the running sandbox.")
@AS_JSON
@said
def status(truth: bool, as_json: bool) -> int:
    """Show where things stand: read, kept, resolved, permitted, sent, refused, open."""
    hub = open_hub()
    if truth:
        scored = compared(hub, sandboxes.truths(home(hub.store)))
        show.as_json(scored) if as_json else show.table("Against the truth", *show.across(scored))
        return OK
    now = standing(hub)
    show.as_json(now) if as_json else show.standing(now)
    return FAILED if now.is_open else OK


@main.command()
@click.argument("destination", required=False)
@click.option("--read/--no-read", default=True, help="Read the destination anew before comparing (default).")
@click.option("--calm", is_flag=True, help="End with 0 also where they differ: for a schedule.")
@AS_JSON
@said
def drift(destination: str | None, read: bool, calm: bool, as_json: bool) -> int:
    """Read back what a destination really holds, and compare it with what the journal says was accepted.

    Without DESTINATION: all that can be read back.
    """
    found = compared_with_journal(open_hub(), destination, read=read)
    show.as_json(found.differences) if as_json else None
    for name, differences in () if as_json else found.differences.items():
        show.drifted(name, differences)
    for name in found.unread:
        show.errors.print(f"drift: {name} could not be read; run 'rotonde sync --only {name}' to see why", markup=False)
    if found.unread:
        return FAILED
    return DIFFERS if any(found.differences.values()) and not calm else OK


@main.command()
@click.argument("person")
@click.option("--in", "audience", help="Say why the person is in this audience, or is not.")
@AS_JSON
@said
def why(person: str, audience: str | None, as_json: bool) -> int:
    """Tell the story of PERSON: an address, phone, card, customer number, `source:id` or profile id."""
    if audience:
        return _why_in(person, audience, as_json=as_json)
    told = stories(open_hub(), person)
    if as_json:
        show.as_json(told)
    for each in [] if as_json else told:
        show_people.story(each)
    if not told:
        show.errors.print("why: nobody is known by that; try another identifier, or run 'rotonde resolve' first")
    return OK if told else FAILED


def _why_in(person: str, audience: str, *, as_json: bool) -> int:
    found = reasons(open_hub(), person, audience)
    if as_json:
        show.as_json(found)
    for each in [] if as_json else found:
        show.reasons(each)
    if not found:
        show.errors.print("why: nobody is known by that; try another identifier, or run 'rotonde resolve' first")
    return OK if found else FAILED


@main.command()
@click.option(
    "--schemas", is_flag=True, help="Also write the shapes of the files, for editors, to .schema/ in the folder."
)
@AS_JSON
@said
def test(schemas: bool, as_json: bool) -> int:
    """Check `sync_rules/` and run the examples in it."""
    if schemas:
        write_schemas(rules_folder())
    examples, failures = run_all(load_rules(rules_folder()))
    if as_json:
        show.as_json({"examples": examples, "failures": [str(each) for each in failures]})
    for each in [] if as_json else failures:
        show.errors.print(str(each), markup=False)
    if not as_json:
        show.console.print(f"{examples - len(failures)} of {examples} examples hold")
    return FAILED if failures else OK


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def schedule(options: tuple[str, ...]) -> None:
    """Run the schedules of meltano.yml, list them, or tell what is due next: `run`, `list`, `next`."""
    os.execv(sys.executable, [sys.executable, "-m", "plugins.scheduler", *options])  # noqa: S606 - a room of its own


@main.command()
def lane() -> None:
    """Read back what vendors tell of by webhooks, and take out at once who said no, until it is stopped."""
    os.execv(sys.executable, [sys.executable, "-m", "plugins.lane"])  # noqa: S606 - a room of its own


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def alerts(options: tuple[str, ...]) -> None:
    """Tell what is wrong, once, and that it is over: `look`, `list`, `test ROUTE`."""
    os.execv(sys.executable, [sys.executable, "-m", "plugins.alerts", *options])  # noqa: S606 - a room of its own


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def console(options: tuple[str, ...]) -> None:
    """Serve the console, and keep its accounts: `serve`, `account`."""
    os.execv(sys.executable, [sys.executable, "-m", "plugins.console", *options])  # noqa: S606 - a room of its own


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def metrics(options: tuple[str, ...]) -> None:
    """Print figures of what the store knows, for Prometheus."""
    os.execv(sys.executable, [sys.executable, "-m", "plugins.health", "metrics", *options])  # noqa: S606 - a room of its own


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def doctor(options: tuple[str, ...]) -> None:
    """Say what is wrong with the set-up, and what to do."""
    os.execv(sys.executable, [sys.executable, "-m", "plugins.health", "doctor", *options])  # noqa: S606 - a room of its own


RETAILER = click.option(
    "--retailer", type=click.Choice(["fiction", "completejourney"]), default="fiction", show_default=True
)


@main.group()
def sandbox() -> None:
    """Local stand-ins for the vendors, and the retailer behind them."""


@sandbox.command("start")
@RETAILER
@click.option("--port", default=8700, show_default=True, help="Loopback port; another one if it is taken.")
@said
def start_sandbox(retailer: str, port: int) -> int:
    """Start it in the background, or find the one that runs; it remembers what happened in it."""
    running = sandboxes.start(folder_of(retailer), retailer, port)
    show.console.print(f"sandbox: {running.retailer} at {running.url} (process {running.process})")
    return OK


@sandbox.command("stop")
@RETAILER
@said
def stop_sandbox(retailer: str) -> int:
    """Stop it, and the demonstration's console; what happened in it is kept."""
    stopped = sandboxes.stop(folder_of(retailer))
    show.console.print("sandbox: stopped" if stopped else "sandbox: none was running")
    return OK


@sandbox.command("act")
@click.argument("vendor")
@click.argument("act")
@click.argument("params", nargs=-1)
@RETAILER
@said
def act(vendor: str, act: str, params: tuple[str, ...], retailer: str) -> int:
    """Let something happen at a vendor's side, e.g. `mailchimp unsubscribe email=els@example.nl`."""
    pairs: dict[str, Any] = dict(each.partition("=")[::2] for each in params)
    sandboxes.perform(folder_of(retailer), vendor, act, pairs)
    show.console.print(f"{vendor}: {act} done")
    return OK


@main.command()
@RETAILER
@said
def demo(retailer: str) -> int:
    """Run every job against the sandbox, show what moved, tell the story of one customer, and open the console."""
    running = prepare(retailer)
    show.console.print(f"sandbox: {running.retailer} at {running.url}\n")
    hub = open_hub()
    made = run_round(hub, publishes=retailer == "fiction")
    show.console.print()
    show.standing(standing(hub))
    with planning(hub, hub.destinations) as opened:
        for destination in hub.destinations:
            show.plans([opened.of(destination)])
    failed = not made.is_well
    return FAILED if failed or _shown(retailer) else OK


def _shown(retailer: str) -> int:
    """Tell one customer's story and open the console, from a room that unlike the hub knows the systems by name."""
    command = [sys.executable, "-m", "plugins.demo", str(folder_of(retailer)), retailer]
    return subprocess.run(command, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    main()
