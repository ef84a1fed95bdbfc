#!/usr/bin/env python3
"""The Singer target for a WooCommerce shop: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.woocommerce.api import Api
from targets.woocommerce.delivery import Delivery

SHOP_URL = r"^(https://[^\s?#@/]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$"
SETTINGS: dict[str, Any] = {
    "api_url": {
        "type": "string",
        "pattern": SHOP_URL,
        "description": "Address of the shop, https://shop.example; http only for a sandbox on this machine.",
    },
    "consumer_key": {"type": "string", "secret": True, "description": "Key of the REST API, ck_…, read and write."},
    "consumer_secret": {"type": "string", "secret": True, "description": "Secret of that key, cs_…."},
    "user_agent": {"type": "string", "description": "How the target introduces itself, for firewalls."},
}


class TargetWooCommerce(ChangeTarget):
    """Writes one shop, at most as many customers or products in one call as WooCommerce takes."""

    name = "target-woocommerce"
    rows_per_batch = 100
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["api_url", "consumer_key", "consumer_secret"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> Delivery:
        return Delivery(Api(self.config), outbox, between)


if __name__ == "__main__":
    TargetWooCommerce.cli()
