"""How one speaks to Pinterest's API: what may be repeated, and what an error means by its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.audiences import ShutError
from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, TransientError, retry_after
from plugins.wire.sending import LostError, Sender
from targets.pinterest.login import WHERE, Login

THROTTLED = f"{WHERE}: too many calls; tried again later by itself"
USED_UP = f"{WHERE}: too many calls for more than a minute: the app has used up its day; run again tomorrow"
LEAST_WAIT_SECONDS = 20.0
"""Limits count by the minute, and no header need tell how much of it is left."""
BATCHES = "/catalogs/items/batch"
CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Shut:
    """An answer by which nothing of a kind is taken, whatever it is; other kinds may be."""

    reason: str


class Api(Sender):
    """Speaks to one ad account, and to the catalogue of who owns it."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(str(config.get("api_url") or "https://api.pinterest.com/v5"), config)
        self.account = f"/ad_accounts/{config['ad_account_id']}"
        self.session.auth = self.login(config)
        self.acting = f"?ad_account_id={config['ad_account_id']}"
        """Lets a call be one of the owner of the ad account."""

    def login(self, config: Mapping[str, Any]) -> requests.auth.AuthBase:
        """Return what puts the token on each request."""
        return Login(self.url, config)

    @override
    def send(self, call: Call) -> Any:
        try:
            return super().send(call)
        except LostError as lost:
            if str(lost) == THROTTLED:
                raise HopelessError(USED_UP) from None
            raise

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        status, is_batch = response.status_code, call.path.startswith(BATCHES)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            asked = retry_after(response.headers.get("Retry-After"))
            raise TransientError(THROTTLED, max(LEAST_WAIT_SECONDS, asked or 0.0))
        if is_batch and call.method == "POST" and status in CLOSED:
            return Shut(f"the catalogue is closed to the token: {self.complaint(response)}")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and call.method == "POST" and not is_batch:
            raise LostError(f"HTTP {status}")  # what a POST makes, it would make once more; a batch says what is
        if status == HTTPStatus.NOT_FOUND:
            raise ShutError("Pinterest has no such batch" if is_batch else "Pinterest has no such list", status)
        body = super().read(call, response)
        if not isinstance(body, dict):
            raise LostError("an answer of another shape")
        return body

    @override
    def complaint(self, response: requests.Response) -> str:
        """Return Pinterest's code; its sentences may repeat what was sent."""
        try:
            code = response.json()["code"]
        except (ValueError, KeyError, TypeError):
            code = None
        return f"code {code}" if isinstance(code, int) else super().complaint(response)
