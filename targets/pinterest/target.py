#!/usr/bin/env python3
"""The Singer target for Pinterest: takes what stream `changes` decides of lists, of items and of purchases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.audiences import AudienceDelivery
from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import AUDIENCE, ByKind, Carrier
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.pinterest.account import Account
from targets.pinterest.api import Api
from targets.pinterest.conversions import Conversions
from targets.pinterest.items import Items, Market
from targets.pinterest.lists import CustomerLists
from targets.pinterest.purchases import Purchases

SECRET = {"type": "string", "secret": True, "writeOnly": True}
RECORDS_PER_CALL = 10_000
ITEM, PURCHASE = "item", "purchase"
SETTINGS: dict[str, Any] = {
    "ad_account_id": {"type": "string", "pattern": "^[0-9]{1,18}$", "description": "Number of the ad account."},
    "access_token": {**SECRET, "description": "Token with ads:read and ads:write; lasts 30 days."},
    "client_id": {"type": "string", "description": "Number of the app that the refresh token was made for."},
    "client_secret": {**SECRET, "description": "Secret of that app."},
    "refresh_token": {**SECRET, "description": "Of which each run makes a token of its own; lasts 60 days."},
    "login_file": {"type": "string", "description": "File in which the newest refresh token is kept."},
    "records_per_call": {
        "type": "integer",
        "minimum": 1,
        "default": RECORDS_PER_CALL,
        "description": "How many people go into one call; the maximum is assumed.",
    },
    "catalog_country": {"type": "string", "description": "Country in which the items are sold, such as NL."},
    "catalog_language": {"type": "string", "description": "Language of the items, of Pinterest's list, such as nl."},
    "catalog_id": {
        "type": "string",
        "pattern": "^[0-9]{0,18}$",
        "description": "Number of the catalogue; without it Pinterest takes the oldest one for retail.",
    },
    "conversion_token": {**SECRET, "description": "Token for conversions, made in Ads Manager; purchases need it."},
    "api_url": {"type": "string", "default": "https://api.pinterest.com/v5", "description": "Where the API is."},
}


class TargetPinterest(ChangeTarget):
    """Writes one ad account: who is in which list, what the catalogue has, and what was bought."""

    name = "target-pinterest"
    rows_per_batch = 10_000
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["ad_account_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        api, size = Api(self.config), int(self.config.get("records_per_call") or RECORDS_PER_CALL)
        country, language, catalog = (
            str(self.config.get(f"catalog_{name}") or "") for name in ("country", "language", "id")
        )
        carriers: dict[str, Carrier] = {
            AUDIENCE: AudienceDelivery(CustomerLists(Account(api), size), outbox, between),
            ITEM: Items(api, outbox, between, market=Market(country, language, catalog)),
            PURCHASE: Purchases(Conversions(self.config), outbox, between),
        }
        return ByKind(outbox, carriers)

    @override
    def settle(self) -> None:
        delivery = self.delivery  # also without a row: an earlier run may have left batches that wait
        assert isinstance(delivery, ByKind)
        items = delivery.carriers[ITEM]
        assert isinstance(items, Items)
        items.ask()


if __name__ == "__main__":
    TargetPinterest.cli()
