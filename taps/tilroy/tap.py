#!/usr/bin/env python3
"""The tap for Tilroy, the till and back office of the shops."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from typing import Any, ClassVar

from singer_sdk import Stream, Tap
from typing_extensions import override

from plugins.wire.page import Page
from plugins.wire.stream import RETRY_SETTINGS
from taps.tilroy.streams import LOYALTY, STREAMS


def secret(description: str) -> dict[str, Any]:
    """Declare a setting that no log and no page may show."""
    return {"type": "string", "secret": True, "description": description}


class TapTilroy(Tap):
    """Reads a Tilroy tenant."""

    name = "tap-tilroy"
    message_writer_class = Page
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["tenant_key", "gateway_key", "bearer_token"],
        "properties": {
            "tenant_key": secret("The key that says whose data: header `Tilroy-Api-Key`."),
            "gateway_key": secret("The key that says which endpoints: header `x-api-key`."),
            "bearer_token": secret("The service token that opens personal data, of the same tenant."),
            "api_url": {
                "type": "string",
                "default": "https://api.tilroy.com",
                "description": "Where Tilroy answers.",
            },
            "start_date": {
                "type": "string",
                "format": "date-time",
                "description": "How far back the first run reads; everything when not set.",
            },
            "lookback_days": {
                "type": "integer",
                "minimum": 1,
                "default": 7,
                "description": "How many days of sales are read again, for tills that report late.",
            },
            "loyalty": {
                "type": "boolean",
                "default": True,
                "description": "Read vouchers and points too: three calls for each customer of the run.",
            },
            "page_size": {
                "type": "integer",
                "minimum": 1,
                "maximum": 100,
                "default": 100,
                "description": "Records a page; Tilroy gives 100 at most.",
            },
            **RETRY_SETTINGS,
        },
    }

    @override
    def discover_streams(self) -> list[Stream]:
        return [stream(self) for stream in (*STREAMS, *(LOYALTY if self.config["loyalty"] else ()))]


if __name__ == "__main__":
    TapTilroy.cli()
