"""Audiences: how large they are and were, where each goes, who falls away where, and what another rule would do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
from sqlalchemy import Connection, func, select
from starlette.responses import Response

from plugins.console.ask import Ask, Stopped
from plugins.console.charts import Bar, Curves, bars, curves
from plugins.console.masking import Mask
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.hub.audience_sizes import history, newest_sizes, overlaps
from plugins.hub.meaning import Audience
from plugins.hub.plans import rules_folder
from plugins.hub.sieving import Trial, members, steps, tried
from plugins.store.tables import run
from plugins.store.times import moment_of

SHOWN_DAYS, MOST_OVERLAPS = 90, 20
ON_A_PAGE = 20
PLACE = re.compile(r"\d{0,15}", re.ASCII)
KEPT_OUT = ("yielded", "held_out", "capped", "no_consent", "no_address")
Row = dict[str, Any]


def audiences(ask: Ask) -> Response:
    """Show every audience."""
    found = ask.desk.hub.meaning.audiences
    with ask.desk.hub.store.reading() as connection:
        sizes = newest_sizes(connection)
        sent = sent_at(connection, {name for each in found for name in each.to})
    return ask.page("audiences.html", audiences=[_listed(each, sizes, sent) for each in found])


def _listed(each: Audience, sizes: Sequence[Row], sent: dict[str, str]) -> Row:
    mine = {row["destination"]: row for row in sizes if row["audience"] == each.name}
    newest = max(mine.values(), key=lambda row: row["planned_at"], default=None)
    before = newest["before"] if newest else None
    return {
        "name": each.name, "description": each.description, "size": newest["matched"] if newest else None,
        "change": newest["matched"] - before["matched"] if newest and before else None,
        "since": before["planned_at"] if before else None, "at": newest["planned_at"] if newest else None,
        "to": [{"destination": name, "reachable": mine[name]["reachable"] if name in mine else None,
                "sent_at": sent.get(name)} for name in each.to],
    }  # fmt: skip


def sent_at(connection: Connection, destinations: set[str]) -> dict[str, str]:
    """Return when each destination was last brought up to date well."""
    jobs = [f"activate-{name}" for name in sorted(destinations)]
    well = select(run.c.job, func.max(run.c.ended_at)).where(run.c.job.in_(jobs), run.c.outcome == "ok")
    return {job.removeprefix("activate-"): at for job, at in connection.execute(well.group_by(run.c.job)) if at}


def audience(ask: Ask) -> Response:
    """Show one audience."""
    return _shown(ask, _meant(ask), None, None)


def trial(ask: Ask) -> Response:
    """Show one audience, and what another text of its rule would do; nothing of it is kept."""
    found, text = _meant(ask), (ask.form or {}).get("rule", "").replace("\r\n", "\n")
    if not ask.desk.look.is_there:
        raise Stopped(404)
    with ask.desk.look.cursor() as cursor:
        made = tried(ask.desk.hub, rules_folder(), cursor, found.name, text)
    return _shown(ask, found, text, made)


def _meant(ask: Ask) -> Audience:
    found = next((each for each in ask.desk.hub.meaning.audiences if each.name == ask.part("name")), None)
    if found is None:
        raise Stopped(404)
    return found


def _shown(ask: Ask, found: Audience, text: str | None, made: Trial | None) -> Response:
    with ask.desk.hub.store.reading() as connection:
        known = history(connection, found.name, ask.now - timedelta(days=SHOWN_DAYS))
        shared = overlaps(connection, found.name)[:MOST_OVERLAPS]
        sent = sent_at(connection, set(found.to))
    rule = _rule_of(found.name)
    return ask.page(
        "audience.html", audience=found, sieve=_sieve(ask, found), overlaps=shared, rule=rule, trial=made,
        typed=rule if text is None else text,
        destinations=[_destination(name, its.kind, known.get(name, []), sent.get(name))
                      for name, its in found.to.items()],
    )  # fmt: skip


def _rule_of(name: str) -> str:
    """Return the text of a rule's file as it is now; nothing where it is gone."""
    path = rules_folder() / "audiences" / f"{name}.yml"
    return path.read_text("utf-8") if path.is_file() else ""


def _destination(name: str, kind: str, known: Sequence[Row], sent: str | None) -> Row:
    """Return one destination of an audience: who is kept out on the way there, and how that went so far."""
    newest = known[-1] if known else None
    return {
        "name": name, "kind": kind, "newest": newest, "history": list(reversed(known)), "chart": _over_time(known),
        "sent_at": sent, "funnel": _funnel(newest) if newest else [],
    }  # fmt: skip


def _over_time(known: Sequence[Row]) -> Curves | None:
    def line(name: str) -> list[tuple[datetime, int]]:
        return [(moment_of(row["planned_at"]), row[name]) for row in known]

    return curves({name: line(name) for name in ("matched", "reachable")}) if len(known) > 1 else None


def _funnel(newest: Row) -> list[Bar]:
    """Return the steps from who meets the condition to who is reachable, without those at which nobody stays."""
    inside, told = newest["matched"], [("matched", newest["matched"])]
    for step in KEPT_OUT:
        inside -= newest[step]
        told += [(f"without_{step}", inside)] if newest[step] else []
    return bars([*told, ("reachable", newest["reachable"])])


def _sieve(ask: Ask, found: Audience) -> Row | None:
    """Return how a condition comes to its persons, part by part; nothing where the copy does not know its traits."""
    look, now = ask.desk.look, ask.now
    if not look.is_there:
        return None

    def counted() -> tuple[int, list[Row]]:
        with look.cursor() as cursor:
            return steps(cursor, found.condition, now)

    try:
        everybody, parts = ask.desk.once(("steps", found.name), (look.version, now.date()), counted)
    except duckdb.BinderException:
        return None
    told = [("everybody", everybody), *((each["condition"], each["left"]) for each in parts)]
    return {"everybody": everybody, "parts": parts, "bars": bars(told)}


def people(ask: Ask) -> Response:
    """Show some who meet the condition, as far as a role may see them; each of them is written down."""
    found, asked = _meant(ask), ask.request.query_params.get("after", "")
    if not PLACE.fullmatch(asked):
        raise Stopped(404)
    if not ask.desk.look.is_there:
        raise Stopped(404)
    try:
        with ask.desk.look.cursor() as cursor:
            listed = members(cursor, found.condition, ask.now, int(asked or -1), ON_A_PAGE + 1)
    except duckdb.BinderException:
        raise Stopped(404) from None
    here = listed[:ON_A_PAGE]
    ids = [each["profile_id"] for each in here]
    ask.note_each("look_up", ids, why="audience", audience=found.name, page="audiences")
    more = here[-1]["place"] if len(listed) > len(here) else None
    return ask.page("audience_people.html", audience=found, people=here, more=more, mask=Mask(ask.who.account.role))


ROUTES = (
    Seen("/audiences", "audiences", Right.AUDIENCES, audiences, on_menu=True),
    Seen("/audiences/{name}", "audiences", Right.AUDIENCES, audience),
    Seen("/audiences/{name}", "audiences", Right.AUDIENCES, trial, "POST"),
    Seen("/audiences/{name}/people", "audiences", Right.PERSON, people),
)
