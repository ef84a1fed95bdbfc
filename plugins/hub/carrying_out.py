"""`python -m plugins.hub.carrying_out ERRAND`: carry out what somebody asked for on a page, and say how it went.

A process of its own, so that it comes to its end whatever becomes of the console; one of a kind at a time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from mappers.identity.decisions import ContradictionError
from mappers.identity.files import TableError
from plugins.hub import auditing, drafts, errands
from plugins.hub.applying import apply_seal
from plugins.hub.aside import begin
from plugins.hub.errands import Errand, Kind
from plugins.hub.lease import LeaseTaken, beating, release, take
from plugins.hub.plans import Hub, open_hub
from plugins.hub.replaying import Which, replay
from plugins.hub.syncing import silent
from plugins.rules.complaint import RulesError
from plugins.store.engine import Store, StoreError, open_store
from plugins.store.times import now

SAID = 1000


def main() -> int:
    """Carry out the errand with an id."""
    begin()
    return 0 if carry_out(open_store(), sys.argv[1], open_hub) else 1


def carry_out(store: Store, key: str, opened: Callable[[], Hub]) -> bool:
    """Do what an errand says, and put down what it came to; tells whether it went well."""
    with store.reading() as connection:
        errand = errands.of(connection, key, now())
    if errand is None or errand.state not in ("asked", "lost"):  # late, and not taken up yet
        return False
    try:
        mine = take(store, errands.lease_of(errand.kind), key)
    except LeaseTaken as error:
        errands.end(store, key, "failed", {"why": str(error)}, now())
        return False
    state: errands.State = "failed"
    told: dict[str, Any] = {}
    try:
        with beating(store, mine):
            told = WORK[errand.kind](opened(), errand)
        state = "ok"
    except (StoreError, RulesError, TableError, ContradictionError) as error:
        told = {"why": str(error)[:SAID]}
    finally:
        errands.end(store, key, state, told, now())
        release(store, mine)
    return state == "ok"


def _plan(hub: Hub, errand: Errand) -> dict[str, Any]:
    asked = json.loads(errand.about)
    return {"draft": drafts.make(hub, errand.asked_by, lifts_guards=asked["lifts_guards"])}


def _apply(hub: Hub, errand: Errand) -> dict[str, Any]:
    auditing.note(hub.store, "plan", errand.about, {"step": "applied"}, hub.clock(), who=errand.asked_by)
    made = apply_seal(hub, drafts.path_of(hub.store, errand.about), silent)
    return {"state": made.state}


def _replay(hub: Hub, errand: Errand) -> dict[str, Any]:
    done = replay(hub, errand.id, Which(**json.loads(errand.about)), errand.asked_by)
    return {"tried": done.tried, "kept": done.kept}


WORK: dict[Kind, Callable[[Hub, Errand], dict[str, Any]]] = {"plan": _plan, "apply": _apply, "replay": _replay}

if __name__ == "__main__":
    sys.exit(main())
