"""Who stands before a till, an app or a webshop; each look-up is a line in the audit log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, or_, select

from mappers.loyalty.fold import Account
from mappers.loyalty.holders import voucher
from mappers.loyalty.holding import store_time
from mappers.loyalty.vouchers import KIND
from plugins.api import finding
from plugins.api.answers import Answer, fault
from plugins.api.routes import Call
from plugins.api.told import Gift, Person, Told, Who
from plugins.hub.gate import Gate
from plugins.hub.meaning import BY_HAND, Meaning
from plugins.rules.moments import HOME
from plugins.store.decided_tables import audit
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account
from plugins.store.pairs import among
from plugins.store.people import Row, told_of
from plugins.store.tables import ENTITY_TABLES
from plugins.store.times import utc_text
from plugins.store.together import Together

CONSENT, CUSTOMER, VOUCHER = (ENTITY_TABLES[name] for name in ("consent", "customer", "voucher"))
ASKED_FOR = ("primary", "secondary")
"""The tiers of completeness that somebody may be asked about."""
Records = list[tuple[str, str]]
States = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Known:
    """A person, with the records they have now."""

    profile_id: str
    records: Records
    fields: list[Mapping[str, Any]]
    """What the living records say."""


class People:
    """Looks people up for any number of callers at once."""

    def __init__(
        self, store: Store, meaning: Meaning, clock: Callable[[Connection], datetime] = store_time
    ) -> None:  # fmt: skip
        self.store, self.meaning, self.clock = store, meaning, clock
        self.together = Together(store)
        self._gate = Gate("marketing", meaning.declarations, meaning.policy)
        self._turn = threading.Lock()

    def person(self, call: Call) -> Answer:
        """Tell who somebody is."""
        with self.store.reading() as connection:
            profile_id = _find(connection, call.asked)
            told = self._tell(connection, profile_id) if profile_id else None
        if told is None:
            return NOBODY
        self.note(call, told.profile_id, _way(call.asked))
        return Answer(200, told.model_dump())

    def note(self, call: Call, profile_id: str, how: str) -> None:
        """Write down who looked whom up."""
        self.together.run(lambda connection: self.write(connection, call, profile_id, how, self.clock(connection)))

    @staticmethod
    def write(connection: Connection, call: Call, profile_id: str, how: str, now: datetime) -> None:
        """Write down who looked whom up, in the caller's transaction."""
        line = {"who": call.caller.name, "kind": "look-up", "about": profile_id, "detail": json.dumps({"by": how})}
        connection.execute(insert(audit), {**line, "at": utc_text(now)})

    def _tell(self, connection: Connection, profile_id: str) -> Person:
        now = self.clock(connection)
        known = self.known(connection, profile_id)
        name, tier = self.shown(profile_id, "first_name", "tier")
        return Person(
            profile_id=profile_id, first_name=name or _said(known, "first_name"), tier=tier,
            points=_points(connection, profile_id, now), vouchers=_gifts(connection, known, now),
            consent=[Told(channel=channel, purpose=purpose, state=state)  # type: ignore[arg-type]
                     for (channel, purpose), state in sorted(self.states(connection, known, now).items())],
            missing=self._missing(known),
        )  # fmt: skip

    def known(self, connection: Connection, profile_id: str) -> Known:
        """Return a person's records."""
        records = finding.records_of(connection, profile_id)
        mine = among(CUSTOMER.c.source, CUSTOMER.c.source_id, records)
        rows = connection.execute(select(CUSTOMER).where(mine, *_lives(CUSTOMER)).order_by(CUSTOMER.c.seen_at.desc()))
        return Known(profile_id, records, [dict(each) for each in rows.mappings()])

    def shown(self, profile_id: str, *traits: str) -> tuple[Any, ...]:
        """Return some traits as of the last resolve, None for what there is not."""
        (found,) = self.told("trait", profile_id) or [{}]
        return tuple(found.get(name) for name in traits)

    def told(self, table: str, *keys: str) -> list[Row]:
        """Return what the last resolve came to about some keys (`plugins.store.people`)."""
        return told_of(self.store, table, *keys)

    def states(self, connection: Connection, known: Known, now: datetime) -> States:
        """Return what a person agreed to; what was said since the last resolve counts at once."""
        heard = self.told("heard", "consent")  # before the verdicts, which may be of a later resolve
        if heard and not _spoke_since(connection, known, heard[0]["row_seq"]):
            verdicts = self.told("consent_verdict", known.profile_id)
            return {(each["channel"], each["purpose"]): each["state"] for each in verdicts}
        with self._turn:
            return self._gate.states(connection, known.profile_id, now)

    def _missing(self, known: Known) -> list[str]:
        wanted = [name for tier in ASKED_FOR for name in self.meaning.tiers.get(tier, ())]
        return [name for name in wanted if _said(known, name) is None]


