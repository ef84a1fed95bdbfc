"""What Google says when it refuses: `google.rpc.Status` with its details."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import json_response

DOMAIN = "datamanager.googleapis.com"
TYPES = "type.googleapis.com/google.rpc"
STATUSES = {
    "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429, "INTERNAL": 500,
}  # fmt: skip
MOST_VIOLATIONS = 100
"""How many of the wrong fields an answer names."""


class Violation(NamedTuple):
    """One field that is wrong."""

    field: str
    reason: str
    description: str

    def view(self) -> dict[str, str]:
        """Return it as `BadRequest` names it."""
        return {"field": self.field, "description": self.description, "reason": self.reason}


class Refusal(HTTPException):
    """One refusal: Google's status, the reason in the vendor's words, and the fields that are wrong."""

    def __init__(
        self, status: str, message: str, reason: str = "", violations: Iterable[Violation] = (), **metadata: str
    ) -> None:
        super().__init__(message)
        self.code = STATUSES[status]
        self.status, self.message, self.reason = status, message, reason or status
        self.violations, self.metadata = list(violations)[:MOST_VIOLATIONS], metadata

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the error object."""
        metadata = {"requestId": request_id, **self.metadata}
        told: dict[str, Any] = {"@type": f"{TYPES}.ErrorInfo", "reason": self.reason, "domain": DOMAIN}
        details = [{**told, "metadata": metadata}]
        if self.violations:
            wrong = [each.view() for each in self.violations]
            details.append({"@type": f"{TYPES}.BadRequest", "fieldViolations": wrong})
        return {"error": {"code": self.code, "message": self.message, "status": self.status, "details": details}}


def refusal_response(error: HTTPException, request_id: str) -> Response:
    """Render a refusal; what no route knows is not there."""
    refusal = error if isinstance(error, Refusal) else Refusal("NOT_FOUND", "Method not found.")
    return json_response(refusal.body(request_id), refusal.code or 400)


def invalid(violations: Iterable[Violation]) -> Refusal:
    """Fields that break structure or rules: nothing of the request is done."""
    return Refusal("INVALID_ARGUMENT", "There was a problem with the request.", violations=violations)


def wrong(field: str, reason: str, description: str = "") -> Refusal:
    """One field that is wrong."""
    return invalid([Violation(field, reason, description or reason.replace("_", " ").capitalize())])


def missing(field: str) -> Refusal:
    """A required field that is not there."""
    return wrong(field, "REQUIRED_FIELD_MISSING", "The field is required.")


def unreadable(text: str, field: str = "") -> Refusal:
    """A body that is no such message."""
    message = f"Invalid JSON payload received. {text}"
    return Refusal("INVALID_ARGUMENT", message, violations=[Violation(field, "INVALID_FORMAT", message)])


def no_permission(text: str = "The caller does not have permission") -> Refusal:
    """The account is not one of the caller's."""
    return Refusal("PERMISSION_DENIED", text)


def unauthenticated() -> Refusal:
    """No access token, or one that is not valid any more."""
    text = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    return Refusal("UNAUTHENTICATED", text)


def exhausted(quota: str) -> Refusal:
    """Too many calls in a minute or a day."""
    text = f"Quota exceeded for quota metric '{quota}'."
    return Refusal("RESOURCE_EXHAUSTED", text, quota_limit=quota)
