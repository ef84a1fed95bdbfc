"""What Meta's Graph API says when it refuses: errors by their code, whatever the status, and how long to wait."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import requests

from plugins.wire.retry import RefusedError, RefusedKeyError, TransientError, WireError, checked

# developers.facebook.com/docs/marketing-api/overview/rate-limiting
THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
PASSING = frozenset({1, 2})
REFUSED_KEY = frozenset({10, 102, 104, 190, 294, 368, 2635, *range(200, 300)})
WRONG, GONE = 100, 33
"""A parameter that does not fit; its subcode where there is no such object, or no right to it."""
LEAST_WAIT_SECONDS = 60.0


class GoneError(WireError):
    """What was asked about is not there any more, or not for us."""


def answered(response: requests.Response, where: str) -> dict[str, Any]:
    """Return the object that an answer holds; raise what cures it where it holds none."""
    body = _decoded(response)
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        raise _cure(error, response, where)
    checked(response, where)
    if not isinstance(body, dict):
        raise TransientError(f"{where}: HTTP {response.status_code} without JSON; tried again later by itself")
    return body


def _decoded(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _cure(error: Mapping[str, Any], response: requests.Response, where: str) -> WireError:
    """Return the error that says what cures it; Meta's own sentences may name a person and are dropped."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    named = f"{where}: code {code}" + (f"/{subcode}" if subcode else "")
    if code in THROTTLED:
        return TransientError(f"{named}, too many calls; tried again later by itself", wait_seconds(response))
    if code in PASSING or error.get("is_transient") is True:
        return TransientError(f"{named}; tried again later by itself")
    if code in REFUSED_KEY:
        return RefusedKeyError(f"{named}, the token is refused or lacks a right; make a new one")
    if (code, subcode) == (WRONG, GONE):
        return GoneError(f"{named}, no such thing, or no right to it; check the settings")
    return RefusedError(f"{named}, the request is refused; check the settings", response.status_code)


def wait_seconds(response: requests.Response) -> float:
    """Return how long Meta asks one to wait: the headers say it in minutes and seconds."""
    asked = [LEAST_WAIT_SECONDS]
    for uses in _header(response, "X-Business-Use-Case-Usage").values():
        asked += [60.0 * _number(use.get("estimated_time_to_regain_access")) for use in uses if isinstance(use, dict)]
    asked.append(float(_number(_header(response, "X-Ad-Account-Usage").get("reset_time_duration"))))
    return max(asked)


def proof(secret: str | None, token: str) -> dict[str, str]:
    """Return the parameter that proves that a call with this token comes from the app."""
    if not secret:
        return {}
    return {"appsecret_proof": hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()}


def _header(response: requests.Response, name: str) -> dict[str, Any]:
    try:
        found = json.loads(response.headers.get(name, ""))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
