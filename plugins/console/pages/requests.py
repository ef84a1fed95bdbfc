"""What persons ask for by their rights: taken on, carried out as the commands do, and handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, get_args

from starlette.responses import FileResponse, Response

from plugins.console.ask import Ask, Stopped
from plugins.console.finding import whom
from plugins.console.known import known_of
from plugins.console.masking import Mask
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.hub.lease import is_held
from plugins.hub.resolving import BUSINESS_ZONE
from plugins.hub.rights import erasing, requests
from plugins.hub.rights.objecting import object_to
from plugins.hub.rights.requests import Row
from plugins.hub.rights.subject import subject_of
from plugins.rules.consent import Channel
from plugins.store.times import utc_text

CARRYING = "plugins.hub.rights.carrying"
PLACE = "console"
CHANNELS = get_args(Channel)
FILES = {"person.json": "application/json", "person.html": "text/html"}
LONGEST = 500


def listed(ask: Ask) -> Response:
    """Show what is asked for and not answered, with its clock, and what was answered."""
    with ask.desk.hub.store.reading() as connection:
        rows = requests.listed(connection, _today(ask.now))
    return ask.page("requests.html", requests=rows)


def _today(now: datetime) -> date:
    return now.astimezone(BUSINESS_ZONE).date()


def of_person(ask: Ask) -> Response:
    """Let something be taken on for a person."""
    profile_id = whom(ask)
    ask.note("look_up", profile_id, why="page", page="requests")
    with ask.desk.hub.store.reading() as connection:
        rows = requests.listed(connection, _today(ask.now), profile_id)
    known = known_of(ask.desk.hub, profile_id)
    return ask.page(
        "requests_of.html", id=profile_id, known=known, mask=Mask(ask.who.account.role), requests=rows,
        today=_today(ask.now), channels=CHANNELS,
    )  # fmt: skip


def take_on(ask: Ask) -> Response:
    """Take on what a person asks for; an objection holds at once."""
    profile_id, kind = whom(ask), ask.said("kind")
    if kind not in get_args(requests.Kind) or ask.said("channel") not in ("", *CHANNELS):
        raise Stopped(400)
    with ask.desk.hub.store.writing() as connection:
        who, asked_on = ask.who.account.name, _asked_on(ask)
        number = requests.take_on(connection, kind, profile_id, asked_on, who, ask.now)  # type: ignore[arg-type]
    ask.note("request", number, what="taken on", right=kind)
    if kind == "objection":
        _object(ask, number, profile_id)
    return ask.to(f"/requests/{number}")


def _asked_on(ask: Ask) -> date:
    """Return the day on which the person asked, which is not after today; today where it is not said."""
    today = _today(ask.now)
    try:
        return min(date.fromisoformat(ask.said("asked_on")), today)
    except ValueError:
        return today


def _object(ask: Ask, number: str, profile_id: str) -> None:
    channel, reason = ask.said("channel") or None, ask.said("reason")[:LONGEST]
    hub, who = ask.desk.hub, ask.who.account.name
    with hub.store.reading() as connection:
        subject = subject_of(connection, profile_id)
    acts = object_to(hub, subject, channel, reason or "asked for it", PLACE, who)
    with hub.store.writing() as connection:
        requests.turn(
            connection, number, "done", said=channel or "all channels", done_by=who, done_at=utc_text(ask.now)
        )
    ask.note("objection", number, channel=channel or "all", acts=acts)


def request(ask: Ask) -> Response:
    """Show one request: what is to be done, or what was."""
    row = _one(ask)
    steps: list[Row] = []
    with ask.desk.hub.store.reading() as connection:
        runs = row["state"] == "running" and is_held(connection, requests.lease_of(row["id"]), ask.now)
        if row["erasure"]:
            steps = requests.steps_of(connection, row["erasure"])
    return ask.page("request.html", row=row, runs=runs, steps=steps, **_to_erase(ask, row))


def _to_erase(ask: Ask, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what would go, and who would be told: what is looked at before somebody is erased."""
    if row["kind"] != "erasure" or row["profile_id"] is None or not row["is_open"] or not ask.may(Right.FULFIL):
        return {"found": None}
    ask.note("look_up", row["profile_id"], why="page", page="request")
    return {"found": erasing.found_of(ask.desk.hub, row["profile_id"])}


def _one(ask: Ask, *kinds: str) -> Row:
    with ask.desk.hub.store.reading() as connection:
        row = requests.one(connection, ask.part("id"), _today(ask.now))
    if row is None or (kinds and row["kind"] not in kinds):
        raise Stopped(404)
    return row


def prepare(ask: Ask) -> Response:
    """Let the files of what is held on a person be written."""
    return _begun(ask, _one(ask, "access"), "prepared")


def erase(ask: Ask) -> Response:
    """Let a person be erased for good, by whoever has seen what goes."""
    if ask.said("sure") != "yes":
        raise Stopped(400)
    return _begun(ask, _one(ask, "erasure"), "erased")


def _begun(ask: Ask, row: Row, what: str) -> Response:
    with ask.desk.hub.store.writing() as connection:
        runs = row["state"] == "running" and is_held(connection, requests.lease_of(row["id"]), ask.now)
        if runs or not requests.begin(connection, row["id"], ask.who.account.name):
            raise Stopped(400)
    ask.note("request", row["id"], what=what)
    ask.desk.start(ask.desk.hub.store, CARRYING, row["id"])
    return ask.to(f"/requests/{row['id']}")


def file(ask: Ask) -> Response:
    """Hand over a file of what is held on a person."""
    row, name = _one(ask, "access"), ask.part("file")
    path = requests.folder_of(ask.desk.hub.store, row["id"]) / name
    if row["state"] != "ready" or name not in FILES or not path.is_file():
        raise Stopped(404)
    ask.note("request", row["id"], what="handed over", file=name)
    return FileResponse(path, media_type=FILES[name], filename=name)


def close(ask: Ask) -> Response:
    """Put down that a request is answered, or is not followed and why; its files are deleted."""
    row, state, said = _one(ask), ask.said("state"), ask.said("said")[:LONGEST]
    if state not in ("done", "refused") or (state == "refused" and not said):
        raise Stopped(400)
    store, who = ask.desk.hub.store, ask.who.account.name
    with store.writing() as connection:
        if not requests.close(connection, row["id"], state, said, who, utc_text(ask.now)):  # type: ignore[arg-type]
            raise Stopped(400)
    requests.drop(store, row["id"])
    ask.note("request", row["id"], what=state)
    return ask.to("/requests")


ROUTES = (
    Seen("/requests", "consent", Right.REQUEST, listed),
    Seen("/requests/of/{id}", "consent", Right.REQUEST, of_person),
    Seen("/requests/of/{id}", "consent", Right.REQUEST, take_on, "POST"),
    Seen("/requests/{id}", "consent", Right.REQUEST, request),
    Seen("/requests/{id}/prepare", "consent", Right.REQUEST, prepare, "POST"),
    Seen("/requests/{id}/erase", "consent", Right.FULFIL, erase, "POST"),
    Seen("/requests/{id}/close", "consent", Right.REQUEST, close, "POST"),
    Seen("/requests/{id}/file/{file}", "consent", Right.FULFIL, file),
)
