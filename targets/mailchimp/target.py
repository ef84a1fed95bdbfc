#!/usr/bin/env python3
"""The Singer target for a Mailchimp audience and its store: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import AUDIENCE, ByKind, Carrier
from plugins.wire.outbox import Outbox
from plugins.wire.staging import settle
from plugins.wire.stream import RETRY_SETTINGS
from targets.mailchimp.api import Api
from targets.mailchimp.baskets import Baskets
from targets.mailchimp.delivery import Delivery
from targets.mailchimp.events import Events
from targets.mailchimp.items import Items
from targets.mailchimp.purchases import Purchases
from targets.mailchimp.store import Store

SETTINGS: dict[str, Any] = {
    "api_key": {
        "type": "string",
        "secret": True,
        "writeOnly": True,
        "description": "Marketing API key; what follows its last hyphen is the data centre.",
    },
    "list_id": {"type": "string", "minLength": 1, "description": "Id of the audience (Mailchimp calls it list)."},
    "store_id": {"type": "string", "description": "Id of the store that is written; without it no shop is."},
    "store_currency": {
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "default": "EUR",
        "description": "Currency of the store, if it has to be made.",
    },
    "backfill_rows": {
        "type": "integer",
        "minimum": 0,
        "default": 250,
        "description": "More orders, or baskets, than this at once are a back-fill: automations rest.",
    },
    "api_url": {"type": "string", "description": "Base URL of the API; by default that of the key's data centre."},
}


class TargetMailchimp(ChangeTarget):
    """Writes one audience, at most as many members in one call as Mailchimp takes, and one store."""

    name = "target-mailchimp"
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["api_key", "list_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @cached_property
    def api(self) -> Api:
        """Return how the account is spoken to, over one connection."""
        return Api(self.config)

    @cached_property
    def store(self) -> Store | None:
        """Return the store the settings name."""
        if not self.config.get("store_id"):
            return None
        currency, many = self.config.get("store_currency") or "EUR", int(self.config.get("backfill_rows", 250))
        return Store(self.api, self.config["store_id"], self.config["list_id"], currency, many)

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        people = Delivery(self.api, outbox, between, list_id=self.config["list_id"], store=self.store)
        shop: dict[str, Callable[..., Carrier]] = {"item": Items, "purchase": Purchases, "basket": Baskets}
        rows = {kind: carries(self.api, outbox, between, store=self.store) for kind, carries in shop.items()}
        events = Events(self.api, outbox, between, list_id=self.config["list_id"])
        return ByKind(outbox, {AUDIENCE: people, "event": events, **rows})

    @override
    def settle(self) -> None:
        if self.store is None:
            return
        delivery = self.delivery  # also without a row: an earlier run may have left items that wait
        assert isinstance(delivery, ByKind)
        items = delivery.carriers["item"]
        assert isinstance(items, Items)
        settle(delivery.outbox, items.became, items.count, items.between)
        self.store.wake()  # also without a row: an earlier run may have been cut off during its load


if __name__ == "__main__":
    TargetMailchimp.cli()
