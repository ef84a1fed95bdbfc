"""The commands for what is kept and why: `rotonde retention`, `register` and `export`."""

from __future__ import annotations

from pathlib import Path

import click

from plugins.hub import show
from plugins.hub.command import AS_JSON, OK, said
from plugins.hub.plans import open_hub
from plugins.hub.resolve_command import resolve_store
from plugins.hub.rights import erasing
from plugins.hub.rights.commands import LOOSE, WHO, erase, erasures, object_, refuse_more_words
from plugins.hub.rights.exporting import export_to
from plugins.hub.rights.register import as_markdown, register_of
from plugins.hub.rights.retention import cut_of, retain


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@AS_JSON
@said
def retention(dry_run: bool, as_json: bool) -> int:
    """Take out what is older than its term (`retention.yml`); run it every night."""
    hub = open_hub()
    done = retain(hub, dry_run=dry_run)
    if as_json:
        show.as_json(done)
        return OK
    terms = hub.meaning.retention
    listed = [(name, getattr(terms, name), cut_of(hub, name).date(), count) for name, count in done.counts.items()]
    show.table("Would go" if dry_run else "Gone", ("class", "term", "older than", "rows"), listed)
    return OK


@click.command()
@AS_JSON
@said
def register(as_json: bool) -> int:
    """Print the register of article 30: what is done with whose data, as the hub is set up now."""
    made = register_of(open_hub())
    show.as_json(made) if as_json else show.console.file.write(as_markdown(made))
    return OK


@click.command(epilog=WHO, context_settings=LOOSE)
@click.argument("person")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder of its own.")
@AS_JSON
@said
def export(person: str, out: Path, as_json: bool) -> int:
    """Write everything the hub holds on PERSON into the folder: person.json, and person.html to read."""
    refuse_more_words("export")
    hub = open_hub()
    resolve_store(hub)
    files = export_to(hub, erasing.find(hub, person, "export: PERSON"), out)
    names = [str(each) for each in files]
    show.as_json({"files": names}) if as_json else show.console.print("export: " + " and ".join(names), markup=False)
    return OK


RIGHTS = (erase, erasures, export, object_, register, retention)
"""Every command of this package."""
