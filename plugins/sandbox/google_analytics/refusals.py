"""What Google says when it refuses: one error object, with a status in words and sometimes a reason."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import json_response

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
SCHEMA_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
ID_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"


class Refusal(HTTPException):
    """One refusal: HTTP status, message, and a reason where Google gives one."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.reason = code, message, reason

    def body(self) -> dict[str, Any]:
        """Return the error object."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": STATUSES[self.code or 500]}
        if self.reason:
            error["details"] = [{"@type": ERROR_INFO, "reason": self.reason, "domain": "googleapis.com"}]
        return {"error": error}


class NoGrant(HTTPException):
    """The token endpoint gives no token; it speaks OAuth, not Google's own form."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.code, self.error = 400, error


def refusal_response(error: HTTPException) -> Response:
    """Render a refusal; what no route knows is not found."""
    if isinstance(error, NoGrant):
        return json_response({"error": error.error, "error_description": error.description}, 400)
    known = error if isinstance(error, Refusal) else Refusal(404, "Requested entity was not found.")
    return json_response(known.body(), known.code or 404)


def invalid(message: str) -> Refusal:
    """A request that does not fit."""
    return Refusal(400, message)


def unknown_field(name: str, within: str = "") -> Refusal:
    """A field of the request that there is not."""
    place = f" at '{within}'" if within else ""
    return invalid(f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')


def not_a(kind: str, name: str) -> Refusal:
    """A dimension or metric that there is not."""
    return invalid(f"Field {name} is not a valid {kind}. For a list of valid dimensions and metrics, see {SCHEMA_PAGE}")


def exhausted(what: str, when: str) -> Refusal:
    """A quota is used up."""
    return Refusal(429, f"Exhausted {what}. {when}")


NOT_SIGNED_IN = Refusal(
    401,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
)
NO_SCOPE = Refusal(403, "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
NO_ACCESS = Refusal(
    403,
    f"User does not have sufficient permissions for this property. To learn more about Property ID, see {ID_PAGE}.",
)
NOT_ENABLED = Refusal(
    403,
    "Google Analytics Data API has not been used in project 123456789 before or it is disabled.",
    "SERVICE_DISABLED",
)
