"""The loyalty desk: each request once, in one transaction with its answer."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, bindparam, select, text, update

from mappers.loyalty.holders import Holder, settle, subjects, voucher
from mappers.loyalty.holding import Refused, balance, capture, hold, release, store_time
from plugins.api.answers import Answer
from plugins.api.asked import Capture, Hold, Named, Release
from plugins.api.finding import OF_CARD, OF_RECORD
from plugins.rules.loyalty import Loyalty
from plugins.store.engine import Store
from plugins.store.loyalty_tables import api_request
from plugins.store.times import utc_text
from plugins.store.together import Together

MINE = (api_request.c.client == bindparam("by")) & (api_request.c.key == bindparam("under"))
KNOWN = select(api_request).where(MINE)
ANSWERED = update(api_request).where(MINE)
TAKE = text(
    "INSERT INTO api_request (client, key, body_hash, status, answer, at) VALUES (:by, :under, :digest, 0, '', :at) "
    "ON CONFLICT DO NOTHING RETURNING key"
)
STATUSES = {"no_such_hold": 404, "unknown_holder": 404, "bad_amount": 400, "unknown_receipt": 404, "dead_link": 404}
"""Every other refusal is a conflict with how things stand: 409."""


class KeyReused(Exception):  # noqa: N818 - a verdict about a caller
    """An Idempotency-Key that stood for another request."""


Work = Callable[[Connection, datetime], Answer]


class Desk:
    """Sets aside, spends and gives back, for any number of callers at once."""

    def __init__(self, store: Store, rules: Loyalty, clock: Callable[[Connection], datetime] = store_time) -> None:
        self.together, self.clock = Together(store), clock
        number, unit = rules.grace
        self.life = timedelta(minutes=rules.hold)
        self.grace = timedelta(days=number if unit == "days" else number * 31)

    def once(self, client: str, key: str, route: str, raw: bytes, work: Work) -> Answer:
        """Do a request once: the same key with the same request gives the first answer again.

        The key is taken before anything else in the same transaction, so that of two at once one waits for the other.
        Raises KeyReused for another request.
        """
        digest = hashlib.sha256(route.encode() + b"\n" + raw).hexdigest()
        return self.together.run(partial(self._once, {"by": client, "under": key}, digest, work))

    def _once(self, mine: dict[str, str], digest: str, work: Work, connection: Connection) -> Answer:
        now = self.clock(connection)
        if connection.execute(TAKE, {**mine, "digest": digest, "at": utc_text(now)}).scalar() is None:
            known = connection.execute(KNOWN, mine).one()
            if known.body_hash != digest:
                raise KeyReused
            return Answer(known.status, json.loads(known.answer))
        answer = _refusable(work, connection, now)
        told = {"status": answer.status, "answer": json.dumps(answer.body)}
        connection.execute(ANSWERED, {**mine, **told})
        return answer

    def hold(self, asked: Hold, connection: Connection, now: datetime) -> Answer:
        """Set aside."""
        holder = self._holder(connection, asked)
        key = f"hub:hold:{secrets.token_hex(12)}"
        order = f"{asked.order.source}:order:{asked.order.id}" if asked.order else ""
        made = hold(
            connection, holder.account, holder.subject, key, asked.amount, now, life=self.life, grace=self.grace,
            order=order,
        )  # fmt: skip
        return Answer(201, {"hold": key, "amount": made.amount, "available": made.available,
                            "expires_at": utc_text(now + self.life)})  # fmt: skip

    def capture(self, asked: Capture, connection: Connection, now: datetime) -> Answer:
        """Spend."""
        made = capture(connection, asked.hold, asked.amount, now)
        return Answer(201, {"hold": made.hold, "amount": made.amount, "available": made.available})

    def release(self, asked: Release, connection: Connection, now: datetime) -> Answer:
        """Give back."""
        made = release(connection, asked.hold, now)
        return Answer(201, {"hold": made.hold, "amount": made.amount, "available": made.available})

    def balance(self, asked: Hold) -> Answer:
        """Tell what may be spent now; who has no account yet gets an empty one."""
        return self.together.run(partial(self._balance, asked))

    def _balance(self, asked: Hold, connection: Connection) -> Answer:
        try:
            book = balance(connection, self._holder(connection, asked).account, self.clock(connection))
        except Refused as refusal:
            return _told(refusal)
        account = book.account
        return Answer(200, {"available": account.available, "held": account.held, "debt": account.debt})

    def _holder(self, connection: Connection, asked: Hold) -> Holder:
        if asked.voucher is not None:
            named = voucher(asked.voucher)
            found = subjects(connection, [named])
            if not found:
                raise Refused("unknown_holder", "voucher: not known here; check its code")
            return found[named]
        record, profile_id = self._record(connection, asked)
        key = (record.source, record.id)
        return settle(connection, {key: profile_id})[key]

    def _record(self, connection: Connection, asked: Hold) -> tuple[Named, str]:
        """Return the record and the person that a request names; a card that several persons have names nobody."""
        if asked.customer is not None:
            found = connection.execute(OF_RECORD, {"of": asked.customer.source, "id": asked.customer.id}).all()
        else:
            found = connection.execute(OF_CARD, {"card": asked.card}).all()
        if len({row.profile_id for row in found}) != 1:
            raise Refused("unknown_holder", "customer: not one person that the hub knows; check it, or sync first")
        return Named(source=found[0].source, id=found[0].source_id), found[0].profile_id


def _refusable(work: Work, connection: Connection, now: datetime) -> Answer:
    try:
        return work(connection, now)
    except Refused as refusal:
        return _told(refusal)


def _told(refusal: Refused) -> Answer:
    return Answer(STATUSES.get(refusal.code, 409), {"code": refusal.code, "message": str(refusal)})
