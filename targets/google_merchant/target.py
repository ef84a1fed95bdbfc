#!/usr/bin/env python3
"""The Singer target for a Google Merchant Center account: products, what shops have of them, and promotions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import ByKind
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.google_merchant.api import HOST, TOKENS, Api
from targets.google_merchant.delivery import Items, Place
from targets.google_merchant.promotions import Promotions
from targets.google_merchant.shelves import Shelves

SECRET = {"type": "string", "secret": True, "writeOnly": True}
NUMBER = {"type": "string", "pattern": "^[0-9]+$"}
SETTINGS: dict[str, Any] = {
    "client_id": {"type": "string", "description": "Client of the Google Cloud project."},
    "client_secret": {**SECRET, "description": "Secret of that client."},
    "refresh_token": {**SECRET, "description": "Refresh token with scope content, of a user of the account."},
    "account_id": {**NUMBER, "description": "Number of the Merchant Center account."},
    "data_source": {**NUMBER, "description": "Number of the data source of input type API that items go into."},
    "feed_label": {
        "type": "string",
        "pattern": "^[A-Z0-9_-]{1,20}$",
        "description": "The data source's feed label, for example NL.",
    },
    "content_language": {
        "type": "string",
        "pattern": "^[a-z]{2}$",
        "description": "The data source's language, for example nl.",
    },
    "promotion_data_source": {**NUMBER, "description": "Number of the data source of promotions; empty: none go."},
    "api_url": {"type": "string", "default": HOST, "description": "Where the Merchant API is."},
    "login_url": {"type": "string", "default": TOKENS, "description": "Where access tokens are given."},
}
NEEDED = ["client_id", "client_secret", "refresh_token", "account_id", "data_source", "feed_label", "content_language"]


class TargetGoogleMerchant(ChangeTarget):
    """Writes one data source of one account."""

    name = "target-google_merchant"
    rows_per_batch = 100
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": NEEDED,
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        api, place = Api(self.config), Place.of(self.config)
        return ByKind(outbox, {
            "item": Items(api, outbox, between, into=place),
            "shelf": Shelves(api, outbox, between, into=place),
            "promotion": Promotions(
                api, outbox, between,
                source=str(self.config.get("promotion_data_source") or ""), language=place.language,
            ),
        })  # fmt: skip


if __name__ == "__main__":
    TargetGoogleMerchant.cli()
