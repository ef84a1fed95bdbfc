"""How one speaks to Meta's Graph API: the proof of an app, and what errors mean by their code, whatever the status."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.audiences import ShutError
from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError, RefusedKeyError, TransientError
from plugins.wire.sending import LostError, Sender

WHERE = "target-meta"
THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
PASSING = frozenset({1, 2, 2650})
"""An outage of theirs, and an audience that is being replaced by somebody else."""
REFUSED_KEY = frozenset({10, 102, 104, 190, 294, 368, 2635, *range(200, 300)})
BLOCKED, GONE = 1713230, 33
"""Subcodes of 100: uploads to the audience are blocked; there is no such object, or no right to it."""
# developers.facebook.com/docs/marketing-api/catalog-batch: it comes as code 1, which elsewhere passes by itself
TOO_LARGE = "reduce the amount of data"
NOT_APPROVED = "not approved to use this api"
"""Code 100 without a subcode: on a catalogue the token lacks `catalog_management`."""
LEAST_WAIT_SECONDS = 60.0


class Api(Sender):
    """Speaks to one business: its ad account, its catalogue, its dataset."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        version = config.get("api_version") or "v25.0"
        super().__init__(f"{config.get('api_url') or 'https://graph.facebook.com'}/{version}", config)
        token = str(config["access_token"])
        self.account = f"act_{str(config['ad_account_id']).removeprefix('act_')}"
        self.session.headers["Authorization"] = f"Bearer {token}"
        if secret := config.get("app_secret"):
            proof = hmac.new(str(secret).encode(), token.encode(), hashlib.sha256).hexdigest()
            self.session.params = {"appsecret_proof": proof}

    def ask(self, call: Call, what: str) -> dict[str, Any]:
        """Return the answer to what must be known before anything is sent; raises HopelessError."""
        try:
            answer: dict[str, Any] = self.send(call)
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: {what}: {error}; run again") from None
        return answer

    @override
    def read(self, call: Call, response: requests.Response) -> dict[str, Any]:
        error = _error(response)
        if error is not None:
            raise _cure(error, response)
        body = super().read(call, response)
        if not isinstance(body, dict):
            raise LostError("an answer of another shape")
        return body


def _error(response: requests.Response) -> Mapping[str, Any] | None:
    """Return the error of an answer, None where it has none that can be read."""
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return None
    return error if isinstance(error, dict) else None


def _cure(error: Mapping[str, Any], response: requests.Response) -> Exception:
    """Return the error that says what cures it; Meta's own sentences may name a person and are dropped."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    named, said = f"code {code}" + (f"/{subcode}" if subcode else ""), str(error.get("message")).lower()
    if code == 1 and TOO_LARGE in said:
        return RefusedError(f"{named}, too much at once", response.status_code)
    if code in THROTTLED:
        return TransientError(f"{WHERE}: {named}, too many calls; tried again later by itself", wait_seconds(response))
    if code in PASSING or error.get("is_transient") is True:
        return TransientError(f"{WHERE}: {named}; tried again later by itself")
    if code in REFUSED_KEY:
        return RefusedKeyError(f"{WHERE}: {named}, the token is refused or lacks a right; make a new one")
    if code == 100 and NOT_APPROVED in said:
        return RefusedKeyError(f"{WHERE}: {named}, the token lacks a right (catalog_management); make a new one")
    if (code, subcode) == (100, BLOCKED):
        return ShutError("Meta has blocked uploads to the audience", response.status_code)
    if (code, subcode) == (100, GONE):
        what = "ad account, audience, catalogue or dataset"
        return HopelessError(f"{WHERE}: {named}, no such {what}, or no right to it; check the settings")
    return RefusedError(named, response.status_code)


def wait_seconds(response: requests.Response) -> float:
    """Return how long Meta asks one to wait: the headers say it in minutes and seconds."""
    asked = [LEAST_WAIT_SECONDS]
    for uses in _header(response, "X-Business-Use-Case-Usage").values():
        asked += [60.0 * _number(use.get("estimated_time_to_regain_access")) for use in uses if isinstance(use, dict)]
    asked.append(float(_number(_header(response, "X-Ad-Account-Usage").get("reset_time_duration"))))
    return max(asked)


def _header(response: requests.Response, name: str) -> dict[str, Any]:
    try:
        found = json.loads(response.headers.get(name, ""))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
