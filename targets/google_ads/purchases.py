"""Purchases: events of a conversion action, many in a request; whether they counted is told later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.google_ads.api import CLOSED, Api
from targets.google_ads.payloads import Place, Purchase, meant
from targets.google_ads.person import GRANTED, identifiers, user_data
from targets.google_ads.request_status import OF_PURCHASES

PER_CALL = 2000
SOURCES: Mapping[Place, str] = {"shop": "IN_STORE", "web": "WEB"}
CLOSED_TO_ALL = frozenset(CLOSED.values())
MALFORMED = "malformed payload"
ACTIONS: Mapping[Place, str] = {"shop": "conversion_action_id", "web": "web_conversion_action_id"}
"""The setting that names the conversion action: Google has one type for shops, and another for the web."""
NO_STORE = "a purchase in a shop, and not in which"
NOBODY = "nothing to be found by"
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversions:
    """Where purchases are counted, and whose catalogue their items are of."""

    actions: Mapping[Place, str]
    merchant: Mapping[str, str]
    """The catalogue as a cart names it; empty where purchases go without their items."""

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Conversions:
        """Read the settings."""
        actions = {place: str(config.get(name) or "") for place, name in ACTIONS.items()}
        told = {
            "merchantId": config.get("merchant_id"),
            "merchantFeedLabel": config.get("merchant_feed_label"),
            "merchantFeedLanguageCode": config.get("merchant_language"),
        }
        known = {name: str(value) for name, value in told.items() if value}
        return cls(actions, known if config.get("merchant_id") else {})


@dataclass
class Purchases(Recorded[Api]):
    """Carries purchases to one account, those in shops and those on the web in calls of their own."""

    into: Conversions = field(kw_only=True)
    size: int = field(default=PER_CALL, kw_only=True)
    _why_closed: str = ""
    """Why no purchase of this place is taken, whoever bought."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows; the account gets a purchase once, whatever is repeated."""
        fit: dict[Place, dict[str, Event]] = {place: {} for place in SOURCES}
        unfit: dict[str, Outcome] = {}
        for row in rows:
            purchase = meant(row)
            event = self._event(purchase) if purchase else MALFORMED
            if isinstance(event, str) or not purchase:
                unfit[row.key] = Outcome("rejected", str(event))
            else:
                fit[purchase.place][row.key] = event
        self.refuse(unfit)
        for place, events in fit.items():
            some = [row for row in rows if row.key in events]
            if self.into.actions[place]:
                self._bring(place, some, events)
            else:
                self.drop(some, f"no conversion action; set {ACTIONS[place]}")
        self.between()

    def _bring(self, place: Place, rows: Sequence[Row], events: Mapping[str, Event]) -> None:
        self._why_closed = ""
        step = Step(
            lambda going: self._call_of(place, [events[row.key] for row in going]),
            _judged,
            is_last=lambda outcome: outcome.reason not in CLOSED_TO_ALL,
            receipt=_receipt,
        )
        for first in range(0, len(rows), self.size):
            some = rows[first : first + self.size]
            if self._why_closed:
                self.refuse({row.key: Outcome("unknown", self._why_closed) for row in some})
            else:
                self.carry(lambda _: step, some)

    @override
    def call(self, step: Step, rows: Sequence[Row]) -> dict[str, Outcome]:
        """Make one call; one that would be refused of anybody is not looked through by halves, and stays open."""
        outcomes = super().call(step, rows)
        self._why_closed = next((each.reason for each in outcomes.values() if each.reason in CLOSED_TO_ALL), "")
        if not self._why_closed:
            return outcomes
        for row in rows:
            if row.key in outcomes:
                self.settle(row, Outcome("unknown", self._why_closed))
        return {}

    def _call_of(self, place: Place, events: Sequence[Event]) -> Call:
        body = {
            "destinations": [self.api.destination(self.into.actions[place])],
            "events": events, "consent": GRANTED, "encoding": "HEX",
        }  # fmt: skip
        return Call("POST", "/v1/events:ingest", json.dumps(body, separators=(",", ":")).encode())

    def _event(self, purchase: Purchase) -> Event | str:
        """Return a purchase as Google takes it, or why it takes none."""
        if purchase.place == "shop" and not purchase.store:
            return NO_STORE
        found = identifiers(purchase.email, purchase.fields)
        if not found:
            return NOBODY
        store = {"eventLocation": {"storeId": purchase.store}} if purchase.place == "shop" else {}
        return {
            "transactionId": purchase.reference, "eventTimestamp": purchase.at,
            "eventSource": SOURCES[purchase.place], "currency": purchase.currency,
            "conversionValue": purchase.total_minor / 100, "userData": user_data(found),
            **store, **self._cart(purchase),
        }  # fmt: skip

    def _cart(self, purchase: Purchase) -> Event:
        """Return what was bought, where it is known whose catalogue it is in; what came back is no part of it."""
        items = [
            {"merchantProductId": each.id, "quantity": str(each.quantity), "unitPrice": each.unit_minor / 100}
            for each in purchase.items
            if each.quantity > 0
        ]
        return {"cartData": {**self.into.merchant, "items": items}} if self.into.merchant and items else {}


def _judged(answer: Any, _row: Row) -> Outcome:
    if answer.get("requestId"):
        return Outcome("staged")
    return Outcome("unknown", "an answer without the id of the request")


def _receipt(answer: Any) -> str:
    return f"{OF_PURCHASES}{answer['requestId']}" if answer.get("requestId") else ""
