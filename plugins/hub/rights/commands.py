"""The commands for a person's rights: `rotonde erase`, `erasures` and `object`."""

from __future__ import annotations

from typing import get_args

import click

from plugins.hub import show
from plugins.hub.command import AS_JSON, DIFFERS, OK, said
from plugins.hub.plans import Hub, open_hub
from plugins.hub.resolve_command import resolve_store
from plugins.hub.rights import erasing, telling
from plugins.hub.rights.objecting import object_to
from plugins.rules.consent import Channel
from plugins.store.engine import StoreError
from plugins.store.times import utc_text

WHO = "PERSON is a record (source:id), a profile id, or an identifier that only one person has."
LOOSE = {"allow_extra_args": True}
"""Words that stand too much are ours to refuse: they may be personal data, and click repeats them."""
YES = click.option("--yes", is_flag=True, help="Do not ask.")
CHANNELS = click.Choice(get_args(Channel))


@click.command(epilog=WHO, context_settings=LOOSE)
@click.argument("person", required=False)
@click.option("--reason", default="asked for by the person", show_default=True, help="Why; name nobody in it.")
@click.option("--replay", "is_replay", is_flag=True, help="Erase again whom the list beside the store names.")
@YES
@AS_JSON
@said
def erase(person: str | None, reason: str, is_replay: bool, yes: bool, as_json: bool) -> int:
    """Take PERSON out of everything the hub holds, keep them out, and tell every recipient with the next sync."""
    refuse_more_words("erase")
    hub = open_hub()
    if is_replay or person is None:
        if not is_replay:
            raise StoreError("erase: nobody is named; give PERSON, or --replay")
        return _again(hub, as_json)
    erasing.resume(hub)
    resolve_store(hub)
    found = erasing.find(hub, person)
    if not (yes or _agreed(found)):
        return OK
    found = erasing.found_of(hub, found.profile_id)  # while somebody thought about it, more may have come
    erasure_id = erasing.erase(hub, found, reason)
    resolve_store(hub)
    return _told(hub, next(each for each in erasing.erasures(hub) if each.id == erasure_id), as_json)


def _again(hub: Hub, as_json: bool) -> int:
    resumed, again = erasing.catch_up(hub)
    done = {"resumed": resumed, "erased_again": again}
    if done["resumed"] or done["erased_again"]:
        resolve_store(hub)
    line = f"{done['erased_again']} persons of the list were here again, {done['resumed']} erasures were taken up"
    show.as_json(done) if as_json else show.console.print(line)
    return OK


def _agreed(found: erasing.Found) -> bool:
    show.table("What goes, and orders that stay without a name", ("table", "rows"), found.rows.items())
    told = [(name, len(known)) for name, known in sorted(found.recipients.items())]
    show.table("Who is told", ("destination", "identifiers"), told)
    return click.confirm(f"Erase {found.profile_id} for good?")


def _told(hub: Hub, made: erasing.Erasure, as_json: bool) -> int:
    if as_json:
        show.as_json(made)
        return OK
    show.table(f"Erasure {made.id}", ("step", "rows", "done_at"), [_step(step) for step in made.steps])
    waiting = [step["step"] for step in made.steps if step["done_at"] is None]
    by_hand = [each for each in waiting if each in hub.destinations and "erase" not in hub.channel(each).operations]
    for each in by_hand:
        show.console.print(f"Erase them there by hand, then: rotonde erasures --told {made.id} {each}")
    if synced := [each for each in waiting if each not in by_hand]:
        show.console.print(f"Waits for {', '.join(synced)}: rotonde sync")
    if not waiting:
        show.console.print("Done; nobody is to be told")
    return OK


def _step(step: dict[str, object]) -> list[object]:
    return [step[name] for name in ("step", "rows", "done_at")]


@click.command()
@click.option("--retry", is_flag=True, help="Ask recipients that refused again, with the next sync.")
@click.option("--told", nargs=2, metavar="ERASURE DESTINATION", help="Note that a recipient was told by hand.")
@AS_JSON
@said
def erasures(retry: bool, told: tuple[str, str] | None, as_json: bool) -> int:
    """List every erasure with its proof, and what is overdue: the hub after 72 hours, a recipient after 30 days."""
    hub = open_hub()
    if retry or told:
        with hub.store.writing() as connection:
            telling.ask_again(connection) if retry else None
            telling.by_hand(connection, *told, utc_text(hub.clock())) if told else None
    found = erasing.erasures(hub)
    if as_json:
        show.as_json(found)
    else:
        columns = ("erasure", "requested", "state", "done", "waits for", "overdue")
        show.table("Erasures", columns, [_line(each) for each in found])
        show.console.print("" if found else "erasures: none")
    return DIFFERS if any(each.overdue for each in found) else OK


def _line(made: erasing.Erasure) -> list[object]:
    waiting = ", ".join(step["step"] for step in made.steps if step["done_at"] is None)
    return [made.id, made.requested_at, made.state, made.done_at, waiting, ", ".join(made.overdue)]


@click.command("object", epilog=WHO, context_settings=LOOSE)
@click.argument("person")
@click.option("--channel", type=CHANNELS, help="Only this channel. Default: all of them, and profiling.")
@click.option("--reason", required=True, help="What the person said; it is kept with the act.")
@AS_JSON
@said
def object_(person: str, channel: str | None, reason: str, as_json: bool) -> int:
    """Keep that PERSON wants no more: an act of consent by hand, which holds everywhere from the next sync on."""
    refuse_more_words("object")
    hub = open_hub()
    resolve_store(hub)
    acts = object_to(hub, erasing.find(hub, person, "object: PERSON").subject, channel, reason)
    if as_json:
        show.as_json({"acts": acts})
        return OK
    show.console.print(f"object: kept; no more by {channel or 'any channel'}. It leaves with: rotonde sync")
    return OK


def refuse_more_words(command: str) -> None:
    """Refuse words that stand too much, without repeating them."""
    if click.get_current_context().args:
        raise StoreError(f"{command}: there are too many words; put what has several words in quotes")
