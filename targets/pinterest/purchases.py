"""Purchases as conversions: what was bought in a shop or on the web, by somebody who is found by hashes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plugins.identifiers.wire_form import FORMS
from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.payload import MALFORMED, read
from plugins.wire.recording import Step
from targets.pinterest.account import written
from targets.pinterest.api import Shut
from targets.pinterest.conversions import Conversions
from targets.pinterest.kind import ODD, Kind
from targets.pinterest.payloads import Line, Purchase

FORM = FORMS["pinterest"]
SOURCES = {"shop": "offline", "web": "web"}
HASHED = {
    "phone": "ph", "first_name": "fn", "last_name": "ln", "city": "ct", "postcode": "zp", "country": "country",
    "birth_date": "db", "gender": "ge",
}  # fmt: skip
LACKING = "conversion_token is not set"
NOBODY = Outcome("rejected", "nothing to be found by")
# what a complaint may be about: its other words may repeat what was sent
NAMES = re.compile(
    r"\b(event_name|event_time|event_id|action_source|user_data|custom_data|em|ph|fn|ln|ct|zp|country|db|ge|currency"
    r"|order_id|num_items|content_ids|contents|item_price|quantity)\b"
)


@dataclass
class Purchases(Kind[Conversions]):
    """Carries purchases; none is told twice, for those of a shop would be counted twice."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        if not self.api.token:
            self.drop(rows, LACKING)
            return
        events = {row.key: event_of(row) for row in rows}
        self.refuse({key: each for key, each in events.items() if isinstance(each, Outcome)})
        fit = {key: each for key, each in events.items() if not isinstance(each, Outcome)}
        self.carry_open(lambda _: self._step(fit), [row for row in rows if row.key in fit])

    def _step(self, events: Mapping[str, Mapping[str, Any]]) -> Step:
        places: dict[str, int] = {}

        def build(rows: Sequence[Row]) -> Call:
            places.update((row.key, place) for place, row in enumerate(rows))
            body = written({"data": [events[row.key] for row in rows]})
            made = Call("POST", f"{self.api.account}/events", body)
            return replace(made, sent={row.key: known(events[row.key]) for row in rows})

        return Step(build, lambda answer, row: self._judge(answer, places, row))

    def _judge(self, answer: Any, places: Mapping[str, int], row: Row) -> Outcome:
        """Return what is said of one event: Pinterest answers in the order in which they came."""
        if isinstance(answer, Shut):
            self.shut = answer.reason
            return Outcome("dropped", answer.reason)  # nothing was told, through no fault of a purchase
        told = answer.get("events")
        if not isinstance(told, list) or len(told) != len(places):
            return ODD
        return judged(told[places[row.key]])


def event_of(row: Row) -> dict[str, Any] | Outcome:
    """Return the event of a row, or why there is none."""
    purchase = read(Purchase, row) if row.operation == "add" else None
    if purchase is None:
        return MALFORMED
    user = user_of(purchase)
    if "em" not in user:
        return NOBODY
    return {
        "event_name": "checkout",
        "action_source": SOURCES[purchase.place],
        "event_time": int(datetime.fromisoformat(purchase.at).timestamp()),
        "event_id": purchase.reference,
        "user_data": user,
        "custom_data": bought(purchase),
    }


def user_of(purchase: Purchase) -> dict[str, list[str]]:
    """Return who bought, by hashes."""
    given = {"em": FORM.wire("email", purchase.email)}
    given |= {key: FORM.wire(name, purchase.fields.get(name) or "") for name, key in HASHED.items()}
    return {key: [each] for key, each in given.items() if each}


def bought(purchase: Purchase) -> dict[str, Any]:
    """Return what was bought; what came back in the same receipt is in the sum and not among the goods."""
    lines = [each for each in purchase.items if each.quantity > 0 and each.unit_minor >= 0]
    return {
        "currency": purchase.currency,
        "value": amount(purchase.total_minor),
        "order_id": purchase.reference,
        "num_items": sum(each.quantity for each in lines),
        "content_ids": [each.id for each in lines],
        "contents": [_content(each) for each in lines],
    }


def _content(line: Line) -> dict[str, Any]:
    return {"id": line.id, "item_price": amount(line.unit_minor), "quantity": line.quantity}


def amount(minor: int) -> str:
    """Return an amount as Pinterest reads it: a text, of a currency with hundredths."""
    return f"{minor // 100}.{minor % 100:02}"


def known(event: Mapping[str, Any]) -> str:
    """Return under what somebody was sent, with the version of the rule that made it."""
    return json.dumps({"v": FORM.version, **event["user_data"]}, separators=(",", ":"))


def judged(told: Any) -> Outcome:
    """Return what became of one event."""
    status = told.get("status") if isinstance(told, dict) else None
    if status == "processed":
        return Outcome("accepted")
    if status != "failed":
        return ODD
    named = dict.fromkeys(NAMES.findall(str(told.get("error_message"))))
    return Outcome("rejected", f"refused: {', '.join(named)}" if named else "refused")
