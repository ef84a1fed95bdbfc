"""How one speaks to the Measurement Protocol: looked at first, where nothing is stored, and then handed over once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import TRANSIENT_STATUSES, HopelessError, TransientError
from plugins.wire.sending import LostError, Sender

WHERE = "target-google_analytics"
CHECK, COLLECT = "/debug/mp/collect", "/mp/collect"
EUROPE = "https://region1.google-analytics.com"
NEVER_LEFT = f"{WHERE}: no connection; tried again later by itself"
MAYBE_TAKEN = TRANSIENT_STATUSES - {HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Unsent:
    """No event was taken: what was to be told waits for the next run."""

    reason: str


class Api(Sender):
    """Speaks to one data stream of one property."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(str(config.get("api_url") or EUROPE), config)
        # the secret goes in the query, which the journal does not keep, and which no log may show
        self.session.params = {"measurement_id": config["measurement_id"], "api_secret": config["api_secret"]}
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    @override
    def send(self, call: Call) -> Any:
        try:
            return super().send(call)
        except HopelessError as error:
            return _unsent(str(error))
        except LostError as lost:
            if call.path == COLLECT and str(lost) not in (NEVER_LEFT, _busy()):
                raise
            return _unsent(f"{lost}; nothing was handed over")

    @override
    def _once(self, call: Call) -> Any:
        try:
            return super()._once(call)
        except LostError as lost:
            if call.path == CHECK:  # it stores nothing: asking again does no harm
                raise TransientError(f"{WHERE}: {lost}") from None
            raise

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        if call.path == COLLECT and response.status_code in MAYBE_TAKEN:
            raise LostError(f"HTTP {response.status_code}")
        answer = super().read(call, response)
        if call.path == COLLECT and not response.content:
            return HTTPStatus.NO_CONTENT
        if call.path == CHECK and isinstance(answer, dict) and isinstance(answer.get("validationMessages"), list):
            return answer["validationMessages"]
        raise LostError("an answer of another shape")


def _unsent(reason: str) -> Unsent:
    return Unsent(reason.removeprefix(f"{WHERE}: "))


def _busy() -> str:
    return f"{WHERE}: HTTP {int(HTTPStatus.TOO_MANY_REQUESTS)}; tried again later by itself"
