"""What Mailchimp says when it refuses: problem documents, with the vendor's titles."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

DOCUMENTATION = "https://mailchimp.com/developer/marketing/docs/errors/"
UNREADABLE = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."


class FieldError(NamedTuple):
    """What is wrong with one field."""

    field: str
    message: str


class Refusal(HTTPException):
    """One refusal: status, title, detail and, for a validation, the fields."""

    def __init__(self, status: int, title: str, detail: str, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(detail)
        self.code = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)


def problem_response(error: HTTPException, instance: str) -> Response:
    """Render a refusal as `application/problem+json`."""
    refusal = error if isinstance(error, Refusal) else _routing_refusal(error)
    body: dict[str, Any] = {
        "type": DOCUMENTATION,
        "title": refusal.title,
        "status": refusal.code,
        "detail": refusal.detail,
        "instance": instance,
    }
    if refusal.errors:
        body["errors"] = [each._asdict() for each in refusal.errors]
    return Response(json.dumps(body), refusal.code, content_type="application/problem+json; charset=utf-8")


def _routing_refusal(error: HTTPException) -> Refusal:
    if error.code == 405:
        return Refusal(405, "Method Not Allowed", "The requested method and resource are not compatible.")
    return not_found()


def not_found() -> Refusal:
    """Nothing lives under this path."""
    return Refusal(404, "Resource Not Found", "The requested resource could not be found.")


def invalid(*errors: FieldError, detail: str = UNREADABLE) -> Refusal:
    """A body or a query that does not fit."""
    return Refusal(400, "Invalid Resource", detail, errors)


def in_compliance_state(email: str) -> Refusal:
    """The contact left by its own act, bounced, or is under review."""
    detail = (
        f"{email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
    )
    return Refusal(400, "Member In Compliance State", detail)


def forgotten(email: str) -> Refusal:
    """The contact was permanently deleted."""
    detail = f"{email} was permanently deleted and cannot be re-imported. The contact must sign up again."
    return Refusal(400, "Forgotten Email Not Subscribed", detail)


def member_exists(email: str) -> Refusal:
    """The address is in the audience already."""
    return Refusal(400, "Member Exists", f"{email} is already a list member. Use PUT to insert or update list members.")


def too_many_requests() -> Refusal:
    """More than ten connections at once; the vendor gives no hint when to come back."""
    return Refusal(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")
