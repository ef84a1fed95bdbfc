#!/usr/bin/env python3
"""The Singer target for custom audiences of a Meta ad account: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.audiences import AudienceDelivery
from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.meta.api import Api
from targets.meta.audiences import CustomAudiences

SECRET = {"type": "string", "secret": True, "writeOnly": True}
SETTINGS: dict[str, Any] = {
    "access_token": {**SECRET, "description": "Token of a system user with ads_management."},
    "ad_account_id": {
        "type": "string",
        "pattern": "^(act_)?[0-9]+$",
        "description": "Number of the ad account, with or without act_.",
    },
    "app_secret": {**SECRET, "description": "Secret of the app, where it asks for proof with each call."},
    "api_version": {"type": "string", "default": "v25.0", "description": "Version of the Marketing API."},
    "api_url": {"type": "string", "default": "https://graph.facebook.com", "description": "Where the Graph API is."},
}


class TargetMeta(ChangeTarget):
    """Writes the custom audiences of one ad account, at most as many people in one call as Meta takes."""

    name = "target-meta"
    rows_per_batch = 20_000
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["access_token", "ad_account_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> AudienceDelivery:
        return AudienceDelivery(CustomAudiences(Api(self.config)), outbox, between)


if __name__ == "__main__":
    TargetMeta.cli()
