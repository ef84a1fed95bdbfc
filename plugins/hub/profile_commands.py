"""The commands `rotonde profile`: what people know better of a person than any system."""

from __future__ import annotations

import click

from plugins.hub import locking, show, show_people
from plugins.hub.command import AS_JSON, OK, said
from plugins.hub.plans import open_hub
from plugins.store.engine import StoreError

WHO = "PERSON is a record (source:id), a profile id, or an identifier that only one person has."
REASON = click.option("--reason", required=True, help="Why; it is kept with the lock.")
LOOSE = {"allow_extra_args": True}
"""Words that stand too much are ours to refuse: they may be personal data, and click repeats them."""


@click.group()
def profile() -> None:
    """What people know better of a person than any system."""


@profile.command("lock", epilog=f"{WHO} An empty VALUE ('') is locked as not known.", context_settings=LOOSE)
@click.argument("person")
@click.argument("field")
@click.argument("value")
@REASON
@AS_JSON
@said
def lock(person: str, field: str, value: str, reason: str, as_json: bool) -> int:
    """Give FIELD of PERSON this VALUE, whatever the rules say, for every resolve from now on."""
    _refuse_more_words()
    return _told(locking.lock(open_hub(), person, field, value, reason), field, "is locked", as_json)


@profile.command("unlock", epilog=WHO, context_settings=LOOSE)
@click.argument("person")
@click.argument("field")
@REASON
@AS_JSON
@said
def unlock(person: str, field: str, reason: str, as_json: bool) -> int:
    """Give FIELD of PERSON back to the rules."""
    _refuse_more_words()
    return _told(locking.unlock(open_hub(), person, field, reason), field, "goes by the rules again", as_json)


@profile.command("locks")
@AS_JSON
@said
def locks(as_json: bool) -> int:
    """Show every field that is locked, oldest first."""
    found = locking.locks(open_hub())
    if as_json:
        show.as_json(found)
    elif found:
        show_people.locks(found)
    else:
        show.console.print("profile: nothing is locked")
    return OK


def _refuse_more_words() -> None:
    if click.get_current_context().args:
        raise StoreError("profile: there are too many words; put what has several words in quotes")


def _told(profile_id: str, field: str, what: str, as_json: bool) -> int:
    if as_json:
        show.as_json({"profile_id": profile_id, "field": field})
        return OK
    show.console.print(f"{field} of {profile_id} {what}")
    show.console.print("It holds from the next resolve on: rotonde resolve")
    return OK
