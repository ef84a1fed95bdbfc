"""Purchases: told to one dataset as events, all of a call or none of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from plugins.identifiers.wire_form import FORMS
from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.payload import MALFORMED
from plugins.wire.recording import Recorded, Step
from targets.meta.api import Api
from targets.meta.payloads import Purchase, meant

FORM = FORMS["meta"]
KEYS = {
    "email": "em", "phone": "ph", "first_name": "fn", "last_name": "ln", "city": "ct", "postcode": "zp",
    "country": "country", "birth_date": "db",
}  # fmt: skip
"""A field of ours: the key under which Meta takes it."""
OLDEST = timedelta(days=62)
"""In a shop; elsewhere Meta takes seven days."""
NO_DATASET = "no dataset is set: dataset_id"
NOT_CONSOLIDATED = "the dataset takes no purchases in shops; make one that does, or consolidate it"
# developers.facebook.com/docs/marketing-api/conversions-api/parameters: an event of a website needs both, and who sends
# agrees that `action_source` is true
ON_THE_WEB = Outcome("rejected", "a purchase on the web needs the page and the browser, which are not known here")
TOO_OLD = Outcome("rejected", f"older than the {OLDEST.days} days that Meta takes")
NOBODY = Outcome("rejected", "nothing to be found by")
MISCOUNTED = Outcome("unknown", "Meta counts other events than were sent")
Event = dict[str, Any]
ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass
class Purchases(Recorded[Api]):
    """Tells one dataset who bought what in shops."""

    dataset_id: str = ""
    size: int = 1000
    """How many events go into one call."""
    clock: Callable[[], datetime] = field(default_factory=lambda: _now)
    _takes_shops: bool | None = None

    def deliver(self, rows: Sequence[Row]) -> None:
        """Tell purchases; Meta counts one that is told twice within seven days once."""
        if not self.dataset_id:
            self.drop(rows, NO_DATASET)
            return
        judged = {row.key: self._event(row) for row in rows}
        self.refuse({key: each for key, each in judged.items() if isinstance(each, Outcome)})
        events = {key: each for key, each in judged.items() if not isinstance(each, Outcome)}
        going = [row for row in rows if row.key in events]
        if going and not self._is_for_shops():
            self.drop(going, NOT_CONSOLIDATED)
            return
        self.carry(lambda _: self._step(events), going, self.size)
        self.between()

    def _event(self, row: Row) -> Event | Outcome:
        """Return the event of a row, or why there is none."""
        purchase = meant(row, Purchase, ("add",))
        if purchase is None:
            return MALFORMED
        if purchase.place == "web":
            return ON_THE_WEB
        if self.clock() - purchase.at > OLDEST:
            return TOO_OLD
        event = event_of(purchase)
        return event if event["user_data"] else NOBODY

    def _is_for_shops(self) -> bool:
        """Tell whether the dataset takes what happens in shops; looked up once in a run."""
        if self._takes_shops is None:
            asked = Call("GET", f"/{self.dataset_id}?fields=is_consolidated_container", b"")
            self._takes_shops = self.api.ask(asked, "the dataset").get("is_consolidated_container") is True
        return self._takes_shops

    def _step(self, events: dict[str, Event]) -> Step:
        sent: list[Event] = []

        def build(rows: Sequence[Row]) -> Call:
            sent[:] = [events[row.key] for row in rows]
            return Call("POST", f"/{self.dataset_id}/events", ENCODER.encode({"data": sent}))

        def judge(answer: Any, _row: Row) -> Outcome:
            return Outcome("accepted") if answer.get("events_received") == len(sent) else MISCOUNTED

        return Step(build, judge)


def event_of(purchase: Purchase) -> Event:
    """Return a purchase as Meta wants it: who it was by hashes, and the same at each telling."""
    custom: Event = {
        "currency": purchase.currency,
        "value": _money(purchase.total_minor),
        "order_id": purchase.reference,
    }
    bought = [each for each in purchase.items if each.quantity > 0]
    if bought:
        custom["contents"] = [
            {"id": each.id, "quantity": each.quantity, "item_price": _money(each.unit_minor)} for each in bought
        ]
        custom["content_type"] = "product"
    return {
        "event_name": "Purchase",
        "event_time": int(purchase.at.timestamp()),
        "event_id": purchase.reference,
        "action_source": "physical_store",
        "user_data": _person(purchase),
        "custom_data": custom,
    }


def _person(purchase: Purchase) -> dict[str, list[str]]:
    told = {"email": purchase.email, **purchase.fields}
    return {
        key: [hashed] for name, key in KEYS.items() if (value := told.get(name)) and (hashed := FORM.wire(name, value))
    }


def _money(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def _now() -> datetime:
    return datetime.now(UTC)
