"""The account behind every path: who may call, how many at once, and what is kept."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.audience import Audience
from plugins.sandbox.mailchimp.enrolment import Enrolment
from plugins.sandbox.mailchimp.problems import Refusal, invalid, not_found, problem_response, too_many_requests
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.mailchimp.seeding import seeded
from plugins.sandbox.retailer import Activity, Retailer
from plugins.sandbox.stand_in import StandIn, json_response

SIMULTANEOUS_CONNECTIONS = 10


class Operation(NamedTuple):
    """Something a caller of the API did to a member, and was told it was done."""

    kind: str
    """created, updated, status, moved, tagged, untagged, archived, deleted, event or journey (set off)."""
    email: str
    detail: str


@dataclass
class Account(StandIn):
    """One Mailchimp account with one audience."""

    name: ClassVar[str] = "mailchimp"
    retailer: Retailer = field(kw_only=True)
    api_key: str = field(default="sandbox0sandbox0sandbox0sandbox0-us6", kw_only=True)
    list_id: str = field(default="57afe96172", kw_only=True)
    counts_skipped: bool = field(default=False, kw_only=True)
    """Whether a contact that a bulk call leaves alone in silence is counted as updated."""

    def __post_init__(self) -> None:
        self.operations: list[Operation] = []
        self.connections = 0
        self.door = threading.Lock()
        super().__post_init__()

    def seed(self) -> None:
        """Fill the audience from the retailer's contacts."""
        self.audience: Audience = seeded(self.retailer, self.list_id)
        self.activities: dict[str, list[Activity]] = {each.id: [] for each in self.retailer.campaigns}
        for each in self.retailer.activities:
            self.activities.setdefault(each.campaign_id, []).append(each)

    def census(self) -> dict[str, int]:
        """Count the members by status, as the desk shows them."""
        with self.lock:
            return self.audience.census()

    def operation_counts(self) -> dict[str, int]:
        """Count what callers did, by kind."""
        with self.lock:
            return dict(Counter(each.kind for each in self.operations))

    def note(self, kind: str, email: str, detail: str = "") -> None:
        """Keep what a caller did to a member."""
        self.operations.append(Operation(kind, email, detail))

    def admit(self, request: Request) -> Response | None:
        """Refuse the eleventh connection."""
        with self.door:
            self.connections += 1
            is_over = self.connections > SIMULTANEOUS_CONNECTIONS
        return self.problem(too_many_requests()) if is_over else None

    def leave(self, request: Request) -> None:
        """Give the connection back."""
        with self.door:
            self.connections -= 1

    def authenticate(self, request: Request) -> Response | None:
        """Ask for the key: Basic with any user name, or Bearer."""
        if not request.path.startswith("/3.0"):
            return None
        key = self._offered(request)
        if key == self.api_key:
            return None
        if not key:
            return self.problem(Refusal(401, "API Key Missing", "Your request did not include an API key."))
        home, _, centre = self.api_key.rpartition("-")[2], *key.rpartition("-")[1:]
        if "-" in key and centre != home:
            detail = f"The API key provided is linked to the data center '{centre}', not to '{home}'."
            return self.problem(Refusal(403, "WrongDatacenter", detail))
        detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        return self.problem(Refusal(401, "API Key Invalid", detail))

    @staticmethod
    def _offered(request: Request) -> str:
        offered = request.authorization
        if offered is None:
            return ""
        return (
            offered.password if offered.type == "basic" else offered.token if offered.type == "bearer" else ""
        ) or ""

    def problem(self, error: HTTPException) -> Response:
        """Answer with a problem document."""
        return problem_response(error, str(uuid.UUID(int=self.random.getrandbits(128), version=4)))

    def audience_of(self, list_id: str) -> Audience:
        """Return the audience a path names, or refuse with 404."""
        if list_id != self.list_id:
            raise not_found()
        return self.audience

    def enrolment(self, list_id: str, request: Request) -> Enrolment:
        """Return the writer of member bodies for one request."""
        skip = Query(request).flag("skip_merge_validation")
        return Enrolment(self.audience_of(list_id), self.clock(), self.note, skip)


def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON object a caller sent."""
    try:
        body = json.loads(request.get_data(cache=True) or b"{}")
    except ValueError:
        detail = "We encountered an unspecified JSON parsing error."
        raise Refusal(400, "JSON Parse Error", detail) from None
    if not isinstance(body, dict):
        raise invalid(detail="Schema describes object")
    return body


def answer(request: Request, body: dict[str, Any]) -> Response:
    """Answer with the fields a caller asked for."""
    return json_response(Query(request).trimmed(body))


def empty() -> Response:
    """Answer that it is done, without a body."""
    return Response("", 204, content_type="application/json")
