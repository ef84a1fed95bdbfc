"""The company behind every path: who may call, how often, and in which project."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.channable.bucket import Bucket
from plugins.sandbox.channable.refusals import Invalid, Refusal, mistake, refusal_response
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.stand_in import StandIn

TOKEN_LIFE = timedelta(days=365)
MOST_TOKENS = 2
LARGEST_BODY = 1_000_000
TAKEN_TYPES = ("*/*", "application/*", "application/json")


@dataclass
class Account(StandIn):
    """One company with one project."""

    name: ClassVar[str] = "channable"
    retailer: Retailer = field(kw_only=True)
    token: str = field(default="sandbox-channable-token", kw_only=True)
    company_id: int = field(default=4120, kw_only=True)
    project_id: int = field(default=53000, kw_only=True)

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.clock())
        self.door = threading.Lock()
        self.tokens: dict[str, datetime] = {self.token: self.clock() + TOKEN_LIFE}
        """Every token that is valid, and until when."""
        super().__post_init__()

    def admit(self, request: Request) -> Response | None:
        """Refuse whom the bucket has no room for; the answer says nothing of when to come back."""
        with self.door:
            has_room = self.bucket.takes(self.clock())
        return None if has_room else self.problem(Refusal(429, "Too many requests"))

    def authenticate(self, request: Request) -> Response | None:
        """Ask for a token that has not expired, and for JSON."""
        offered = request.authorization
        token = offered.token if offered and offered.type == "bearer" else None
        ends_at = self.tokens.get(token or "")
        if ends_at is None or ends_at <= self.clock():
            return self.problem(Refusal(401, "Invalid or expired token"))
        wanted = list(request.accept_mimetypes.values())
        if wanted and not any(kind in TAKEN_TYPES for kind in wanted):
            return self.problem(Refusal(406, "Only application/json is available"))
        return None

    def problem(self, error: HTTPException) -> Response:
        """Answer with a refusal."""
        return refusal_response(error)

    def enter(self, company: str, project: str) -> None:
        """Refuse another company than the token's, and a project that is not there."""
        if whole(company, "company_id") != self.company_id:
            raise Refusal(403, "This token is of another company")
        if whole(project, "project_id") != self.project_id:
            raise Refusal(404, "Project not found")


def whole(given: str, name: str) -> int:
    """Return a number of a path."""
    if not given.isdecimal():
        raise Invalid(mistake("Input should be a valid integer", "int_parsing", "path", name))
    return int(given)


def read_body(request: Request, *, is_needed: bool = True) -> Any:
    """Return the JSON a caller sent; None where none is there and none is needed."""
    body = request.get_data(cache=True)
    if len(body) > LARGEST_BODY:
        raise Refusal(413, "Request body too large")
    if not body and not is_needed:
        return None
    if not body:
        raise Invalid(mistake("Field required", "missing", "body"))
    try:
        return json.loads(body)
    except ValueError:
        raise Invalid(mistake("JSON decode error", "json_invalid", "body", 0)) from None


def read_object(request: Request, *, is_needed: bool = True) -> dict[str, Any]:
    """Return the JSON object a caller sent."""
    found = read_body(request, is_needed=is_needed)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Invalid(mistake("Input should be a valid dictionary", "dict_type", "body"))
    return found


def texts(body: dict[str, Any], *names: str) -> dict[str, str | None]:
    """Return fields that are texts or nothing."""
    wrong = [name for name in names if not isinstance(body.get(name), str | None)]
    if wrong:
        raise Invalid(*(mistake("Input should be a valid string", "string_type", "body", name) for name in wrong))
    return {name: body.get(name) for name in names}


def numbers(body: dict[str, Any], name: str) -> list[int] | None:
    """Return a list of whole numbers, or nothing."""
    found = body.get(name)
    if found is None:
        return None
    if not isinstance(found, list):
        raise Invalid(mistake("Input should be a valid list", "list_type", "body", name))
    wrong = [at for at, each in enumerate(found) if not is_whole(each)]
    if wrong:
        raise Invalid(*(mistake("Input should be a valid integer", "int_type", "body", name, at) for at in wrong))
    return found


def is_whole(value: Any) -> bool:
    """Tell whether JSON says a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
