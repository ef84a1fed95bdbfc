#!/usr/bin/env python3
"""The Singer target for Google Analytics: tells a property what stream `changes` decides of purchases in shops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import ByKind
from plugins.wire.outbox import Outbox
from plugins.wire.stream import RETRY_SETTINGS
from targets.google_analytics.api import EUROPE, Api
from targets.google_analytics.purchases import Purchases

SETTINGS: dict[str, Any] = {
    "measurement_id": {"type": "string", "pattern": "^G-[A-Z0-9]+$", "description": "Id of the web stream, G-…."},
    "api_secret": {"type": "string", "secret": True, "writeOnly": True, "description": "Secret made at that stream."},
    "api_url": {"type": "string", "default": EUROPE, "description": "Where events are handed over; the EU by default."},
}


class TargetGoogleAnalytics(ChangeTarget):
    """Writes one data stream: what was bought in shops, by who is known there by their browser."""

    name = "target-google_analytics"
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["measurement_id", "api_secret"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        return ByKind(outbox, {"purchase": Purchases(Api(self.config), outbox, before_each=between)})


if __name__ == "__main__":
    TargetGoogleAnalytics.cli()
