#!/usr/bin/env python3
"""The Singer target for a business at Meta: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.audiences import AudienceDelivery
from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import AUDIENCE, ByKind
from plugins.wire.outbox import Outbox
from plugins.wire.staging import settle
from plugins.wire.stream import RETRY_SETTINGS
from targets.meta.api import Api
from targets.meta.audiences import CustomAudiences
from targets.meta.items import Items
from targets.meta.purchases import Purchases

SECRET = {"type": "string", "secret": True, "writeOnly": True}
NUMBER = {"type": "string", "pattern": "^[0-9]*$"}
SETTINGS: dict[str, Any] = {
    "access_token": {
        **SECRET,
        "description": "Token of a system user with ads_management; for items catalog_management.",
    },
    "ad_account_id": {
        "type": "string",
        "pattern": "^(act_)?[0-9]+$",
        "description": "Number of the ad account, with or without act_.",
    },
    "catalog_id": {**NUMBER, "description": "Number of the catalogue that items are brought to; empty: none are."},
    "dataset_id": {**NUMBER, "description": "Number of the dataset that is told of purchases; empty: none is."},
    "app_secret": {**SECRET, "description": "Secret of the app, where it asks for proof with each call."},
    "api_version": {"type": "string", "default": "v25.0", "description": "Version of the Marketing API."},
    "api_url": {"type": "string", "default": "https://graph.facebook.com", "description": "Where the Graph API is."},
}


class TargetMeta(ChangeTarget):
    """Writes the audiences of one ad account, the items of one catalogue and the purchases of one dataset."""

    name = "target-meta"
    rows_per_batch = 10_000
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["access_token", "ad_account_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        api = Api(self.config)
        items = Items(api, outbox, between, catalog_id=str(self.config.get("catalog_id") or ""))
        purchases = Purchases(api, outbox, between, dataset_id=str(self.config.get("dataset_id") or ""))
        audiences = AudienceDelivery(CustomAudiences(api), outbox, between)
        return ByKind(outbox, {AUDIENCE: audiences, "item": items, "purchase": purchases})

    @override
    def settle(self) -> None:
        if not self.config.get("catalog_id"):
            return
        delivery = self.delivery  # also without a row: an earlier run may have left batches that wait
        assert isinstance(delivery, ByKind)
        items = delivery.carriers["item"]
        assert isinstance(items, Items)
        settle(delivery.outbox, items.became, items.count, items.between)


if __name__ == "__main__":
    TargetMeta.cli()
