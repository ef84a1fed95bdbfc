#!/usr/bin/env python3
"""The Singer target for user lists of a Google Ads account: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.audiences import AudienceDelivery
from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.google_ads.api import Api
from targets.google_ads.user_lists import UserLists

SECRET = {"type": "string", "secret": True, "writeOnly": True}
NUMBER = {"type": "string", "pattern": "^[0-9-]*$"}
SETTINGS: dict[str, Any] = {
    "client_id": {"type": "string", "description": "Client of the Google Cloud project."},
    "client_secret": {**SECRET, "description": "Secret of that client."},
    "refresh_token": {**SECRET, "description": "Refresh token with scope datamanager, of a user of the account."},
    "customer_id": {**NUMBER, "description": "Number of the Google Ads account, with or without dashes."},
    "login_customer_id": {**NUMBER, "description": "Number of the manager account, where the user belongs to that."},
    "membership_days": {
        "type": "integer",
        "default": 540,
        "minimum": 1,
        "maximum": 540,
        "description": "How long somebody stays in a list that is made here without being sent again.",
    },
    "api_url": {"type": "string", "default": "https://datamanager.googleapis.com", "description": "Where the API is."},
    "login_url": {"type": "string", "default": "https://oauth2.googleapis.com/token", "description": "Gives tokens."},
}


class TargetGoogleAds(ChangeTarget):
    """Writes the user lists of one account, at most as many people in one call as Google takes."""

    name = "target-google_ads"
    rows_per_batch = 20_000
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["client_id", "client_secret", "refresh_token", "customer_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> AudienceDelivery:
        lists = UserLists(Api(self.config), days=int(self.config.get("membership_days") or 540))
        return AudienceDelivery(lists, outbox, between)

    @override
    def settle(self) -> None:
        delivery = self.delivery  # also without a row: an earlier run may have left calls that wait
        assert isinstance(delivery, AudienceDelivery)
        try:
            delivery.settle()
        except BaseException:
            self.close()
            raise


if __name__ == "__main__":
    TargetGoogleAds.cli()
