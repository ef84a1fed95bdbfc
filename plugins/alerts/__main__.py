"""`rotonde alerts`: look at what is wrong and tell of it, list alarms, or try a route."""

from __future__ import annotations

import logging
import os
import uuid
from typing import Any

import click

from plugins.alerts.alarms import listed
from plugins.alerts.looking import look as look_once
from plugins.alerts.telling import addresses, by_apprise
from plugins.alerts.wording import WORDS, here
from plugins.hub import show
from plugins.hub.command import AS_JSON, DIFFERS, EXIT_CODES, FAILED, OK, said
from plugins.hub.plans import rules_folder
from plugins.rules.alerts import load_alerts
from plugins.rules.complaint import did_you_mean
from plugins.store.engine import Store, StoreError, open_store
from plugins.store.migrate import migrate
from plugins.store.times import now

COLUMNS = ("alarm", "about", "state", "since", "what", "what to do")


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
def alerts() -> None:
    """Tell what is wrong: once when it begins, once when it is over."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    os.umask(0o077)


@alerts.command()
@click.option("--calm", is_flag=True, help="End with 0 also where something is open: for a schedule.")
@AS_JSON
@said
def look(calm: bool, as_json: bool) -> int:
    """Look at the store, open and close alarms, and send what changed; ends with 3 while something is open."""
    store, rules = _opened(), load_alerts(rules_folder())
    looked = look_once(store, rules, now(), f"look-{uuid.uuid4()}")
    open_now = _listed(store, ["open"])
    if as_json:
        show.as_json({"looked": looked, "open": open_now})
    else:
        _show(open_now)
    for each in looked.told.failed:
        show.errors.print(each, markup=False)
    return DIFFERS if open_now and not calm else OK


@alerts.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that wait to be told, and those that are over.")
@AS_JSON
@said
def list_alarms(everything: bool, as_json: bool) -> int:
    """Show what is open, since when, and what to do; nothing is looked at or sent."""
    rows = _listed(_opened(), ["waiting", "open", "closed"] if everything else ["open"])
    show.as_json(rows) if as_json else _show(rows)
    return OK


@alerts.command()
@click.argument("route")
@said
def test(route: str) -> int:
    """Send a message to ROUTE to see whether it arrives."""
    rules = load_alerts(rules_folder())
    if route not in rules.to:
        cure = did_you_mean(route, rules.to) if rules.to else "set one in sync_rules/alerts.yml"
        raise StoreError(f"alerts: {route}: no such route; {cure}")
    known = addresses(rules, route)
    if not known:
        raise StoreError(f"alerts: route {route}: {rules.to[route].urls_in} is not set; set it to an Apprise address")
    words = ("Rotonde: a trial", "alerts: this is a trial; nothing is wrong, nothing to do")
    done = [by_apprise(each, *words) for each in known]
    for place, is_there in enumerate(done, 1):
        became = "delivered" if is_there else "not delivered; check the address, and whether it can be reached"
        show.console.print(f"alerts: route {route}, address {place} of {len(done)}: {became}", markup=False)
    return OK if all(done) else FAILED


def _opened() -> Store:
    store = open_store()
    migrate(store)
    return store


def _listed(store: Store, states: list[str]) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return listed(connection, states)


def _show(rows: list[dict[str, Any]]) -> None:
    if not rows:
        show.console.print("alerts: nothing is open")
        return
    cells = [[WORDS.get(each["kind"], each["kind"]), each["about"], each["state"], here(each["since"]),
              each["what"], each["cure"]] for each in rows]  # fmt: skip
    show.table("Alarms", COLUMNS, cells)
    waiting = sorted({route for each in rows for route in each["untold_to"]})
    if waiting:
        show.console.print(f"alerts: not told yet: {', '.join(waiting)}", markup=False)


if __name__ == "__main__":
    alerts(prog_name="rotonde alerts")
