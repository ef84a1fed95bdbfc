"""How one speaks to a shop: its token, its documents, and what an answer holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError, RefusedKeyError, TransientError
from plugins.wire.sending import LostError, Sender
from targets.shopify.refusals import WHERE, judge, stay, stop

PATH = "/graphql.json"


def call(document: str, variables: Mapping[str, Any]) -> Call:
    """Return the call that sends a document."""
    body = {"query": document, "variables": variables}
    return Call("POST", PATH, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


class Api(Sender):
    """Speaks to one shop."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        home = str(config.get("api_url") or f"https://{config['shop']}").rstrip("/")
        super().__init__(f"{home}/admin/api/{config.get('api_version', '2026-10')}", config)
        token = {"X-Shopify-Access-Token": str(config["access_token"])}
        self.location = str(config.get("location_id") or "")
        self.headers = {"Accept": "application/json", "Content-Type": "application/json", **token}
        self.session.hooks["response"].append(stay)

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        stop(response)
        answer = super().read(call, response)
        if not isinstance(answer, dict):
            raise LostError("an answer of another shape")
        data = answer.get("data")
        if errors := answer.get("errors"):
            judge(errors, answer.get("extensions"), bool(data))
        if not isinstance(data, dict):
            raise LostError("an answer without data")
        return data

    @cached_property
    def currency(self) -> str:
        """Return the currency of the shop, in which every discount is."""
        return str(part(self.ask("{ shop { currencyCode } }", {}), "shop").get("currencyCode"))

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the shop answers to a question."""
        data: dict[str, Any] = self.send(call(document, variables))
        return data


def part(found: Any, name: str) -> dict[str, Any]:
    """Return an object in another, an empty one where there is none."""
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def _judge(errors: Any, extensions: Any, is_partial: bool) -> None:
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


def _stay(response: requests.Response, *_: Any, **__: Any) -> None:
    """Refuse to be led elsewhere: a redirected POST arrives as a GET."""
    if response.is_redirect:
        raise HopelessError(f"{WHERE}: the shop redirects; set shop to its myshopify.com name")
