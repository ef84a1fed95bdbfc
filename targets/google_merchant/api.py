"""How one speaks to Google's Merchant API: a token that is renewed once, its pace, and what each refusal asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.access import Access
from plugins.wire.outbox import Call
from plugins.wire.pace import Pace
from plugins.wire.retry import HopelessError, RefusedError, RefusedKeyError, TransientError, retry_after
from plugins.wire.sending import LostError, Sender

WHERE = "target-google_merchant"
HOST = "https://merchantapi.googleapis.com"
TOKENS = "https://oauth2.googleapis.com/token"
MINUTE_SECONDS = 60.0
"""How long a quota of a minute is waited for where no header says it: Google documents none."""
CALLS_A_MINUTE = 60
"""Where Google does not tell."""
AT_ONCE = 10
"""Which part of a minute's calls may go at once."""
METHODS = {
    "products": ("productinputs.insert", "productinputs.delete"),
    "inventories": ("localinventories.insert", "localinventories.delete"),
    "promotions": ("promotions.insert",),
}
"""By part of the API: what we call, each part has quotas of its own."""
# developers.google.com/merchant/api/guides/quotas-limits
DAY_IS_OVER, OF_ONE = "daily_limit_exceeded", "too_many"
OF_REQUEST = (400, 404, 409, 413, 422)
"""This item is refused; another one may pass."""
OF_ALL = {"dataSource", "parent", "feedLabel", "contentLanguage"}
"""Fields that are the same for every item."""
NOT_THERE = "not there"
NO_ITEM = "Google does not show the item yet"
NO_STORE = "Google does not know the store code; check shops in the feed"
FIELD = re.compile(r"\[([A-Za-z0-9_.\[\]]+)\]")
CODE = re.compile("[A-Za-z_/]{1,80}")


class StaleError(RefusedKeyError):
    """The access token is not taken; another one may be."""


class Api(Sender):
    """Speaks to one account."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(str(config.get("api_url") or HOST), config)
        self.access = Access(config, WHERE, str(config.get("login_url") or TOKENS))
        self.account = f"accounts/{config['account_id']}"
        self.paces: dict[str, Pace] = {}

    def learn_pace(self) -> None:
        """Ask once how many calls a minute Google takes of us; it adjusts that by itself."""
        if not self.paces:
            try:
                told = self.send(Call("GET", f"/quota/v1/{self.account}/quotas?pageSize=1000", b""))
            except (LostError, RefusedError):
                told = {}
            self.paces = {part: _pace(min(_limits(told, part), default=CALLS_A_MINUTE)) for part in METHODS}

    @override
    def send(self, call: Call) -> Any:
        try:
            return super().send(call)
        except StaleError:  # nothing was done: a token may end early
            self.access.drop()
            return super().send(call)

    @override
    def _once(self, call: Call) -> Any:
        if pace := self.paces.get(call.path.split("/")[1]):
            pace.keep()
        self.session.headers["Authorization"] = f"Bearer {self.access.token()}"
        return super()._once(call)

    @override
    def read(self, call: Call, response: requests.Response) -> dict[str, Any]:
        if response.status_code >= 400:
            raise _cure(call, response)
        body = super().read(call, response)
        if not isinstance(body, dict):
            raise LostError("an answer of another shape")
        return body


def _cure(call: Call, response: requests.Response) -> Exception:
    """Return the error that says what cures it; of Google's sentences only codes and names of fields are told."""
    status, (reason, message) = response.status_code, _said(response)
    field = found[1] if (found := FIELD.match(message)) else ""
    named = " ".join(filter(None, (f"HTTP {status}", reason, field.rpartition(".")[2])))
    if status == 401:
        return StaleError(f"{WHERE}: {named}, the access token is refused; check the credentials")
    if DAY_IS_OVER in f"{reason} {message}":
        return HopelessError(f"{WHERE}: {named}, the quota of the day is used up; run again after noon, UTC")
    if OF_ONE in f"{reason} {message}":
        return RefusedError(named, status)
    if status == 429:
        asked = retry_after(response.headers.get("Retry-After"))
        wait = MINUTE_SECONDS if asked is None else asked
        return TransientError(f"{WHERE}: {named}; tried again later by itself", wait)
    if status >= 500 or status == 408:
        return TransientError(f"{WHERE}: {named}; tried again later by itself")
    if status == 404 and call.method == "DELETE":
        return RefusedError(NOT_THERE, status)
    if "/localInventories" in call.path and ((status == 404 and message) or field.endswith("storeCode")):
        return RefusedError(NO_ITEM if status == 404 else NO_STORE, status)
    if field.rpartition(".")[2] in OF_ALL or status == 404:
        return HopelessError(f"{WHERE}: {named}; check account_id, data_source, feed_label and content_language")
    if status in OF_REQUEST:
        return RefusedError(named, status)
    return RefusedKeyError(f"{WHERE}: {named}, no right to it; check account_id, and that the project is registered")


def _said(response: requests.Response) -> tuple[str, str]:
    """Return the code of a refusal, and its sentence."""
    try:
        error = response.json()["error"]
        message, details = str(error.get("message") or ""), error.get("details") or ()
        told = [each["metadata"]["REASON"] for each in details if "REASON" in (each.get("metadata") or {})]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
    return next((each for each in told if isinstance(each, str) and CODE.fullmatch(each)), ""), message


def _limits(told: Mapping[str, Any], part: str) -> Iterator[int]:
    """Give how many calls a minute the groups take that our methods of one part belong to."""
    for group in told.get("quotaGroups") or ():
        methods = " ".join(f"{each.get('path')} {each.get('method')}" for each in group.get("methodDetails") or ())
        if any(each in methods.lower() for each in METHODS[part]) and int(group.get("quotaMinuteLimit") or 0) > 0:
            yield int(group["quotaMinuteLimit"])


def _pace(calls_a_minute: int) -> Pace:
    """Return the pace at which no minute, wherever it begins, has more calls."""
    burst = max(1, calls_a_minute // AT_ONCE)
    return Pace(burst, max(calls_a_minute - burst, 1) / MINUTE_SECONDS)
