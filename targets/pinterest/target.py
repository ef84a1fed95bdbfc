#!/usr/bin/env python3
"""The Singer target for customer lists of a Pinterest ad account: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.audiences import AudienceDelivery
from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.pinterest.account import Account
from targets.pinterest.api import Api
from targets.pinterest.lists import CustomerLists

SECRET = {"type": "string", "secret": True, "writeOnly": True}
RECORDS_PER_CALL = 10_000
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
    "api_url": {"type": "string", "default": "https://api.pinterest.com/v5", "description": "Where the API is."},
}


class TargetPinterest(ChangeTarget):
    """Writes the customer lists of one ad account."""

    name = "target-pinterest"
    rows_per_batch = 20_000
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["ad_account_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> AudienceDelivery:
        size = int(self.config.get("records_per_call") or RECORDS_PER_CALL)
        return AudienceDelivery(CustomerLists(Account(Api(self.config)), size), outbox, between)


if __name__ == "__main__":
    TargetPinterest.cli()
