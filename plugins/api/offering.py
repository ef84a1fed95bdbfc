"""What a person may be offered at one system: codes that stand there, and what may interest them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from plugins.api import finding
from plugins.api.answers import Answer
from plugins.api.people import NOBODY, Known, People, States
from plugins.api.routes import Call
from plugins.api.told import Offer, Offers
from plugins.offers.standing import WIRE
from plugins.rules.moments import HOME
from plugins.store.decided_tables import offer_issue, offer_terms
from plugins.store.tables import push

ISSUED = (
    select(offer_issue, offer_terms.c.terms.label("promised"))
    .join(offer_terms, offer_terms.c.hash == offer_issue.c.terms)
    .where(offer_issue.c.profile_id.in_(bindparam("people", expanding=True)))
    .where(offer_issue.c.starts_on <= bindparam("today"), offer_issue.c.ends_on >= bindparam("today"))
    .order_by(offer_issue.c.ends_on, offer_issue.c.number)
)
TAKEN = (
    select(push.c.wire_id, push.c.payload, func.max(push.c.seq))
    .where(and_(push.c.destination == bindparam("at"), push.c.wire_id.in_(bindparam("codes", expanding=True))))
    .where(push.c.state == "accepted").group_by(push.c.wire_id, push.c.payload).order_by(func.max(push.c.seq))
)  # fmt: skip


class Counter:
    """Tells the offers of a person at a system."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.rules = {each.name: each.offer for each in people.meaning.offers}

    def offers(self, call: Call) -> Answer:
        """Tell what a person may be offered."""
        people = self.people
        with people.store.reading() as connection:
            profile_id = finding.present(connection, call.named["profile_id"])
            known = people.known(connection, profile_id)
            if not known.records:
                return NOBODY
            now = people.clock(connection)
            told = self._tell(connection, known, call.asked.at, now)
        people.note(call, profile_id, "offers")
        return Answer(200, told.model_dump())

    def _tell(self, connection: Connection, known: Known, at: str, now: datetime) -> Offers:
        states = self.people.states(connection, known, now)
        is_personal = _agreed_to_personal(states)
        viewed, also = self.people.shown(known.profile_id, "last_viewed", "also_bought")
        return Offers(
            profile_id=known.profile_id,
            offers=list(self._standing(connection, known, at, now, is_personal=is_personal)),
            last_viewed=viewed if states.get(("site", "behaviour")) == "granted" else None,
            also_bought=list(also or ()) if is_personal else [],
        )

    def _standing(
        self, connection: Connection, known: Known, at: str, now: datetime, *, is_personal: bool
    ) -> Iterator[Offer]:
        """Give the codes that are this person's, may be told to them, are not used, and are known at the system."""
        today = now.astimezone(HOME).date().isoformat()
        mine = {"people": sorted(finding.former(connection, known.profile_id)), "today": today}
        issued = connection.execute(ISSUED, mine).all()
        taken = _taken(connection, at, issued)
        used = self._used(known, issued)
        for each in issued:
            terms: dict[str, Any] = json.loads(each.promised)
            is_known = at in terms["redeem"] and (each.is_shared or each.number in taken)
            if is_known and (is_personal or self._is_general(each.offer)) and not _is_used(each, used):
                yield self._offer(each, terms, at)

    def _used(self, known: Known, issued: Any) -> dict[str, bool]:
        """Return which codes were used as of the last resolve, and whether by this very person."""
        found: dict[str, bool] = {}
        for each in self.people.told("used", *(each.code.strip().upper() for each in issued)):
            found[each["code"]] = found.get(each["code"], False) or each["profile_id"] == known.profile_id
        return found

    def _is_general(self, name: str) -> bool:
        return name in self.rules and self.rules[name].general

    def _offer(self, issued: Row[Any], terms: dict[str, Any], at: str) -> Offer:
        return Offer(
            offer=issued.offer, description=self.rules[issued.offer].description if issued.offer in self.rules else "",
            code=issued.code, percent=terms["percent"], amount=terms["minor"], from_amount=terms["from_minor"],
            currency=terms["currency"], products=terms["products"].get(at, []), ends_on=issued.ends_on,
        )  # fmt: skip


def _agreed_to_personal(states: States) -> bool:
    """Tell whether somebody agreed to offers of their own, and refused them in no channel."""
    said = {state for (_, purpose), state in states.items() if purpose == "personalisation"}
    return "granted" in said and not said & {"refused", "vetoed", "minor"}


def _taken(connection: Connection, at: str, issued: Any) -> set[int]:
    """Return the numbers of the codes that a system has as open ones."""
    codes = [f"{WIRE}{each.number}" for each in issued]
    rows = connection.execute(TAKEN, {"at": at, "codes": codes}).all() if codes else []
    newest = {wire_id: json.loads(payload).get("is_open") for wire_id, payload, _ in rows}
    return {int(wire_id.removeprefix(WIRE)) for wire_id, is_open in newest.items() if is_open}


def _is_used(issued: Row[Any], used: dict[str, bool]) -> bool:
    """Tell whether a code is used up: one of one's own by whoever used it, a shared one by this very person."""
    code = issued.code.strip().upper()
    return used.get(code, False) if issued.is_shared else code in used