NOBODY = fault(404, "unknown_person", "person: not one person that the hub knows; check it, or sync first")


def _find(connection: Connection, asked: Who) -> str | None:
    if asked.card is not None:
        return finding.of_card(connection, asked.card)
    if asked.receipt is not None:
        found = finding.receipts(connection, asked.receipt, asked.source)
        people = {finding.of_receipt(connection, each) for each in found}
        return people.pop() if len(people) == 1 else None
    assert asked.customer
    return finding.of_record(connection, asked.customer)


def _way(asked: Who) -> str:
    return "card" if asked.card is not None else "receipt" if asked.receipt is not None else "record"


def _said(known: Known, name: str) -> Any:
    return next((each[name] for each in known.fields if each.get(name) not in (None, "")), None)


def _lives(table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.is_deleted.is_(False), table.c.is_absent.is_(False)


def _spoke_since(connection: Connection, known: Known, top: int) -> bool:
    """Tell whether an act of this person, or about their address, came in since the last resolve."""
    keys = [*known.records, *((BY_HAND, f"{source}:{key}") for source, key in known.records)]
    emails = {each["email"] for each in known.fields if each["email"]}
    theirs = or_(CONSENT.c.email.in_(emails), among(CONSENT.c.source, CONSENT.c.customer_id, keys))
    return connection.execute(select(1).where(theirs, CONSENT.c.row_seq > top).limit(1)).scalar() is not None


def _points(connection: Connection, profile_id: str, now: datetime) -> int:
    """Return what may be spent, with what time did since; nothing is locked and nothing written."""
    return _available(connection, [profile_id], "points", now).get(profile_id, 0)


def _available(connection: Connection, holders: list[str], unit: str, now: datetime) -> dict[str, int]:
    mine = loyalty_account.c.holder.in_(holders) & (loyalty_account.c.unit == unit)
    found = {}
    for row in connection.execute(select(loyalty_account).where(mine)):
        account = Account.of_json(json.loads(row.state), -row.debt, -row.uncovered)
        account.advance(utc_text(now))
        found[str(row.holder)] = account.available
    return found


def _gifts(connection: Connection, known: Known, now: datetime) -> list[Gift]:
    """Return the gift vouchers that are a person's and have something left, by the ledger where it has them."""
    today = now.astimezone(HOME).date().isoformat()
    mine = among(VOUCHER.c.source, VOUCHER.c.customer_id, known.records) & (VOUCHER.c.kind == KIND)
    rows = connection.execute(select(VOUCHER).where(mine, *_lives(VOUCHER)).order_by(VOUCHER.c.ends_on)).all()
    rows = [each for each in rows if (each.ends_on or today) >= today and (each.starts_on or today) <= today]
    left: dict[str, int] = {}
    for unit in {each.currency for each in rows if each.currency}:
        left |= _available(connection, [_holder(each.code) for each in rows if each.code], unit, now)
    gifts = [
        Gift(source=each.source, id=each.source_id, open=left.get(_holder(each.code or ""), each.open_minor or 0),
             currency=each.currency or "", ends_on=each.ends_on)
        for each in rows
    ]  # fmt: skip
    return [each for each in gifts if each.open > 0]


def _holder(code: str) -> str:
    return ":".join(voucher(code))
