"""Conversion events, those of the shop floor too: checked, counted, and each transaction once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_ads.destinations import Destination, meant
from plugins.sandbox.google_ads.ingestion import Ingestion, header_of, moment_of, references_of
from plugins.sandbox.google_ads.members import Person, Reader, consent_lacks
from plugins.sandbox.google_ads.refusals import Violation, invalid, missing, wrong
from plugins.sandbox.google_ads.shapes import checked
from plugins.sandbox.google_ads.taken import Part
from plugins.sandbox.google_ads.user_list import Mark
from plugins.sandbox.stand_in import route

MOST_EVENTS = 2000
CURRENCY, LANGUAGE = re.compile(r"[A-Z]{3}"), re.compile(r"[a-z]{2}")
FINDING = ("userData", "thirdPartyUserData", "adIdentifiers", "clientId", "userId", "appInstanceId")
"""What says whose event it is; one of them is needed."""
DUPLICATE = "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID"
Event = Mapping[str, Any]


@dataclass
class EventPaths(Ingestion):
    """Answers `events:ingest`."""

    conversion_actions: Mapping[str, str] = field(
        default_factory=lambda: {"7001": "STORE_SALES", "7002": "WEBPAGE"}, kw_only=True
    )
    """By number, of which type each is."""

    @override
    def seed(self) -> None:
        super().seed()
        self.transactions: dict[tuple[str, str], Event] = {}
        """Every event that counted and says which transaction it is, by conversion action and transaction."""
        self.is_eligible_for_store_sales = True

    @route("/v1/events:ingest", "POST")
    def ingest_events(self, request: Request) -> Response:
        """Take conversions."""
        body = header_of(request, "IngestEvents")
        destinations = self.destinations_of(body)
        for place, each in enumerate(destinations):
            if each["productDestinationId"] not in self.conversion_actions:
                raise wrong(f"destinations[{place}].product_destination_id", "INVALID_CONVERSION_ACTION_ID")
        events = body.get("events")
        if not events:
            raise missing("events")
        if len(checked(events, ["Event"], "events")) > MOST_EVENTS:
            raise wrong("events", "TOO_MANY_EVENTS")
        people = self._checked_events(body, events, destinations)
        parts = [self._counting(each, events, people) for each in destinations]
        return self.take(body, "events", "", parts)

    def _wrong_actions(self, event: Event, destinations: Sequence[Destination]) -> Iterator[str]:
        """Give the numbers of the conversion actions that take no event of this source."""
        # developers.google.com/data-manager/api/devguides/events/google-ads/store-sales/send-events
        # developers.google.com/data-manager/api/devguides/events/send-events
        needed = {"IN_STORE": "STORE_SALES", "WEB": "WEBPAGE"}.get(event.get("eventSource") or "")
        for place in meant(destinations, event.get("destinationReferences") or ()):
            action: str = destinations[place]["productDestinationId"]
            if needed and self.conversion_actions[action] != needed:
                yield action

    def _checked_events(
        self, body: Mapping[str, Any], events: Sequence[dict[str, Any]], destinations: Sequence[Destination]
    ) -> list[Person]:
        reader = Reader(body, references_of(destinations))
        people = []
        for place, event in enumerate(events):
            path = f"events.events[{place}]"
            marks = _marks(reader, event.get("userData"), f"{path}.user_data")
            lacks = consent_lacks(event["consent"]) if event.get("consent") else reader.lacks
            people.append(Person(marks, event.get("destinationReferences") or (), lacks))
            reader.violations += self._violations(event, path, reader.references)
            for _ in self._wrong_actions(event, destinations):
                reader.violate(f"{path}.event_source", "INVALID_CONVERSION_ACTION_TYPE")
        if reader.violations:
            raise invalid(reader.violations)
        return people

    def _violations(self, event: Event, path: str, references: frozenset[str]) -> Iterator[Violation]:
        if not event.get("eventTimestamp"):
            yield Violation(f"{path}.event_timestamp", "REQUIRED_FIELD_MISSING", "When it happened is needed.")
        elif self._moment(event["eventTimestamp"], path) > self.clock():
            yield Violation(f"{path}.event_timestamp", "EVENT_TIME_INVALID", "The event is in the future.")
        if not any(event.get(name) for name in FINDING):
            yield Violation(path, "NO_IDENTIFIERS_PROVIDED", "Nothing says whose event it is.")
        if not references.issuperset(event.get("destinationReferences") or ()):
            yield Violation(f"{path}.destination_references", "INVALID_DESTINATION", "There is no such reference.")
        if event.get("currency") and not CURRENCY.fullmatch(event["currency"]):
            yield Violation(f"{path}.currency", "INVALID_CURRENCY_CODE", "ISO 4217, three capitals.")
        if event.get("eventSource") == "WEB" and not event.get("transactionId"):
            yield Violation(f"{path}.transaction_id", "REQUIRED_FIELD_MISSING", "The tag's transaction is needed.")
        yield from self._of_a_store(event, path)
        cart = event.get("cartData") or {}
        for each in (cart, *(cart.get("items") or ())):
            yield from _of_a_catalogue(each, f"{path}.cart_data")

    def _of_a_store(self, event: Event, path: str) -> Iterator[Violation]:
        if event.get("eventSource") != "IN_STORE":
            return
        if not self.is_eligible_for_store_sales:
            yield Violation(path, "ACCOUNT_INELIGIBLE_FOR_STORE_SALES", "The account may not upload store sales.")
        if not (event.get("eventLocation") or {}).get("storeId"):
            yield Violation(f"{path}.event_location.store_id", "REQUIRED_FIELD_MISSING", "Which store is needed.")

    @staticmethod
    def _moment(value: str, path: str) -> datetime:
        return moment_of(value, "EVENT_TIME_INVALID", f"{path}.event_timestamp")

    def _counting(self, destination: Destination, events: Sequence[Event], people: Sequence[Person]) -> Part:
        """Return what counts events at a destination once they are carried out, each transaction there once."""
        own = [
            (event, person.lacks) for event, person in zip(events, people, strict=True)
            if not person.references or destination.get("reference") in person.references
        ]  # fmt: skip
        part = Part(destination, taken=len(own))
        drops, why = self.next_drops

        def carry_out(_at: datetime) -> bool:
            part.taken = 0
            for event, lacks in own:
                key = (destination["productDestinationId"], event.get("transactionId") or "")
                reason = lacks or (why if part.dropped[why] < drops else "")
                if reason := reason or (DUPLICATE if key in self.transactions else ""):
                    part.dropped[reason] += 1
                    continue
                part.taken += 1
                if key[1]:
                    self.transactions[key] = event
            return True

        part.carry_out = carry_out
        return part


def _of_a_catalogue(told: Mapping[str, Any], path: str) -> Iterator[Violation]:
    """Say what is wrong with the Merchant Center account of a cart, or of one item in it."""
    if not str(told.get("merchantId") or "0").isdecimal():
        yield Violation(f"{path}.merchant_id", "INVALID_MERCHANT_ID", "Digits only.")
    if not LANGUAGE.fullmatch(told.get("merchantFeedLanguageCode") or "nl"):
        yield Violation(f"{path}.merchant_feed_language_code", "INVALID_MERCHANT_FEED_LANGUAGE_CODE", "ISO 639-1.")


def _marks(reader: Reader, told: Mapping[str, Any] | None, path: str) -> list[Mark]:
    try:
        return reader.user_data(told, path) if told else []
    except ValueError:  # an identifier that is none of its kinds, or two
        reader.violate(f"{path}.user_identifiers", "NO_IDENTIFIERS_PROVIDED")
        return []
