"""What Pinterest says when it refuses: a code of its own beside the HTTP status, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import json_response

OVER = (
    "This request exceeded a rate limit. This can happen if the client exceeds one\n"
    "of the published rate limits within a short time window."
)


class Refusal(HTTPException):
    """One refusal: the HTTP status, Pinterest's code and the message."""

    def __init__(self, status: int, number: int, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = status
        self.number, self.message, self.details = number, message, details

    def body(self) -> dict[str, Any]:
        """Return the error object."""
        told: dict[str, Any] = {"code": self.number, "message": self.message}
        return told if self.details is None else told | {"details": dict(self.details)}


def refusal_response(error: HTTPException) -> Response:
    """Render a refusal; what no route knows is no endpoint."""
    if not isinstance(error, Refusal):
        error = Refusal(405, 5, "Method not allowed") if error.code == 405 else missing("Endpoint")
    return json_response(error.body(), error.code or 400)


def invalid(message: str, number: int = 1) -> Refusal:
    """A parameter or a body that does not fit."""
    return Refusal(400, number, message)


def missing(what: str, number: int = 404) -> Refusal:
    """There is no such thing, or not for this caller; the code sometimes repeats the status."""
    return Refusal(404, number, f"{what} not found.")


def unauthenticated() -> Refusal:
    """The token is not there, not one of ours, or has expired."""
    return Refusal(401, 2, "Authentication failed.")


def lacks_scope(scopes: list[str]) -> Refusal:
    """The token was made for less."""
    return Refusal(401, 3, f"Authorization failed. Your token lacks the scope {', '.join(scopes)}.")


def not_permitted() -> Refusal:
    """The token is good, and this is somebody else's."""
    return Refusal(403, 29, "You are not permitted to access that resource.")


def throttled() -> Refusal:
    """Too many calls; no header says how long to wait."""
    return Refusal(429, 8, OVER)
