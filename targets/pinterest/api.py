"""How one speaks to Pinterest's API: what may be repeated, and what an error means by its status."""

from __future__ import annotations

from collections.abc import Mapping
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


class Api(Sender):
    """Speaks to one ad account."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(str(config.get("api_url") or "https://api.pinterest.com/v5"), config)
        self.session.auth = Login(self.url, config)
        self.account = f"/ad_accounts/{config['ad_account_id']}"

    @override
    def send(self, call: Call) -> Any:
        try:
            return super().send(call)
        except LostError as lost:
            if str(lost) == THROTTLED:
                raise HopelessError(USED_UP) from None
            raise

    @override
    def read(self, call: Call, response: requests.Response) -> dict[str, Any]:
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            asked = retry_after(response.headers.get("Retry-After"))
            raise TransientError(THROTTLED, max(LEAST_WAIT_SECONDS, asked or 0.0))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and call.method == "POST":
            raise LostError(f"HTTP {status}")  # what a POST makes, it would make once more
        if status == HTTPStatus.NOT_FOUND:
            raise ShutError("Pinterest has no such list", status)
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
