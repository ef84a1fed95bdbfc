#!/usr/bin/env python3
"""Reads one Channable project: the orders and returns it collected at marketplaces."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from functools import cached_property
from typing import Any

import requests
from singer_sdk import Stream, Tap
from typing_extensions import override

from plugins.wire.hosts import HostSession
from plugins.wire.pace import Pace
from plugins.wire.page import Page
from plugins.wire.stream import RETRY_SETTINGS
from taps.channable.streams import Orders, Returns

BURST, PER_SECOND = 100, 2
"""The older page of the vendor; the newer one says 200 and 4, for all tokens of a company together."""
SETTINGS: dict[str, Any] = {
    "token": {"type": "string", "secret": True, "description": "Token of the company, made by an owner; lasts a year."},
    "company_id": {
        "type": "integer",
        "description": "Number of the company, as in the address of Channable's screens.",
    },
    "project_id": {
        "type": "integer",
        "description": "Number of the project, as in the address of Channable's screens.",
    },
    "api_url": {
        "type": "string",
        "default": "https://api.channable.com",
        "description": "Base URL of the API, for example of the sandbox.",
    },
    "start_date": {"type": "string", "description": "Before the first bookmark: what changed since then (ISO 8601)."},
    "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100, "description": "Rows per call."},
    "overlap_seconds": {
        "type": "integer",
        "default": 600,
        "minimum": 1,
        "description": "How far each run looks back before the last change it saw.",
    },
}


class TapChannable(Tap):
    """Reads one project; a second project is a second connection."""

    name = "tap-channable"
    message_writer_class = Page
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["token", "company_id", "project_id"],
        "properties": {**SETTINGS, **RETRY_SETTINGS},
    }

    @cached_property
    def pace(self) -> Pace:
        """Return the one pace of all streams: the limit is the company's."""
        return Pace(BURST, PER_SECOND)

    @cached_property
    def session(self) -> requests.Session:
        """Return the one HTTP session of all streams."""
        return HostSession("tap-channable", str(self.config.get("api_url", "https://api.channable.com")))

    @override
    def discover_streams(self) -> list[Stream]:
        return [Orders(self), Returns(self)]


if __name__ == "__main__":
    TapChannable.cli()
