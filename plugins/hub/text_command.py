"""The command `rotonde text`: a message as one person would read it, if they may be sent it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
import duckdb

from plugins.hub import show
from plugins.hub.command import AS_JSON, FAILED, OK, said
from plugins.hub.plans import Hub, open_hub
from plugins.hub.resolving import resolve
from plugins.hub.story import find
from plugins.offers.standing import stand
from plugins.rules.complaint import did_you_mean
from plugins.rules.moments import HOME
from plugins.rules.offer_examples import constants
from plugins.rules.template import UnwrittenError, Value
from plugins.rules.texts import ReadMessage
from plugins.store.engine import StoreError
from plugins.store.mirror import open_mirror, rows

CHANNEL = "email"
MAY = "SELECT state FROM consent_state WHERE profile_id = ? AND channel = ? AND purpose = 'marketing'"
CODE = """
SELECT code, ends_on FROM issued WHERE offer = ? AND profile_id = ? AND NOT is_used AND ends_on >= ?
ORDER BY ends_on DESC LIMIT 1
"""


@click.command()
@click.argument("name")
@click.argument("person")
@AS_JSON
@said
def text(name: str, person: str, as_json: bool) -> int:
    """Show the text NAME as PERSON would read it; what sells is shown only where they may be sent it."""
    hub = open_hub()
    if name not in hub.meaning.texts:
        known = hub.meaning.texts
        cure = did_you_mean(name, known) if known else "write sync_rules/texts/<name>.yml"
        raise StoreError(f"text {name[:60]}: there is no such text; {cure}")
    made = written(hub, hub.meaning.texts[name], person)
    if as_json:
        show.as_json(made)
    for each in [] if as_json else made:
        show.console.rule(each["profile_id"], align="left")
        show.console.print(each["refused"] or f"{each['subject']}\n\n{each['body']}", markup=False)
    if not made:
        show.errors.print("text: nobody is known by that; try another identifier, or run 'rotonde resolve' first")
    return FAILED if not made or any(each["refused"] for each in made) else OK


def written(hub: Hub, read: ReadMessage, who: str) -> list[dict[str, Any]]:
    """Return what everybody whom a text may mean would read, or why they are sent nothing."""
    now = hub.clock()
    with open_mirror(hub.store) as connection:
        resolve(connection, hub.store, hub.meaning, now, hub.read_as)
        stand(connection, hub.store)
        today = now.astimezone(HOME).date()
        return [_of_person(connection, hub, read, profile, today) for profile in find(connection, who)]


def _of_person(
    connection: duckdb.DuckDBPyConnection, hub: Hub, read: ReadMessage, profile: str, today: date
) -> dict[str, Any]:
    told: dict[str, Any] = {"profile_id": profile, "subject": None, "body": None, "refused": ""}
    if read.message.kind == "marketing":
        state = connection.execute(MAY, [profile, CHANNEL]).fetchone()
        if state is None or state[0] != "granted":
            return {
                **told,
                "refused": f"{CHANNEL}, marketing: {state[0] if state else 'nobody ever asked'}; it is not sent",
            }
    try:
        subject, body = read.write(_values(connection, hub, read, profile, today))
    except UnwrittenError as error:
        return {**told, "refused": f"cannot be written: {error}"}
    return {**told, "subject": subject, "body": body}


def _values(
    connection: duckdb.DuckDBPyConnection, hub: Hub, read: ReadMessage, profile: str, today: date
) -> dict[str, Value]:
    (traits,) = rows(connection, "SELECT * FROM trait WHERE profile_id = ?", [profile]) or [{}]
    if read.message.offer is None:
        return traits
    offer = next(each for each in hub.meaning.offers if each.name == read.message.offer)
    found = connection.execute(CODE, [offer.name, profile, today]).fetchone()
    code, ends_on = found or (None, None)
    return {**traits, **constants(offer.offer), "code": code, "ends_on": ends_on}
