#!/usr/bin/env python3
"""The Singer tap for a Mailchimp audience."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import requests
from singer_sdk import Stream, Tap
from typing_extensions import override

from plugins.wire.hosts import HostSession
from plugins.wire.page import Page
from plugins.wire.retry import HopelessError
from plugins.wire.stream import RETRY_SETTINGS
from taps.mailchimp.campaigns import Campaigns, EmailActivity, Unsubscribes
from taps.mailchimp.members import ArchivedMembers, Members, Segments

STREAMS = (ArchivedMembers, Campaigns, EmailActivity, Members, Segments, Unsubscribes)

SETTINGS: dict[str, Any] = {
    "api_key": {
        "type": "string",
        "secret": True,
        "writeOnly": True,
        "description": "Marketing API key; what follows its last hyphen is the data centre.",
    },
    "list_id": {"type": "string", "minLength": 1, "description": "Id of the audience (Mailchimp calls it list)."},
    "api_url": {"type": "string", "description": "Base URL of the API; by default that of the key's data centre."},
    "members": {
        "type": "string",
        "enum": ["full", "incremental"],
        "default": "full",
        "description": "full reads every member and notices deletions; incremental reads what changed.",
    },
    "start_date": {
        "type": "string",
        "format": "date-time",
        "description": "Before the first bookmark: activity, and members when incremental, since this moment.",
    },
    "page_size": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000, "description": "Rows per call."},
    "campaign_days": {
        "type": "integer",
        "minimum": 1,
        "default": 90,
        "description": "How long after its sending a campaign's activity is still asked for.",
    },
}


class TapMailchimp(Tap):
    """Reads one audience; a second audience is a second connection, with its own bookmarks and consent."""

    name = "tap-mailchimp"
    message_writer_class = Page
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["api_key", "list_id"],
        "properties": {**SETTINGS, **RETRY_SETTINGS},
    }

    @cached_property
    def started_at(self) -> datetime:
        """Return the start of this run: what changes later is read in the next one."""
        return datetime.now(UTC)

    @cached_property
    def session(self) -> requests.Session:
        """Return the one HTTP session of all streams."""
        return HostSession("tap-mailchimp", self.api_url)

    @property
    def api_url(self) -> str:
        """Return the API's base URL without a slash at its end."""
        if url := self.config.get("api_url"):
            return str(url).rstrip("/")
        centre = str(self.config["api_key"]).rpartition("-")[2]
        if not (centre.isalnum() and centre.isascii()) or centre == self.config["api_key"]:
            raise HopelessError(f"{self.name}: api_key: no data centre at its end (as in -us6); copy the whole key")
        return f"https://{centre}.api.mailchimp.com/3.0"

    @override
    def discover_streams(self) -> list[Stream]:
        return [stream(self) for stream in STREAMS]


if __name__ == "__main__":
    TapMailchimp.cli()
