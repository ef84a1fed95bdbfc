"""What a shop's refusals say, sorted by what cures them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from plugins.wire.retry import HopelessError, RefusedError, RefusedKeyError, TransientError
from plugins.wire.sending import LostError

WHERE = "target-shopify"
CODE = re.compile(r"[A-Z_]{1,60}")
PASSING = {"INTERNAL_SERVER_ERROR", "TIMEOUT"}
STOPPED = {
    402: "the shop is frozen; its bill waits to be paid",
    423: "the shop is locked; ask Shopify",
    430: "the caller looks suspicious to Shopify; wait, and check who else uses the token",
}


def stop(response: requests.Response) -> None:
    """Raise where the shop answers nobody."""
    if response.status_code in STOPPED:
        raise HopelessError(f"{WHERE}: HTTP {response.status_code}: {STOPPED[response.status_code]}")


def judge(errors: Any, extensions: Any, is_partial: bool) -> None:
    """Raise what cures the errors of an answer; what only a part of it met, the rows say."""
    if not isinstance(errors, list) or not all(isinstance(each, dict) for each in errors):
        raise RefusedKeyError(f"{WHERE}: the request is refused; check the access token and the shop")
    codes = {str((each.get("extensions") or {}).get("code", "")) for each in errors}
    if "ACCESS_DENIED" in codes:
        raise RefusedKeyError(f"{WHERE}: no access; check the scopes of the token")
    if "MAX_COST_EXCEEDED" in codes:
        raise RefusedError("MAX_COST_EXCEEDED", 200)
    if "THROTTLED" in codes:
        raise TransientError(f"{WHERE}: throttled; tried again when there are points", wait_seconds(extensions))
    if not codes <= PASSING:
        raise HopelessError(f"{WHERE}: the document is refused; see whether api_version still has all its fields")
    if not is_partial:
        raise LostError("INTERNAL_SERVER_ERROR")


def wait_seconds(extensions: Any) -> float | None:
    """Return after how long the bucket holds what the document asked for."""
    try:
        cost = extensions["cost"]
        lacking = float(cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"])
        return max(0.0, lacking / float(cost["throttleStatus"]["restoreRate"]))
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def code_of(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return the code of the first error of a mutation, which names no person as its message may."""
    code = str(errors[0].get("code") or "")
    return code if CODE.fullmatch(code) else "refused"


def stay(response: requests.Response, *_: Any, **__: Any) -> None:
    """Refuse to be led elsewhere: a redirected POST arrives as a GET."""
    if response.is_redirect:
        raise HopelessError(f"{WHERE}: the shop redirects; set shop to its myshopify.com name")
