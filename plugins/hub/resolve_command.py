"""The command `rotonde resolve`: who is who, in the store or in a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from mappers.identity.engine import Rules
from mappers.identity.files import Answer, Change, TableError, resolve_table
from plugins.hub import show
from plugins.hub.auditing import note
from plugins.hub.command import AS_JSON, FAILED, OK, PARQUET, said
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, open_hub, rules_folder
from plugins.hub.resolving import Resolved
from plugins.hub.resolving import resolve as bring_up_to_date
from plugins.observe.tracing import span, steps
from plugins.store.findings import keep
from plugins.store.mirror import open_mirror
from plugins.store.shown import is_shown, publish


@click.command()
@click.option("--records", type=PARQUET, help="Resolve this table of source records instead of the store.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the answer goes (with --records).")
@click.option("--previous", type=PARQUET, help="The answer before; ids are kept (with --changes).")
@click.option("--changes", type=PARQUET, help="What changed in the table since: the same columns, and op.")
@click.option("--accept", is_flag=True, help="Put changed rules of identity in force, whatever the guard says.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="Where; default: what identity.yml says.")
@AS_JSON
@said
def resolve(
    records: Path | None,
    out: Path | None,
    previous: Path | None,
    changes: Path | None,
    accept: bool,
    engine: str | None,
    as_json: bool,
) -> int:
    """Work out who is who, consent and traits from what is in the store; or who is who in a Parquet table."""
    if not (records or out or previous or changes):
        resolved = resolve_store(open_hub(), accept=accept, engine=engine)
        show.as_json(resolved) if as_json else show.console.print(resolved_line(resolved), markup=False)
        return FAILED if resolved.held_back else OK
    if not (records and out) or (previous is None) != (changes is None):
        raise TableError("resolve: tables come together; give --records and --out, and --previous with --changes")
    change = Change(previous, changes) if previous and changes else None
    answer = _resolve_table(records, out, change, engine)
    if as_json:
        show.as_json(answer)
        return OK
    for each in answer.notes:
        show.errors.print(each, markup=False)
    how = (
        f"; {answer.changed:,} changes" + (", only what they touch" if answer.was_incremental else "") if change else ""
    )
    show.console.print(f"{answer.records:,} records are {answer.profiles:,} persons{how}")
    return OK


def resolve_store(hub: Hub, *, accept: bool = False, engine: str | None = None) -> Resolved:
    """Bring what is derived from the store up to it."""
    meaning = hub.meaning
    if engine:
        meaning = replace(meaning, identity=replace(meaning.identity, engine=engine))
    with span("resolve") as noted, steps() as step, open_mirror(hub.store) as connection:
        made = bring_up_to_date(connection, hub.store, meaning, hub.clock(), hub.read_as, accept=accept, step=step)
        noted.note(profiles=made.profiles, records=made.records, moved=made.moved, was_fresh=made.was_fresh)
        if not (made.was_fresh and is_shown(hub.store)):
            publish(connection, hub.store)
    with hub.store.writing() as writer:
        keep(writer, "guard", "identity.yml", [made.held_back] if made.held_back else [], hub.clock())
    if accept:
        note(hub.store, "override", "identity.yml", {"moved": made.moved, "profiles": made.profiles}, hub.clock())
    return made


def resolved_line(resolved: Resolved) -> str:
    """Return what a resolve came to, for people."""
    told = f"{resolved.records:,} customer records are {resolved.profiles:,} persons"
    told = f"nothing new: {told}" if resolved.was_fresh else f"{told}; {resolved.moved:,} records moved"
    return f"{told}\n{resolved.held_back}" if resolved.held_back else told


def _resolve_table(records: Path, out: Path, change: Change | None, engine: str | None) -> Answer:
    folder = rules_folder()
    rules = read_meaning(folder).identity if folder.is_dir() else Rules()
    answer = resolve_table(records, out, replace(rules, engine=engine or rules.engine), datetime.now(UTC), change)
    if not folder.is_dir():
        answer.notes.append(f"{folder}: not here; the built-in rules were used")
    return answer
