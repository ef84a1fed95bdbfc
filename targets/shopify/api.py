"""How one speaks to a shop: its token, its documents, and what an answer holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
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
