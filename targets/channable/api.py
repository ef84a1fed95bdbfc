"""How one speaks to a project: its token, its pace, and what its refusals say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.pace import Pace
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError, Sender

WHERE = "target-channable"
BURST, PER_SECOND = 100, 2
"""The older page of the vendor; the newer one says 200 and 4, for all tokens of a company together."""
RESUBMITTED = "can not resubmit a sent shipment"
SENT_ALREADY = "sent already"
CONFLICT = "its state does not allow it"
STATES = {HTTPStatus.CONFLICT: CONFLICT, HTTPStatus.NOT_FOUND: "no such order"}
MAY_HAVE_ACTED = (500, 502, 503, 504)
"""After these the vendor's order is read before anything is sent again."""
NO_LOOK = (400, 409, 422)
"""A look-up that is refused says nothing of the order."""


class UnfitError(RefusedError):
    """Some items of a batch do not fit the vendor's schema; `places` says which, where it was told."""

    def __init__(self, places: frozenset[int], status: int) -> None:
        super().__init__(f"HTTP {status}", status)
        self.places = places


class Api(Sender):
    """Speaks to one project."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        url = str(config.get("api_url") or "https://api.channable.com").rstrip("/")
        super().__init__(url, config)
        self.project = f"/companies/{config['company_id']}/projects/{config['project_id']}"
        self.headers = {
            "Authorization": f"Bearer {config['token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        self.pace = Pace(BURST, PER_SECOND)

    @override
    def _once(self, call: Call) -> Any:
        self.pace.keep()
        version = "v2" if call.method == "GET" else "v1"  # v2 is for reading orders only
        return super()._once(replace(call, path=f"/{version}{self.project}{call.path}"))

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        status, is_order = response.status_code, f"{self.project}/orders/" in call.path
        if status == HTTPStatus.ACCEPTED:
            raise LostError("taken, and not carried out yet")
        if is_order and status >= 400 and RESUBMITTED in str(_said(response, "message")).lower():
            raise RefusedError(SENT_ALREADY, status)
        if is_order and status in (MAY_HAVE_ACTED if call.method == "POST" else NO_LOOK):
            raise LostError(f"HTTP {status}")
        if is_order and status in STATES:
            raise RefusedError(STATES[HTTPStatus(status)], status)
        if not is_order and status in (400, 413, 422):
            raise UnfitError(_places(response), status)
        return super().read(call, response)


def _said(response: requests.Response, name: str) -> Any:
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return None
    return body.get(name) if isinstance(body, dict) else None


def _places(response: requests.Response) -> frozenset[int]:
    """Return which items of a batch a 422 is about: its `loc` is body, place, field."""
    mistakes = _said(response, "detail")
    places = [each.get("loc") for each in mistakes if isinstance(each, dict)] if isinstance(mistakes, list) else []
    return frozenset(
        place[1] for place in places if isinstance(place, list) and len(place) > 1 and isinstance(place[1], int)
    )
