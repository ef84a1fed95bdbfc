"""The commands `rotonde feed`: product files for channels, planned, checked and published."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from plugins.feeds.compiling import Compiled, compile_feeds
from plugins.feeds.folder import PublisherAtWork, feeds_folder, published, standing
from plugins.feeds.heard import Heard, heard
from plugins.feeds.plan import FeedPlan, planned
from plugins.feeds.publishing import publish as publish_feed
from plugins.feeds.publishing import summary
from plugins.hub import show
from plugins.hub.auditing import note
from plugins.hub.command import AS_JSON, FAILED, OK, said
from plugins.hub.plans import rules_folder
from plugins.rules.complaint import did_you_mean
from plugins.rules.load import load_rules
from plugins.store.engine import Store, StoreError, open_store
from plugins.store.findings import keep
from plugins.store.migrate import migrate
from plugins.store.times import now

EVERY = "all"
ACCEPT = click.option("--accept", is_flag=True, help="Let more items go than the guard of the feed allows.")
SEVERITIES = {"error": "refused", "warning": "warned", None: "left out"}


@click.group()
def feed() -> None:
    """Product feeds: what channels fetch, checked by the channel's own rules first."""


@feed.command("list")
@AS_JSON
@said
def list_feeds(as_json: bool) -> int:
    """Show every feed, where its file stands, and what is in it."""
    folder = feeds_folder(_store())
    rows = [_row(each, folder) for each in _feeds(EVERY)]
    if as_json:
        show.as_json(rows)
    elif rows:
        columns = ("feed", "format", "items", "published", "file")
        show.table("Feeds", columns, [[row[name] for name in columns] for row in rows])
    else:
        show.console.print("feed: there is none; write sync_rules/feeds/<name>.yml")
    return OK


@feed.command("plan")
@click.argument("name")
@ACCEPT
@AS_JSON
@said
def plan(name: str, accept: bool, as_json: bool) -> int:
    """Show what publishing feed NAME (or all) would change, and what stays out and why; writes nothing."""
    store, feeds = _store(), _feeds(name)
    made: list[FeedPlan] = []
    for each in feeds:
        with planned(each, store, feeds_folder(store), now(), accept=accept) as (_engine, found):
            made.append(found)
    if as_json:
        show.as_json([summary(each) for each in made])
    for found in [] if as_json else made:
        _show(found)
        show.console.print(f"{found.feed}: {_outlook(found)}{_said_of(store, feeds, found)}\n", markup=False)
    return FAILED if any(found.guard for found in made) else OK


def _said_of(store: Store, feeds: list[Compiled], found: FeedPlan) -> str:
    """Return how many items a channel does not show, and where one sees why."""
    sources = next(each.read.feed.issues_from for each in feeds if each.name == found.feed)
    count = sum(each.items for each in heard(store, sources) if each.severity == "refused")
    return f"; {count} items are refused there: rotonde feed issues {found.feed}" if count else ""


@feed.command("issues")
@click.argument("name")
@AS_JSON
@said
def issues(name: str, as_json: bool) -> int:
    """Show what channels say is wrong with the items of feed NAME (or all), as it was read last."""
    store = _store()
    told = {each.name: heard(store, each.read.feed.issues_from) for each in _feeds(name)}
    if as_json:
        show.as_json({name: [asdict(each) for each in found] for name, found in told.items()})
        return OK
    for each, found in told.items():
        _tell_issues(each, found)
    return OK


def _tell_issues(name: str, found: list[Heard]) -> None:
    columns = ("items", "", "code", "attribute", "places", "what", "for example")
    rows = [[each.items, each.severity, each.code, each.attribute, ", ".join(each.places), each.what,
             ", ".join(each.for_example)] for each in found]  # fmt: skip
    show.table(f"What channels say of {name}", columns, rows)
    if not rows:
        show.console.print(f"{name}: nothing is wrong, or no channel was read (issues_from)", markup=False)


