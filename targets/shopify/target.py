#!/usr/bin/env python3
"""The Singer target for a Shopify shop: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.shopify.api import Api
from targets.shopify.delivery import Delivery
from targets.shopify.stock import ITEMS_PER_CALL

SHOP = r"^[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com$"
LOCATION = r"^([1-9][0-9]{0,18})?$"
SETTINGS: dict[str, Any] = {
    "shop": {"type": "string", "pattern": SHOP, "description": "Name of the shop, as in example.myshopify.com."},
    "access_token": {"type": "string", "secret": True, "description": "Admin API access token of the app, shpat_…"},
    "api_version": {
        "type": "string",
        "pattern": r"^(\d{4}-\d{2}|unstable)$",
        "default": "2026-10",
        "description": "Version of the API; each lives about a year.",
    },
    "api_url": {
        "type": "string",
        "pattern": r"^(https://[^\s?#@/]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$",
        "description": "Another address of the API, for a sandbox.",
    },
    "location_id": {
        "type": "string",
        "pattern": LOCATION,
        "description": "Number of the location whose stock is set; without it rows of stock wait.",
    },
}


class TargetShopify(ChangeTarget):
    """Writes one shop, at most as many articles in one call as Shopify takes."""

    name = "target-shopify"
    rows_per_batch = ITEMS_PER_CALL
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["shop", "access_token"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> Delivery:
        return Delivery(Api(self.config), outbox, between)


if __name__ == "__main__":
    TargetShopify.cli()
