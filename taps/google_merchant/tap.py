#!/usr/bin/env python3
"""The Singer tap for a Google Merchant Center account: the status of its products, and their issues."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from functools import cached_property
from typing import Any

from singer_sdk import Stream, Tap
from typing_extensions import override

from plugins.wire.access import Access
from plugins.wire.page import Page
from plugins.wire.stream import RETRY_SETTINGS
from taps.google_merchant.products import ProductIssues, ProductStatuses

HOST = "https://merchantapi.googleapis.com"
TOKENS = "https://oauth2.googleapis.com/token"
SECRET = {"type": "string", "secret": True, "writeOnly": True}
SETTINGS: dict[str, Any] = {
    "client_id": {"type": "string", "description": "Client of the Google Cloud project."},
    "client_secret": {**SECRET, "description": "Secret of that client."},
    "refresh_token": {**SECRET, "description": "Refresh token with scope content, of a user of the account."},
    "account_id": {"type": "string", "pattern": "^[0-9]+$", "description": "Number of the Merchant Center account."},
    "page_size": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000, "description": "Rows per call."},
    "api_url": {"type": "string", "default": HOST, "description": "Where the Merchant API is."},
    "login_url": {"type": "string", "default": TOKENS, "description": "Where access tokens are given."},
}


class TapGoogleMerchant(Tap):
    """Reads one account."""

    name = "tap-google_merchant"
    message_writer_class = Page
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["client_id", "client_secret", "refresh_token", "account_id"],
        "properties": {**SETTINGS, **RETRY_SETTINGS},
    }

    @cached_property
    def access(self) -> Access:
        """Return the one access token of all streams."""
        return Access(self.config, self.name, str(self.config.get("login_url") or TOKENS))

    @property
    def api_url(self) -> str:
        """Return the API's base URL without a slash at its end."""
        return str(self.config.get("api_url") or HOST).rstrip("/")

    @override
    def discover_streams(self) -> list[Stream]:
        return [ProductIssues(self), ProductStatuses(self)]


if __name__ == "__main__":
    TapGoogleMerchant.cli()
