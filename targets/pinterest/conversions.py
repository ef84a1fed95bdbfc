"""How one speaks to the part of the API that takes conversions: with a token of its own, and never twice."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import TRANSIENT_STATUSES, HopelessError
from plugins.wire.sending import LostError
from targets.pinterest.api import CLOSED, Api, Shut
from targets.pinterest.login import WHERE

NEVER_LEFT = f"{WHERE}: no connection; tried again later by itself"
MAYBE_DONE = TRANSIENT_STATUSES - {HTTPStatus.TOO_MANY_REQUESTS}


class Bearer(requests.auth.AuthBase):
    """Puts a token that was set on each request."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Conversions(Api):
    """Tells an ad account what was bought; a call is repeated only where Pinterest says that it did nothing."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.token = str(config.get("conversion_token") or "")
        super().__init__(config)

    @override
    def login(self, config: Mapping[str, Any]) -> requests.auth.AuthBase:
        return Bearer(self.token)

    @override
    def send(self, call: Call) -> Any:
        try:
            return super().send(call)
        except HopelessError as error:
            return Shut(str(error))
        except LostError as lost:
            if str(lost) == NEVER_LEFT:
                return Shut(NEVER_LEFT)
            raise

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        status = response.status_code
        if status in MAYBE_DONE:
            raise LostError(f"HTTP {status}")
        if status in CLOSED:
            return Shut(f"conversion_token is refused: {self.complaint(response)}")
        if status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return _details(response)
        return super().read(call, response)


def _details(response: requests.Response) -> dict[str, Any]:
    """Return the answers to the events of which some failed: the others were taken, and must not come again."""
    try:
        details = response.json()["details"]
    except (ValueError, KeyError, TypeError):
        details = None
    if not isinstance(details, dict):
        raise LostError("an answer of another shape")
    return details
