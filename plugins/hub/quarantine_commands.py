"""The commands about records that could not be read: count them, read them again."""

from __future__ import annotations

import getpass
import uuid

import click

from plugins.hub import show
from plugins.hub.command import AS_JSON, FAILED, OK, said
from plugins.hub.plans import open_hub
from plugins.hub.replaying import Which
from plugins.hub.replaying import replay as replay_quarantine
from plugins.hub.standing import standing

COLUMNS = ("source", "stream", "reason", "records")


@click.group()
def quarantine() -> None:
    """Records that could not be read, with the reason."""


@quarantine.command("list")
@AS_JSON
@said
def list_quarantine(as_json: bool) -> int:
    """Count what is open, by source, stream and reason."""
    waiting = standing(open_hub()).quarantine
    if as_json:
        show.as_json(waiting)
    elif waiting:
        show.table("Open in quarantine", COLUMNS, [[each[name] for name in COLUMNS] for each in waiting])
    else:
        show.console.print("quarantine: empty")
    return OK


@quarantine.command()
@click.option("--source", help="Only what a source sent.")
@click.option("--stream", help="Only one stream.")
@click.option("--reason", help="Only what could not be read for one reason.")
@AS_JSON
@said
def replay(source: str | None, stream: str | None, reason: str | None, as_json: bool) -> int:
    """Read what is open again; what is readable now goes into the store."""
    done = replay_quarantine(open_hub(), str(uuid.uuid4()), Which(source, stream, reason), getpass.getuser())
    show.as_json(done) if as_json else show.console.print(f"{done.kept} of {done.tried} records are readable now")
    return OK if done.kept == done.tried else FAILED
