#!/usr/bin/env python3
"""The Singer tap for a Shopify shop (Admin GraphQL API)."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from typing import Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities
from typing_extensions import override

from plugins.wire.page import Page
from plugins.wire.stream import RETRY_SETTINGS
from taps.shopify.streams import STREAMS

SHOP = r"^[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com$"
SETTINGS: dict[str, Any] = {
    "shop": {"type": "string", "pattern": SHOP, "description": "Name of the shop, as in example.myshopify.com."},
    "access_token": {"type": "string", "secret": True, "description": "Admin API access token of the app, shpat_…"},
    "api_version": {
        "type": "string",
        "pattern": r"^(\d{4}-\d{2}|unstable)$",
        "default": "2026-10",
        "description": "Version of the API; each lives about a year.",
    },
    "api_url": {
        "type": "string",
        "pattern": r"^(https://[^\s?#@/]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$",
        "description": "Another address of the API, for a sandbox.",
    },
    "start_date": {
        "type": "string",
        "format": "date-time",
        "description": "Customers, orders and baskets that changed since this moment; all of them when empty.",
    },
    "overlap_seconds": {
        "type": "integer",
        "default": 300,
        "minimum": 0,
        "description": "How far each run looks back before the last change it saw.",
    },
    "page_size": {
        "type": "integer",
        "default": 250,
        "minimum": 1,
        "maximum": 250,
        "description": "Most rows in one answer; lists with much in a row take fewer by themselves.",
    },
    "bulk": {"type": "boolean", "default": True, "description": "Whether large readings are exports."},
    "bulk_days": {
        "type": "integer",
        "default": 7,
        "minimum": 0,
        "description": "Changes of more days than this are read by an export.",
    },
    "poll_seconds": {
        "type": "number",
        "default": 1.0,
        "minimum": 0,
        "description": "First wait before looking whether an export is done; doubles up to 30.",
    },
}


class TapShopify(Tap):
    """Reads one shop."""

    name = "tap-shopify"
    message_writer_class = Page
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["shop", "access_token"],
        "properties": {**SETTINGS, **RETRY_SETTINGS},
    }

    @override
    def discover_streams(self) -> list[Stream]:
        return [stream(self) for stream in STREAMS]


if __name__ == "__main__":
    TapShopify.cli()
