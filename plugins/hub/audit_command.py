"""The command `rotonde audit`: who changed which rule, and who lifted which guard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from plugins.hub import show
from plugins.hub.auditing import logged, note_rules
from plugins.hub.command import AS_JSON, OK, said
from plugins.hub.plans import open_hub, rules_folder


@click.command()
@click.option("--most", default=50, show_default=True, help="How many lines, the newest first.")
@AS_JSON
@said
def audit(most: int, as_json: bool) -> int:
    """Show which rules changed when and whose they are, and which guards were lifted by whom."""
    hub = open_hub()
    note_rules(hub.store, rules_folder(), hub.meaning.owners, hub.clock())
    found = logged(hub.store, most)
    if as_json:
        show.as_json(found)
        return OK
    told = [(each["at"], each["who"], each["kind"], each["about"], _words(each["detail"])) for each in found]
    show.table("Rules that changed, and guards that were lifted", ("at", "who", "kind", "about", "what"), told)
    return OK


def _words(detail: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in detail.items() if value is not None and name != "sha256"}
    return ", ".join(f"{name} {value}" for name, value in shown.items())
