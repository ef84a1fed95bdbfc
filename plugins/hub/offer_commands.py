"""The commands `rotonde offer`: which offers there are, who would get them and who not, and their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import click

from plugins.hub import show
from plugins.hub.command import AS_JSON, OK, said
from plugins.hub.destinations import Channel
from plugins.hub.plans import Hub, open_hub, planning
from plugins.offers.eligible import OfferPlan
from plugins.rules.complaint import did_you_mean
from plugins.store.engine import StoreError

EVERY = "all"
COUNTS = ("offer", "audience", "matched", "to_issue", "issued", "open", "used", "held")


@click.group()
def offer() -> None:
    """Offers: personal benefits with a code, told once every system that takes the code has it."""


@offer.command("plan")
@click.argument("name", default=EVERY)
@AS_JSON
@said
def plan_offer(name: str, as_json: bool) -> int:
    """Show who would get NAME (or all offers) now, who not and why, and where systems differ; writes nothing."""
    found, _ = work_out(open_hub(), name)
    show.as_json([asdict(each) for each in found]) if as_json else show_offers(found)
    return OK


@offer.command("issue")
@click.argument("name", default=EVERY)
@AS_JSON
@said
def issue_offer(name: str, as_json: bool) -> int:
    """Give everybody who gets NAME (or any offer) now their code, once; 'rotonde sync' does this too."""
    found, issued = work_out(open_hub(), name, issues=True)
    if as_json:
        show.as_json([{**asdict(each), "issued_now": issued.get(each.offer, 0)} for each in found])
    for each in [] if as_json else found:
        show.console.print(_line(each, issued), markup=False)
    return OK


def issue_due(hub: Hub, *, quiet: bool) -> list[dict[str, Any]]:
    """Issue what is due for 'rotonde sync'; returns a line for each offer."""
    if not hub.meaning.offers:
        return []
    found, issued = work_out(hub, EVERY, issues=True)
    if not quiet:
        show.console.print("[bold]offers[/]")
    for each in [] if quiet else found:
        show.console.print(f"  {_line(each, issued)}", markup=False)
    return [{**asdict(each), "issued_now": issued.get(each.offer, 0)} for each in found]


def work_out(hub: Hub, name: str, *, issues: bool = False) -> tuple[list[OfferPlan], dict[str, int]]:
    """Return the plan of each offer that is meant, and how many codes each got; raises `StoreError`."""
    names = [each.name for each in hub.meaning.offers]
    if name != EVERY and name not in names:
        cure = did_you_mean(name, names) if names else "write sync_rules/offers/<name>.yml"
        raise StoreError(f"offer {name[:60]}: there is no such offer; {cure}")
    meant = [each for each in hub.meaning.offers if name in (EVERY, each.name)]
    hub = replace(hub, meaning=replace(hub.meaning, offers=tuple(meant)))
    destinations = sorted({each for read in meant for each in read.texts})
    with planning(hub, destinations) as opened:
        for destination in destinations:
            channel = hub.channel(destination)
            assert isinstance(channel, Channel)
            opened.desire(channel)
        plans = opened.offering.chosen()
        return plans, opened.offering.issue(plans) if issues else {}


def show_offers(found: Sequence[OfferPlan], *, is_short: bool = False) -> None:
    """Print offers: who gets them, and unless it is short who not and why, and where systems differ about products."""
    show.rows("Offers", [asdict(each) for each in found], COUNTS)
    for each in () if is_short else found:
        show.table(f"In the audience of {each.offer}, and no code now", ("why", "persons"), each.out.items())
        differences = [(one.product, one.what) for one in each.differences]
        show.table(f"Not the same everywhere, of {each.offer}", ("product", "what"), differences)


def _line(made: OfferPlan, issued: dict[str, int]) -> str:
    """Return what became of an offer in one line."""
    if made.held:
        return f"{made.offer:<18} held: {made.held}"
    return f"{made.offer:<18} {issued.get(made.offer, 0)} codes issued, {made.open} were open, {made.used} used"
