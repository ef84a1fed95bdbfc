"""What the Merchant API says when it refuses: `google.rpc.Status`, with the reason in the metadata of its ErrorInfo."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import json_response

STATUSES = {
    "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
}  # fmt: skip


class Refusal(HTTPException):
    """One refusal: Google's status, a sentence, and the reason that programs decide on."""

    def __init__(self, status: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code = STATUSES[status]
        self.status, self.message, self.reason = status, message, reason or status

    def body(self) -> dict[str, Any]:
        """Return the error object."""
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "invalid" if self.code == 400 else self.status.lower(),
            "domain": "merchantapi.googleapis.com",
            "metadata": {"REASON": self.reason},
        }
        return {"error": {"code": self.code, "message": self.message, "status": self.status, "details": [info]}}


def refusal_response(error: HTTPException) -> Response:
    """Render a refusal; what no route knows is not there."""
    refusal = error if isinstance(error, Refusal) else missing("Method")
    return json_response(refusal.body(), refusal.code or 400)


def invalid(field: str, reason: str) -> Refusal:
    """A field that breaks a rule."""
    return Refusal("INVALID_ARGUMENT", f"[{field}] {reason.replace('_', ' ').capitalize()}.", reason)


def missing(what: str) -> Refusal:
    """There is no such thing."""
    return Refusal("NOT_FOUND", f"{what} not found.")


def no_permission() -> Refusal:
    """The account is not one of the caller's."""
    return Refusal("PERMISSION_DENIED", "The caller does not have access to the account.", "PERMISSION_DENIED_ACCOUNTS")


def unauthenticated() -> Refusal:
    """No access token, or one that is not valid any more."""
    return Refusal("UNAUTHENTICATED", "Request had invalid authentication credentials.")


def not_registered() -> Refusal:
    """The Cloud project is not registered as a developer of the account."""
    text = "The Google Cloud project is not registered with the Merchant Center account."
    return Refusal("PERMISSION_DENIED", text, "GCP_PROJECT_NOT_REGISTERED")


def exhausted(message: str) -> Refusal:
    """Too many calls, in a minute or in a day."""
    return Refusal("RESOURCE_EXHAUSTED", message, message)
