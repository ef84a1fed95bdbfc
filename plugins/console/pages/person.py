"""A person: found by what they say of themselves, and shown as far as a role may see; each look is written down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from plugins.console import timeline
from plugins.console.ask import Ask, Stopped
from plugins.console.finding import find, former, records_of, whom
from plugins.console.known import Known, audiences_of, known_of, links_of, proven
from plugins.console.masking import Mask
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.hub.point_account import account_of
from plugins.store.loyalty_tables import loyalty_account
from plugins.store.people import is_told

ENTRIES = 20


def search(ask: Ask) -> Response:
    """Ask for whom."""
    return ask.page("person_search.html", found=None)


def search_form(ask: Ask) -> Response:
    """Go to the one who is found, or list who may be meant; what was typed is written down as its HMAC."""
    found = looked_up(ask, "/person")
    if len(found) == 1:
        return ask.to(f"/person/{next(iter(found))}")
    listed = [{"id": each, "by": by, **_fields(ask, each)} for each, by in found.items()]
    return ask.page("person_search.html", found=listed, mask=_mask(ask))


def looked_up(ask: Ask, page: str) -> dict[str, list[str]]:
    """Return who is found by what was typed, and write each of them down."""
    typed = ask.said("who")
    with ask.desk.hub.store.reading() as connection:
        found = find(connection, typed)
    seal = ask.desk.seals.of_text("typed", typed.lower())
    for each, by in found.items() or [("nobody", ["nothing"])]:
        ask.note("look_up", each, why="search", by=by, typed=seal, page=page)
    return found


def person(ask: Ask) -> Response:
    """Show a person."""
    profile_id = whom(ask)
    ask.note("look_up", profile_id, why="page", page="person")
    return _shown(ask, profile_id, _mask(ask))


def reveal(ask: Ask) -> Response:
    """Show a person in full, once."""
    profile_id = whom(ask)
    ask.note("reveal", profile_id, why="page", page="person")
    return _shown(ask, profile_id, Mask(ask.who.account.role, is_lifted=True))


def why(ask: Ask) -> Response:
    """Show why some records are one person, and which audiences that person meets."""
    profile_id = whom(ask)
    ask.note("look_up", profile_id, why="page", page="why")
    small, hub = ask.desk.small, ask.desk.hub
    if not is_told(hub.store):
        raise Stopped(404)
    return ask.page(
        "person_why.html", id=profile_id, mask=_mask(ask), links=links_of(small, hub, profile_id),
        audiences=audiences_of(small, hub, profile_id),
    )  # fmt: skip


def _mask(ask: Ask) -> Mask:
    return Mask(ask.who.account.role)


def _fields(ask: Ask, profile_id: str) -> dict[str, Any]:
    return known_of(ask.desk.hub, profile_id).fields


def _shown(ask: Ask, profile_id: str, mask: Mask) -> Response:
    known = known_of(ask.desk.hub, profile_id)
    return ask.page("person.html", id=profile_id, mask=mask, known=known, **_kept(ask, profile_id, known))


def _kept(ask: Ask, profile_id: str, known: Known) -> dict[str, Any]:
    """Return what the store has of a person, beside what is derived."""
    with ask.desk.hub.store.reading() as connection:
        records, profiles = records_of(connection, profile_id), former(connection, profile_id)
        acts, sent = proven(connection, known.acts), timeline.sent(connection, profiles)
        return {
            "records": records,
            "former": profiles[1:],
            "acts": acts,
            "happened": timeline.timeline(connection, records, known.loose, acts, watched=known.may_be_watched),
            "sent": sent,
            "audiences": timeline.standing_at(sent),
            "points": points_of(ask, connection, profile_id),
            "offers": timeline.offers(connection, profiles),
            "vouchers": timeline.vouchers(connection, records),
        }


def points_of(ask: Ask, connection: Any, profile_id: str) -> dict[str, Any] | None:
    """Return the account of points of a person as it stands now, with its newest entries."""
    mine = (loyalty_account.c.holder == profile_id) & (loyalty_account.c.unit == "points")
    account = connection.execute(select(loyalty_account.c.id).where(mine)).scalar()
    return None if account is None else account_of(connection, account, ask.now, ENTRIES)


ROUTES = (
    Seen("/person", "person", Right.PERSON, search, on_menu=True),
    Seen("/person", "person", Right.PERSON, search_form, "POST"),
    Seen("/person/{id}", "person", Right.PERSON, person),
    Seen("/person/{id}/why", "person", Right.PERSON, why),
    Seen("/person/{id}/reveal", "person", Right.REVEAL, reveal, "POST"),
)
