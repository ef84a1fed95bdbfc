#!/usr/bin/env python3
"""The Singer target for Tilroy: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.tilroy.api import PRODUCTION, Api
from targets.tilroy.delivery import Delivery
from targets.tilroy.terms import Terms


def secret(description: str) -> dict[str, Any]:
    """Declare a setting that no log and no page may show."""
    return {"type": "string", "secret": True, "writeOnly": True, "minLength": 1, "description": description}


def whole(description: str, **more: Any) -> dict[str, Any]:
    """Declare a setting that is a count of something."""
    return {"type": "integer", "minimum": 1, "description": description, **more}


SETTINGS: dict[str, Any] = {
    "tenant_key": secret("The key that says whose data: header `Tilroy-Api-Key`."),
    "gateway_key": secret("The key that says which endpoints: header `x-api-key`."),
    "bearer_token": secret("The service token that opens personal data, of the same tenant."),
    "api_url": {"type": "string", "default": PRODUCTION, "description": "Where Tilroy answers."},
    "shop_number": whole(
        "The shop that books vouchers and points and takes orders of marketplaces; needed for these three."
    ),
    "cents_per_100_points": whole("What a hundred points are worth at the till, in cents; needed for points."),
    "points_last_days": whole(
        "After how many days points that are added lapse at the till.", default=365, maximum=36500
    ),
    "currency": {
        "type": "string",
        "default": "EUR",
        "description": "The tenant's: Tilroy's vouchers and orders name none.",
    },
    "order_language": {
        "type": "string",
        "enum": ["NL", "FR", "EN", "DE"],
        "default": "NL",
        "description": "The language of orders that are placed in the till.",
    },
    "collect_method": {
        "type": "string",
        "minLength": 1,
        "default": "home_delivery",
        "description": "The till's code of the collect method under which orders of marketplaces leave.",
    },
}


class TargetTilroy(ChangeTarget):
    """Writes one tenant, one decision at a time: Tilroy takes no batches."""

    name = "target-tilroy"
    rows_per_batch = 1
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["tenant_key", "gateway_key", "bearer_token"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> Delivery:
        return Delivery(Api(self.config), outbox, Terms.of(self.config), between)


if __name__ == "__main__":
    TargetTilroy.cli()
