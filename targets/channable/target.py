#!/usr/bin/env python3
"""The Singer target for a Channable project: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import ByKind
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.channable.api import Api
from targets.channable.delivery import Delivery
from targets.channable.orders import Orders

SETTINGS: dict[str, Any] = {
    "token": {"type": "string", "secret": True, "description": "Token of the company, made by an owner; lasts a year."},
    "company_id": {
        "type": "integer",
        "description": "Number of the company, as in the address of Channable's screens.",
    },
    "project_id": {
        "type": "integer",
        "description": "Number of the project, as in the address of Channable's screens.",
    },
    "api_url": {
        "type": "string",
        "default": "https://api.channable.com",
        "description": "Base URL of the API, for example of the sandbox.",
    },
}


class TargetChannable(ChangeTarget):
    """Writes one project."""

    name = "target-channable"
    rows_per_batch = 500
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["token", "company_id", "project_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        return carrier(Api(self.config), outbox, between)


def carrier(api: Api, outbox: Outbox, between: Callable[[], None] = lambda: None) -> ByKind:
    """Return what carries rows to one project: how many there are first, then what became of orders."""
    orders = Orders(api, outbox, between)
    return ByKind(outbox, {"stock": Delivery(api, outbox, between), "shipment": orders, "cancellation": orders})


if __name__ == "__main__":
    TargetChannable.cli()
