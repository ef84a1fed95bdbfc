"""`rotonde metrics` and `rotonde doctor`: how the hub is, for machines and for people."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from plugins.health.doctor import examine
from plugins.health.exposition import exposition, write
from plugins.health.finding import worst
from plugins.hub import show
from plugins.hub.command import AS_JSON, EXIT_CODES, OK, said
from plugins.hub.demo import load_env
from plugins.store.engine import StoreError, open_store
from plugins.store.migrate import migrate


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
def health() -> None:
    """Tell how the hub is."""
    os.umask(0o077)
    load_env()


@health.command()
@click.option("--textfile", type=click.Path(dir_okay=False, path_type=Path), help="Write them to a file instead.")
@click.option("--mode", default="600", show_default=True, help="Who may read the file, in octal: 644 for everybody.")
@said
def metrics(textfile: Path | None, mode: str) -> int:
    """Print figures of what the store knows, for Prometheus or node_exporter."""
    store = open_store()
    migrate(store)
    text = exposition(store)
    if textfile is None:
        click.echo(text.decode(), nl=False)
        return OK
    try:
        write(textfile, text, int(mode, 8) & 0o777)
    except (OSError, ValueError) as error:
        raise StoreError(f"metrics: {textfile} cannot be written ({type(error).__name__}); see --mode") from None
    show.console.print(f"metrics: {textfile}", markup=False)
    return OK


@health.command()
@click.option("--online", is_flag=True, help="Also ask whether vendors answer, and let each tap read one record.")
@AS_JSON
def doctor(online: bool, as_json: bool) -> None:
    """Say what is wrong with the set-up, and what to do: exit code 0 all green, 1 something yellow, 2 something red."""
    found = []
    for each in examine(Path(), online=online):
        found.append(each)
        if not as_json:
            show.console.print(f"[{each.colour}]{each.colour:<7}[/]", end="")
            show.console.print(str(each), markup=False, highlight=False, soft_wrap=True)
    if as_json:
        show.as_json(found)
    sys.exit(worst(found))


if __name__ == "__main__":
    health(prog_name="rotonde")
