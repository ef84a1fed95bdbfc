"""Purchases in shops, told of the browser that somebody signed in with: one in a request, whose time is its own.

https://developers.google.com/analytics/devguides/collection/protocol/ga4
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.payload import MALFORMED
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import HopelessError
from targets.google_analytics.api import CHECK, COLLECT, WHERE, Api, Unsent
from targets.google_analytics.payloads import Line, Purchase, meant

OLDEST = timedelta(hours=72)
LONGEST, MOST_ITEMS = 100, 200
NO_ADVERTISING = {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}
"""Who may be measured did not say that it may be used for advertising: that is asked apart, and not told here."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOO_OLD = Outcome("rejected", "older than 72 hours: Google drops it")
TOO_LONG = Outcome("rejected", f"a name of more than {LONGEST} characters")
TOO_MANY = Outcome("rejected", f"more than {MOST_ITEMS} items")
LOOKED_AT = Outcome("accepted", is_final=False)
CODE, FIELD = re.compile(r"[A-Z_]{1,40}"), re.compile(r"[A-Za-z_.\[\]0-9]{1,60}")
"""What is repeated of a complaint: its sentences may show what was sent."""


def present() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


@dataclass
class Purchases(Recorded[Api]):
    """Hands over purchases one by one; none twice, for nothing proves that a second one is not counted."""

    clock: Callable[[], datetime] = present
    before_each: Callable[[], None] = lambda: None
    """Called before each purchase and not between its two calls: who is stopped there would not know of it."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows; where nothing can be handed over, the run ends and the rest is planned anew."""
        for row in rows:
            self.before_each()
            body = body_of(row, self.clock())
            if isinstance(body, Outcome):
                self.refuse({row.key: body})
                continue
            for step in (Step(_call(CHECK, body), looked_at, is_last=_is_over), Step(_call(COLLECT, body), taken)):
                outcome = self.call(step, [row]).get(row.key)
                if outcome is not None and outcome.state == "dropped":
                    raise HopelessError(f"{WHERE}: {outcome.reason}")
                if outcome != LOOKED_AT:
                    break


def body_of(row: Row, now: datetime) -> bytes | Outcome:
    """Return the request of a row, or why there is none."""
    purchase = meant(row)
    if purchase is None:
        return MALFORMED
    at = datetime.fromisoformat(purchase.at)
    items = [_item(each) for each in purchase.items if each.quantity > 0 and each.unit_minor >= 0]
    if now - at >= OLDEST:
        return TOO_OLD
    if len(items) > MOST_ITEMS:
        return TOO_MANY
    if any(len(text) > LONGEST for text in (purchase.reference, *(each["item_id"] for each in items))):
        return TOO_LONG
    return json.dumps(_told(purchase, at, items), separators=(",", ":"), ensure_ascii=False).encode()


def _told(purchase: Purchase, at: datetime, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    params = {
        "transaction_id": purchase.reference,
        "currency": purchase.currency,
        "value": purchase.total_minor / 100,
        "items": items,
    }
    return {
        "client_id": purchase.visitor,
        "timestamp_micros": (at - EPOCH) // timedelta(microseconds=1),
        "consent": NO_ADVERTISING,
        "events": [{"name": "purchase", "params": params}],
    }


def _item(line: Line) -> dict[str, Any]:
    return {"item_id": line.id, "price": line.unit_minor / 100, "quantity": line.quantity}


def _call(path: str, body: bytes) -> Callable[[Sequence[Row]], Call]:
    return lambda _rows: Call("POST", path, body)


def looked_at(answer: Any, _row: Row) -> Outcome:
    """Return what the validation server says of a request; nothing to say is good."""
    if isinstance(answer, Unsent):
        return Outcome("dropped", answer.reason)
    said = sorted({_named(each) for each in answer})
    return Outcome("rejected", f"refused: {', '.join(said)}") if said else LOOKED_AT


def _is_over(outcome: Outcome) -> bool:
    return outcome != LOOKED_AT


def _named(message: Any) -> str:
    told = message if isinstance(message, dict) else {}
    code, field = (str(told.get(name) or "") for name in ("validationCode", "fieldPath"))
    parts = (code if CODE.fullmatch(code) else "no code", field if FIELD.fullmatch(field) else "")
    return " ".join(filter(None, parts))


def taken(answer: Any, _row: Row) -> Outcome:
    """Return what became of a request that was handed over; no answer says that it was counted."""
    return Outcome("dropped", answer.reason) if isinstance(answer, Unsent) else Outcome("accepted")
