"""The command `rotonde hygiene`: what the shops typed."""

from __future__ import annotations

import click

from mappers.identity.hygiene import measure
from plugins.hub import show, show_people
from plugins.hub.command import AS_JSON, OK, said
from plugins.hub.plans import open_hub
from plugins.hub.resolving import is_resolved
from plugins.store.engine import StoreError
from plugins.store.mirror import open_mirror


@click.command()
@AS_JSON
@said
def hygiene(as_json: bool) -> int:
    """Show which shop types placeholders, invalid or shared values, or leaves out who the customer is."""
    hub = open_hub()
    if not is_resolved(hub.store):
        raise StoreError("hygiene: nothing is resolved yet; run 'rotonde resolve' first")
    with open_mirror(hub.store, read_only=True) as connection:
        found = measure(connection)
    show.as_json(found) if as_json else show_people.hygiene(found)
    return OK
