"""The plan: what would be sent, as it was made last; sealed by one account, approved by another, then applied."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from plugins.console.ask import Ask, Stopped
from plugins.console.masking import Mask
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.hub import drafts, errands
from plugins.hub.drafts import Draft, Refused
from plugins.store.engine import Store, StoreError
from plugins.store.people import told_of
from plugins.store.tables import call, plan_size, run

LISTED = 12
CONFLICT = 409
GUARDS = {"hold": False, "lift": True}
Step = Callable[[Store, str, str, datetime], None]


def newest(ask: Ask) -> Response:
    """Show the newest draft, and the ones before it."""
    with ask.desk.hub.store.reading() as connection:
        found = drafts.drafts(connection, 1)
    return _shown(ask, found[0] if found else None)


def one(ask: Ask) -> Response:
    """Show one draft."""
    return _shown(ask, _draft(ask))


def part(ask: Ask) -> Response:
    """Show what a draft does at one destination, rule by rule, with a sample of the persons in it."""
    draft = _draft(ask)
    plan = draft.plan_of(ask.part("destination"))
    if plan is None:
        raise Stopped(404)
    ids = [each["profile_id"] for each in plan["names"]]
    ask.note_each("look_up", ids, why="page", page="plan")
    return ask.page(
        "plan_destination.html", draft=draft, plan=plan, mask=Mask(ask.who.account.role), people=_people(ask, ids)
    )


def make(ask: Ask) -> Response:
    """Plan anew, in a process of its own."""
    if ask.said("guards") not in GUARDS:
        raise Stopped(400)
    return _asked(ask, "plan", json.dumps({"lifts_guards": GUARDS[ask.said("guards")]}), "/plan")


def seal(ask: Ask) -> Response:
    """Seal a draft."""
    return _stepped(ask, drafts.seal)


def approve(ask: Ask) -> Response:
    """Approve a draft that somebody else sealed."""
    return _stepped(ask, drafts.approve)


def withdraw(ask: Ask) -> Response:
    """Take a draft back."""
    return _stepped(ask, drafts.withdraw)


def apply(ask: Ask) -> Response:
    """Apply an approved draft, in a process of its own."""
    draft = _draft(ask)
    if draft.state != "approved":
        return _shown(ask, draft, "out_of_turn")
    return _asked(ask, "apply", draft.id, f"/plan/{draft.id}")


def _asked(ask: Ask, kind: errands.Kind, about: str, path: str) -> Response:
    store = ask.desk.hub.store
    try:
        key = errands.ask(store, kind, about, ask.who.account.name, ask.now)
    except StoreError:  # one is under way: the page shows it
        return ask.to(path)
    ask.desk.start(store, errands.CARRYING_OUT, key)
    return ask.to(path)


def _stepped(ask: Ask, step: Step) -> Response:
    draft = _draft(ask)
    try:
        step(ask.desk.hub.store, draft.id, ask.who.account.name, ask.now)
    except Refused as refused:
        return _shown(ask, _draft(ask), refused.because)
    return ask.to(f"/plan/{draft.id}")


def _draft(ask: Ask) -> Draft:
    with ask.desk.hub.store.reading() as connection:
        found = drafts.draft(connection, ask.part("id"))
    if found is None:
        raise Stopped(404)
    return found


def _shown(ask: Ask, draft: Draft | None, fault: str | None = None) -> Response:
    with ask.desk.hub.store.reading() as connection:
        planning = errands.newest(connection, "plan", ask.now)
        applying = errands.newest(connection, "apply", ask.now)
        is_ours = draft is not None and applying is not None and applying.about == draft.id
        facts = {
            "listed": drafts.drafts(connection, LISTED),
            "sent": _sent(connection),
            "jobs": _jobs(connection, draft) if draft and draft.applied_at else [],
            "since": _since(connection, draft.made_at) if draft else None,
        }
    return ask.page(
        "plan.html", CONFLICT if fault else 200, draft=draft, fault=fault, planning=planning,
        applying=applying if is_ours else None, **facts,
    )  # fmt: skip


def _sent(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return how large the plan was that was carried out last, by destination."""
    found = connection.execute(select(plan_size).where(plan_size.c.lane == "all")).mappings()
    return {row["destination"]: dict(row) for row in found}


def _since(connection: Connection, made_at: str) -> str | None:
    """Return the job that ended last after a moment: what was planned then may be otherwise by now."""
    ended = select(run.c.job).where(run.c.started_at > made_at, run.c.ended_at.is_not(None))
    return connection.execute(ended.order_by(run.c.started_at.desc()).limit(1)).scalar()


def _jobs(connection: Connection, draft: Draft) -> list[dict[str, Any]]:
    """Return how far each destination is that something goes to: its run, and its calls of those that were planned."""
    begun, until = str(draft.applied_at), draft.ended_at or "9"
    found = []
    for each in draft.plans:
        if each["add"] or each["change"] or each["remove"]:
            name, during = each["destination"], run.c.started_at.between(begun, until)
            latest = select(run).where(run.c.job == f"activate-{name}", during).order_by(run.c.started_at.desc())
            job = connection.execute(latest.limit(1)).mappings().one_or_none()
            mine = (call.c.destination == name) & call.c.prepared_at.between(begun, until)
            calls = connection.execute(select(func.count()).select_from(call).where(mine)).scalar()
            found.append({"destination": name, "run": job, "calls": calls, "planned": each["calls"]})
    return found


def _people(ask: Ask, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return the names of persons, as of the last resolve."""
    return {each["profile_id"]: each for each in told_of(ask.desk.hub.store, "trait", *ids)}


ROUTES = (
    Seen("/plan", "plan", Right.PLAN, newest, on_menu=True),
    Seen("/plan", "plan", Right.SEAL, make, "POST"),
    Seen("/plan/{id}", "plan", Right.PLAN, one),
    Seen("/plan/{id}/seal", "plan", Right.SEAL, seal, "POST"),
    Seen("/plan/{id}/withdraw", "plan", Right.SEAL, withdraw, "POST"),
    Seen("/plan/{id}/approve", "plan", Right.APPROVE, approve, "POST"),
    Seen("/plan/{id}/apply", "plan", Right.APPROVE, apply, "POST"),
    Seen("/plan/{id}/at/{destination}", "plan", Right.PLAN, part),
)
