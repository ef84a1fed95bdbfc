"""What Meta says when it refuses: one error object, mostly with HTTP 400."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import json_response

NOT_FOUND_SUBCODE = 33
PAGE_TOKEN_NEEDED = "(#210) A page access token is required to request this resource."  # noqa: S105


class Refusal(HTTPException):
    """One refusal: Meta's code and subcode, the message, and what a person is shown."""

    def __init__(
        self, number: int, message: str, subcode: int = 0, title: str = "", text: str = "", status: int = 400
    ) -> None:
        super().__init__(message)
        self.code = status
        self.number, self.subcode = number, subcode
        self.message, self.title, self.text = message, title, text

    def body(self, trace: str) -> dict[str, Any]:
        """Return the error object."""
        error: dict[str, Any] = {"message": self.message, "type": "OAuthException", "code": self.number}
        if self.subcode:
            error["error_subcode"] = self.subcode
        error["is_transient"] = self.number in (1, 2)
        if self.title:
            error |= {"error_user_title": self.title, "error_user_msg": self.text}
        return {"error": error | {"fbtrace_id": trace}}


def refusal_response(error: HTTPException, path: str, trace: str) -> Response:
    """Render a refusal; what no route knows is an unknown path."""
    refusal = error if isinstance(error, Refusal) else unknown_path(path)
    return json_response(refusal.body(trace), refusal.code or 400)


def unknown_path(path: str) -> Refusal:
    """Nothing lives under this path."""
    return Refusal(2500, f"Unknown path components: {path}")


def invalid(text: str, subcode: int = 0, title: str = "") -> Refusal:
    """A parameter that does not fit."""
    return Refusal(100, f"(#100) {text}", subcode, title, text)


def required(name: str) -> Refusal:
    """A parameter that is not there."""
    return invalid(f"The parameter {name} is required")


def too_large() -> Refusal:
    """More bytes than a call may have."""
    return Refusal(1, "Please reduce the amount of data you're asking for, then retry your request")


def missing(node_id: str, method: str) -> Refusal:
    """There is no such object, or not for this caller, or not with this method."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{node_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    return Refusal(100, message, NOT_FOUND_SUBCODE)


def nonexisting_field(name: str, kind: str) -> Refusal:
    """A field that the node does not have."""
    return invalid(f"Tried accessing nonexisting field ({name}) on node type ({kind})")


def unusable_token(subcode: int) -> Refusal:
    """The token is expired, revoked or not one of ours."""
    reasons = {
        458: "The user has not authorized application.",
        460: "The session has been invalidated because the user changed the password.",
        463: "Session has expired.",
        492: "The user must be an administrator of the page.",
    }
    reason = reasons.get(subcode, "Cannot parse access token" if not subcode else "The access token is not valid.")
    message = f"Error validating access token: {reason}" if subcode else f"Invalid OAuth access token - {reason}"
    return Refusal(190, message, subcode)


def no_permission(text: str, number: int = 200, subcode: int = 0) -> Refusal:
    """The token may not do this."""
    return Refusal(number, f"(#{number}) {text}", subcode, "Permission error" if subcode else "", text)


def not_for(use: str) -> Refusal:
    """The token is of a kind that has nothing to do with this."""
    if use in ("ads_management", "custom_audience"):
        return no_permission(
            "Managing advertisements requires an access token with the permission ads_management.", 294
        )
    return no_permission("The access token does not have the permission for this action.")


def without_right(use: str) -> Refusal:
    """The token is of the right kind and lacks the right."""
    return invalid("Application is not approved to use this api") if use == "catalog_management" else not_for(use)


def page_token_needed() -> Refusal:
    """Only a Page token reads this."""
    return Refusal(210, PAGE_TOKEN_NEEDED)


def throttled(number: int, subcode: int = 0) -> Refusal:
    """Too many calls; Meta says so with HTTP 400, and only the code tells."""
    messages = {
        4: "Application request limit reached",
        17: "User request limit reached",
        613: "Calls to this api have exceeded the rate limit.",
    }
    waiting = "There have been too many calls to this business use case. Wait a bit and try again."
    return Refusal(number, f"(#{number}) {messages.get(number, waiting)}", subcode)
