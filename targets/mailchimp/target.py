#!/usr/bin/env python3
"""The Singer target for a Mailchimp audience: takes the decisions of stream `changes`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.mailchimp.api import Api
from targets.mailchimp.delivery import Delivery

SETTINGS: dict[str, Any] = {
    "api_key": {
        "type": "string",
        "secret": True,
        "writeOnly": True,
        "description": "Marketing API key; what follows its last hyphen is the data centre.",
    },
    "list_id": {"type": "string", "minLength": 1, "description": "Id of the audience (Mailchimp calls it list)."},
    "api_url": {"type": "string", "description": "Base URL of the API; by default that of the key's data centre."},
}


class TargetMailchimp(ChangeTarget):
    """Writes one audience, at most as many members in one call as Mailchimp takes."""

    name = "target-mailchimp"
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["api_key", "list_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> Delivery:
        return Delivery(Api(self.config), outbox, self.config["list_id"], between)


if __name__ == "__main__":
    TargetMailchimp.cli()
