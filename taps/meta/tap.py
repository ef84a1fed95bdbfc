#!/usr/bin/env python3
"""The Singer tap for a Page on Facebook and its account on Instagram."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

import sys
from functools import cached_property
from typing import Any

from singer_sdk import Stream, Tap
from typing_extensions import override

from plugins.wire.page import Page
from plugins.wire.retry import WireError
from plugins.wire.stream import RETRY_SETTINGS
from taps.meta.account import Account
from taps.meta.facebook import Comments, Posts, TaggedPosts
from taps.meta.instagram import Media, MediaComments, TaggedMedia
from taps.meta.leads import LeadForms, Leads

STREAMS = (Comments, LeadForms, Leads, Media, MediaComments, Posts, TaggedMedia, TaggedPosts)
SECRET = {"type": "string", "secret": True, "writeOnly": True}
SETTINGS: dict[str, Any] = {
    "access_token": {**SECRET, "description": "Token of a system user who may act for the Page."},
    "page_id": {"type": "string", "pattern": "^[A-Za-z0-9.]+$", "description": "Number of the Page."},
    "instagram_id": {
        "type": "string",
        "pattern": "^[0-9]*$",
        "description": "Number of the account on Instagram; without it the one that belongs to the Page.",
    },
    "app_secret": {**SECRET, "description": "Secret of the app, where it asks for proof with each call."},
    "api_version": {"type": "string", "default": "v25.0", "description": "Version of the Graph API."},
    "api_url": {"type": "string", "default": "https://graph.facebook.com", "description": "Where the Graph API is."},
    "start_date": {
        "type": "string",
        "format": "date-time",
        "description": "Nothing from before this moment; without it the first run reads all there is.",
    },
    "window_days": {
        "type": "integer",
        "minimum": 1,
        "default": 30,
        "description": "How long before the newest known one posts, media and their comments are read again.",
    },
    "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50, "description": "Rows per call."},
}


class TapMeta(Tap):
    """Reads one Page; a second Page is a second connection, with its own bookmarks."""

    name = "tap-meta"
    message_writer_class = Page
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["access_token", "page_id"],
        "properties": {**SETTINGS, **RETRY_SETTINGS},
    }

    @cached_property
    def account(self) -> Account:
        """Return what the token opens."""
        return Account(self.config)

    @cached_property
    def forms(self) -> dict[str, dict[str, Any]]:
        """Return what the leads of this run say of their form, by its id."""
        return {}

    @override
    def discover_streams(self) -> list[Stream]:
        return [stream(self) for stream in STREAMS]


if __name__ == "__main__":
    try:
        TapMeta.cli()
    except WireError as error:
        sys.exit(str(error))
