#!/usr/bin/env python3
"""The Singer tap for a Google Analytics 4 property."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from functools import cached_property
from typing import Any

from singer_sdk import Stream, Tap
from typing_extensions import override

from plugins.wire.page import Page
from plugins.wire.retry import HopelessError
from plugins.wire.stream import RETRY_SETTINGS
from taps.google_analytics.events import Events
from taps.google_analytics.reports import DailyChannels, DailyItems
from taps.google_analytics.signing import ServiceAccount

ADDRESS = r"^(https://[^\s?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?|[^:]+)$"
API = r"^(https://[^\s?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?)$"
EVENT_NAMES = ("page_view", "view_item", "add_to_cart", "begin_checkout", "purchase")
SETTINGS: dict[str, Any] = {
    "property_id": {
        "type": "string",
        "pattern": r"^\d+$",
        "description": "Number of the property; not the measurement id (G-…).",
    },
    "credentials": {
        "type": "string",
        "secret": True,
        "writeOnly": True,
        "description": "The JSON key file of a service account, whole; without it no reports are read.",
    },
    "export_url": {
        "type": "string",
        "pattern": ADDRESS,
        "description": "Folder, or https address of the folder, of the nightly export; without it no events are read.",
    },
    "start_date": {"type": "string", "description": "Before the first bookmark: since this day (2026-01-31)."},
    "late_days": {
        "type": "integer",
        "minimum": 0,
        "default": 3,
        "description": "How many days before the last one are read again: they are rewritten with late events.",
    },
    "event_names": {
        "type": "array",
        "items": {"type": "string"},
        "default": list(EVENT_NAMES),
        "description": "Which events are passed on; empty: all.",
    },
    "intraday": {
        "type": "boolean",
        "default": False,
        "description": "Whether a day that is not written yet is read from its intraday file.",
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 250_000,
        "default": 100_000,
        "description": "Rows of a report in one answer.",
    },
    "api_url": {"type": "string", "pattern": API, "description": "Address of the Data API; for a sandbox."},
}


class TapGoogleAnalytics(Tap):
    """Reads one property: events where there is an export, figures where there is a key."""

    name = "tap-google_analytics"
    message_writer_class = Page
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["property_id"],
        "properties": {
            **SETTINGS,
            **RETRY_SETTINGS,
            # ten errors of the server in an hour lock a project out
            "max_tries": {**RETRY_SETTINGS["max_tries"], "default": 3},
        },
    }

    @cached_property
    def account(self) -> ServiceAccount | None:
        """Return who signs in, if anybody does."""
        credentials = self.config.get("credentials")
        return ServiceAccount.of(credentials, float(self.config.get("timeout_seconds", 120))) if credentials else None

    @override
    def discover_streams(self) -> list[Stream]:
        events: list[Stream] = [Events(self)] if self.config.get("export_url") else []
        reports: list[Stream] = [DailyItems(self), DailyChannels(self)] if self.config.get("credentials") else []
        if not (events or reports):
            raise HopelessError(f"{self.name}: nothing to read; set export_url for events, credentials for figures")
        return [*events, *reports]


if __name__ == "__main__":
    TapGoogleAnalytics.cli()
