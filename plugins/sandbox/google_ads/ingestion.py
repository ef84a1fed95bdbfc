"""Members go into lists and out of them: taken at once or not at all, and carried out later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_ads.account import body_of
from plugins.sandbox.google_ads.destinations import Destination, Destinations, meant
from plugins.sandbox.google_ads.members import KEY_TYPES, Person, Reader
from plugins.sandbox.google_ads.refusals import invalid, unreadable, wrong
from plugins.sandbox.google_ads.shapes import MESSAGES, checked, unknown_name
from plugins.sandbox.google_ads.taken import CarryOut, Did, Part, Taken
from plugins.sandbox.google_ads.user_list import Mark, UserList
from plugins.sandbox.stand_in import json_response, route

RECORDS = {"audienceMembers", "events"}
"""What a request holds many of; they are read by themselves."""


@dataclass
class Ingestion(Destinations):
    """Answers `audienceMembers:ingest`, `:remove`, `:removeAll` and `requestStatus:retrieve`."""

    polls: int = field(default=2, kw_only=True)
    """How often a request is still PROCESSING when somebody asks."""

    @override
    def seed(self) -> None:
        super().seed()
        self.taken: dict[str, Taken] = {}
        self.has_accepted_terms = True
        self.next_fails = ""
        self.next_drops: tuple[int, str] = (0, "")

    @route("/v1/audienceMembers:ingest", "POST")
    def ingest_members(self, request: Request) -> Response:
        """Put people into lists."""
        body = header_of(request, "Ingest")
        destinations, people, kind = self._people(body)
        terms = (body.get("termsOfService") or {}).get("customerMatchTermsOfServiceStatus")
        if kind in ("userData", "mobileData") and not (terms == "ACCEPTED" and self.has_accepted_terms):
            raise wrong("terms_of_service.customer_match_terms_of_service_status", "TERMS_AND_CONDITIONS_NOT_SIGNED")
        parts = [Part(each) for each in destinations]
        marks = self.sorted_into(people, parts, minds_consent=True)
        for part, found in zip(parts, marks, strict=True):
            part.carry_out = self._adding(part.destination["productDestinationId"], found)
        return self.take(body, "ingest", kind, parts)

    @route("/v1/audienceMembers:remove", "POST")
    def remove_members(self, request: Request) -> Response:
        """Take people out of lists; this needs nobody's consent."""
        body = header_of(request, "Remove")
        destinations, people, kind = self._people(body)
        parts = [Part(each) for each in destinations]
        marks = self.sorted_into(people, parts, minds_consent=False)
        for part, found in zip(parts, marks, strict=True):
            part.carry_out = self._removing(part.destination["productDestinationId"], found)
        return self.take(body, "remove", kind, parts)

    @route("/v1/audienceMembers:removeAll", "POST")
    def remove_all_members(self, request: Request) -> Response:
        """Take out everybody who was last added before a moment, now if none is named."""
        body = header_of(request, "RemoveAll")
        destinations = self.destinations_of(body)
        self.lists_of(destinations, None)
        moment = moment_of(body["removeAsOfTime"], "INVALID_REMOVE_AS_OF_TIME") if body.get("removeAsOfTime") else None
        if moment and moment > self.clock():
            raise wrong("remove_as_of_time", "INVALID_REMOVE_AS_OF_TIME")
        parts = [Part(each) for each in destinations]
        for part in parts:
            part.carry_out = self._emptying(part.destination["productDestinationId"], moment)
        return self.take(body, "removeAll", "", parts)

    @route("/v1/requestStatus:retrieve")
    def retrieve_status(self, request: Request) -> Response:
        """Tell what became of a request; who asks often enough hears of the end."""
        found = self.taken.get(request.args.get("requestId", ""))
        if found is None:
            raise wrong("request_id", "INVALID_REQUEST_ID")
        if found.polls_left > 0:
            found.polls_left -= 1
        elif not found.is_done:
            self.carry_out(found.id)
            done = {"at": self.clock().isoformat(), "act": "carry_out_request", "params": {"request_id": found.id}}
            self._remember(done)  # a reading that changes something
        return json_response(found.view())

    def carry_out(self, request_id: str) -> None:
        """Do what a request asks, and before it what was asked earlier."""
        for each in self.taken.values():
            each.carry_out()
            if each.id == request_id:
                return

    def take(self, body: dict[str, Any], did: Did, kind: str, parts: Sequence[Part]) -> Response:
        """Answer the id under which the rest is told; a mere validation has none."""
        if body.get("validateOnly"):
            return json_response({})
        taken = Taken(self.new_request_id(), did, kind, self.clock(), parts, self.polls, self.next_fails)
        self.next_fails, self.next_drops = "", (0, "")
        self.taken[taken.id] = taken
        return json_response({"requestId": taken.id})

    def _people(self, body: dict[str, Any]) -> tuple[list[Destination], list[Person], str]:
        destinations = self.destinations_of(body)
        reader = Reader(body, references_of(destinations))
        people = reader.members()
        if reader.violations:
            raise invalid(reader.violations)
        (kind,) = reader.kinds
        self.lists_of(destinations, KEY_TYPES.get(kind))
        return destinations, people, kind

    def sorted_into(self, people: Sequence[Person], parts: Sequence[Part], *, minds_consent: bool) -> list[list[Mark]]:
        """Return the marks for each destination, and count there who goes and who is dropped."""
        marks: list[list[Mark]] = [[] for _ in parts]
        destinations, places = [part.destination for part in parts], dict[tuple[str, ...], list[int]]()
        to_drop, why = self.next_drops
        for person in people:
            key = tuple(person.references)
            if key not in places:
                places[key] = list(meant(destinations, key))
            for place in places[key]:
                part = parts[place]
                lacks = person.lacks if minds_consent else ""
                if lacks or part.dropped[why] < to_drop:
                    part.dropped[lacks or why] += 1
                    continue
                part.taken += 1
                part.identifiers += len(person.marks)
                marks[place] += person.marks
        return marks

    def _adding(self, list_id: str, marks: list[Mark]) -> CarryOut:
        return self._doing(list_id, lambda found, at: found.add(marks, at))

    def _removing(self, list_id: str, marks: list[Mark]) -> CarryOut:
        return self._doing(list_id, lambda found, _at: found.remove(marks))

    def _emptying(self, list_id: str, moment: datetime | None) -> CarryOut:
        return self._doing(list_id, lambda found, at: found.remove_before(moment or at))

    def _doing(self, list_id: str, do: Callable[[UserList, datetime], None]) -> CarryOut:
        def carry_out(at: datetime) -> bool:
            found = self.lists.get(list_id)
            if found is not None:
                do(found, at)
            return found is not None

        return carry_out


def header_of(request: Request, kind: str) -> dict[str, Any]:
    """Return a request whose every field but its many records is checked."""
    body = body_of(request)
    for name in RECORDS & body.keys() - MESSAGES[kind].keys():
        raise unknown_name(name, "")
    checked({name: value for name, value in body.items() if name not in RECORDS}, kind)
    if body.get("encryptionInfo"):
        raise wrong("encryption_info", "INVALID_FORMAT", "The sandbox has no keys to decrypt with.")
    return body


def references_of(destinations: Sequence[Destination]) -> frozenset[str]:
    """Return the names under which records may speak of destinations."""
    return frozenset(each["reference"] for each in destinations if each.get("reference"))


def moment_of(value: object, reason: str, path: str = "remove_as_of_time") -> datetime:
    """Return a moment that is written as RFC 3339 says."""
    if not isinstance(value, str):
        raise unreadable(f"Invalid value at '{path}'", path)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise wrong(path, reason) from None
    if moment.tzinfo is None:
        raise wrong(path, reason)
    return moment
