"""What Channable says when it refuses: one sentence, or a list of what is wrong with the question."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import json_response

RESUBMITTED = "Can not resubmit a sent shipment"


class Refusal(HTTPException):
    """One refusal with its status and its sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.code = status
        self.message = message

    def body(self) -> dict[str, Any]:
        """Return what the body says."""
        return {"status": "error", "message": self.message}


class Invalid(HTTPException):
    """A question that does not fit its schema; each mistake says where it stands."""

    code = 422

    def __init__(self, *mistakes: dict[str, Any]) -> None:
        super().__init__("Unprocessable Entity")
        self.mistakes = mistakes

    def body(self) -> dict[str, Any]:
        """Return what the body says."""
        return {"detail": list(self.mistakes)}


def mistake(message: str, kind: str, *place: str | int) -> dict[str, Any]:
    """Return one mistake; `place` leads to it."""
    return {"loc": list(place), "msg": message, "type": kind}


def refusal_response(error: HTTPException) -> Response:
    """Render a refusal; what no route knows has the name of its status."""
    known = isinstance(error, Refusal | Invalid)
    body = error.body() if known else Refusal(error.code or 500, error.name).body()  # type: ignore[attr-defined]
    return json_response(body, error.code or 500)
