"""How Google wants to be asked: tokens, errors in its own words, and few repeats."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, TypeVar

import requests
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Auth
from typing_extensions import override

from plugins.wire.retry import RefusedKeyError, TransientError
from plugins.wire.stream import VendorStream
from taps.google_analytics.days import SCHEMAS_FOLDER, Window

if TYPE_CHECKING:
    from taps.google_analytics.tap import TapGoogleAnalytics

Token = TypeVar("Token")
SCHEMAS = SchemaDirectory(SCHEMAS_FOLDER)
REASON = re.compile(r"[A-Z_]{3,60}")
CURES = {
    "SERVICE_DISABLED": "switch on the Google Analytics Data API in the key's cloud project",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "the key may not ask for this scope",
}


class GoogleStream(VendorStream[Token]):
    """A stream of one property, read by day; a rejected token is asked for anew once."""

    schema = StreamSchema(SCHEMAS)
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    scope: ClassVar[str]
    _was_refused = False

    def __init__(self, tap: TapGoogleAnalytics) -> None:
        super().__init__(tap)
        self.tap = tap

    @property
    @override
    def is_sorted(self) -> bool:
        return True

    @property
    @override
    def check_sorted(self) -> bool:
        return False  # the last days are read again

    @property
    def window(self) -> Window:
        """Return the days to read, the last ones of the run before among them."""
        bookmark = self.get_starting_replication_key_value(None)
        return Window.since(bookmark, int(self.config.get("late_days", 3)))

    @property
    @override
    def authenticator(self) -> Auth:
        return self.signed

    def signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into a request that is about to go out."""
        if self.tap.account:
            request.headers["Authorization"] = f"Bearer {self.tap.account.token(self.scope)}"
        return request

    @override
    def validate_response(self, response: requests.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.UNAUTHORIZED and self.tap.account and not self._was_refused:
            self._was_refused = True
            self.tap.account.forget(self.scope)
            raise TransientError(f"{self.where}: HTTP 401, the token is not taken; a new one is asked for by itself")
        if status == HTTPStatus.FORBIDDEN and (cure := CURES.get(_reason(response))):
            raise RefusedKeyError(f"{self.where}: HTTP 403; {cure}")
        super().validate_response(response)
        self._was_refused = False


def _reason(response: requests.Response) -> str:
    """Return why Google refuses, in its one word for it."""
    try:
        details = response.json()["error"]["details"]
    except (ValueError, KeyError, TypeError):
        return ""
    found = (each.get("reason", "") for each in details if isinstance(each, dict))
    return next((each for each in found if isinstance(each, str) and REASON.fullmatch(each)), "")