@feed.command("publish")
@click.argument("name")
@ACCEPT
@AS_JSON
@said
def publish(name: str, accept: bool, as_json: bool) -> int:
    """Publish feed NAME (or all) where something changed; a guard or another publisher leaves the old one."""
    store, feeds = _store(), _feeds(name)
    results = [_published(each, store, accept=accept, quiet=as_json) for each in feeds]
    if as_json:
        show.as_json(results)
    return FAILED if any(each["outcome"] not in ("published", "unchanged") for each in results) else OK


def publish_changed(*, quiet: bool) -> tuple[list[dict[str, Any]], bool]:
    """Publish every feed in which something changed; returns what became of each, and whether one was stopped."""
    store = _store()
    results = [_published(each, store, accept=False, quiet=True) for each in _feeds(EVERY)]
    if results and not quiet:
        show.console.print("[bold]feeds[/]")
        for each in results:
            show.console.print(f"  {_line(each, feeds_folder(store))}", markup=False)
    return results, any(each["outcome"] not in ("published", "unchanged") for each in results)


def _line(result: dict[str, Any], folder: Path) -> str:
    """Return what became of a feed in one line."""
    name, outcome, manifest = result["feed"], result["outcome"], result.get("manifest")
    if outcome == "busy":
        return f"{name:<12} busy: another process publishes it"
    refused = result["products"]["refused"]
    told = f"{result['products']['inside']} items, {refused} refused"
    where = f", {folder / name / manifest['file']}" if manifest else ""
    return f"{name:<12} {outcome}: {result['guard'] or told + where}"


def _published(compiled: Compiled, store: Store, *, accept: bool, quiet: bool) -> dict[str, Any]:
    try:
        made, manifest = publish_feed(compiled, store, feeds_folder(store), now(), accept=accept)
    except PublisherAtWork as error:
        show.errors.print(str(error), markup=False)
        return {"feed": compiled.name, "outcome": "busy"}
    with store.writing() as writer:
        keep(writer, "guard", f"feed {compiled.name}", [made.guard] if made.guard else [], now())
    if accept and manifest:
        note(store, "override", f"feed {compiled.name}", asdict(made.change), now())
    outcome = "published" if manifest else "stopped" if made.guard else "unchanged"
    if not quiet:
        _show(made)
        where = f" to {feeds_folder(store) / compiled.name / manifest.file}" if manifest else ""
        show.console.print(
            f"{made.feed}: {_outlook(made) if not manifest else _difference(made)}{where}\n", markup=False
        )
    return {**summary(made), "outcome": outcome, "manifest": asdict(manifest) if manifest else None}


def _store() -> Store:
    store = open_store()
    migrate(store)
    return store


def _feeds(name: str) -> list[Compiled]:
    """Return the feeds that are meant; raises `RulesError` or `StoreError`."""
    feeds = compile_feeds(load_rules(rules_folder()).feeds.values())
    if name != EVERY and name not in feeds:
        cure = did_you_mean(name, feeds) if feeds else "write sync_rules/feeds/<name>.yml"
        raise StoreError(f"feed {name}: there is no such feed; {cure}")
    return [each for each in feeds.values() if name in (EVERY, each.name)]


def _row(compiled: Compiled, folder: Path) -> dict[str, Any]:
    found = published(standing(folder, compiled.name))
    return {
        "feed": compiled.name, "format": compiled.read.feed.format, "description": compiled.read.feed.description,
        "items": found.items if found else None, "published": found.at if found else None,
        "file": str(folder / compiled.name / found.file) if found else None,
    }  # fmt: skip


def _show(made: FeedPlan) -> None:
    columns = ("products", "", "code", "attribute", "what", "what to do")
    rows = [[each.items, SEVERITIES[each.severity], each.code, each.attribute, each.what, each.cure]
            for each in made.reasons]  # fmt: skip
    show.table(f"Feed {made.feed}", columns, rows)


def _outlook(made: FeedPlan) -> str:
    if made.guard:
        return made.guard
    return f"nothing changed, {made.counts.inside} items stand" if made.change.is_none else _difference(made)


def _difference(made: FeedPlan) -> str:
    change, counts = made.change, made.counts
    return (
        f"{counts.inside} of {counts.considered} products ({change.added} added, {change.changed} changed, "
        f"{change.removed} removed)"
    )
