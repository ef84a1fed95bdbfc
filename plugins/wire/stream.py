"""The part all REST taps share: polite retries, errors without personal data, and sealed snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import requests
from singer_sdk import singerlib
from singer_sdk.helpers.types import Context, RequestFunc
from singer_sdk.streams import RESTStream
from typing_extensions import override

from plugins.wire.retry import (
    BROKEN_CONNECTIONS,
    HopelessError,
    RefusedError,
    TransientError,
    checked,
    retrying,
)

Token = TypeVar("Token")

RETRY_SETTINGS: dict[str, Any] = {
    "max_tries": {
        "type": "integer",
        "default": 6,
        "description": "How often a request is tried before the run stops.",
    },
    "backoff_seconds": {
        "type": "number",
        "default": 1.0,
        "description": "First wait before a retry; doubles each time.",
    },
    "timeout_seconds": {"type": "number", "default": 120, "description": "How long to wait for one answer."},
}
"""Settings every tap takes; merge them into the tap's `config_jsonschema["properties"]`."""


class VendorStream(RESTStream[Token]):
    """A REST stream that retries as `plugins.wire.retry` says, stops at once on a refused key, and seals.

    A full-table stream that was read to its end, without a filter or a limit, closes with ACTIVATE_VERSION: only
    then may absence mean deletion. Its records carry that version.
    """

    is_snapshot = True
    """False for a full-table stream that does not list everything (a search, a sample): it never seals."""

    @property
    def where(self) -> str:
        """Return what an error calls this stream: tap, stream and path, without query."""
        return f"{self.tap_name}: {self.name}"

    @property
    @override
    def timeout(self) -> int:
        return int(self.config.get("timeout_seconds", 120))

    @override
    def request_decorator(self, func: RequestFunc) -> RequestFunc:
        def polite(*args: Any, **kwargs: Any) -> requests.Response:
            tries, base = int(self.config.get("max_tries", 6)), float(self.config.get("backoff_seconds", 1.0))
            loop = retrying(tries, base, time.sleep)
            return loop(self._once, func, *args, **kwargs)

        return polite

    def _once(self, func: Callable[..., requests.Response], *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return func(*args, **kwargs)
        except BROKEN_CONNECTIONS as error:
            raise TransientError(f"{self.where}: {type(error).__name__}; tried again later by itself") from None

    @override
    def validate_response(self, response: requests.Response) -> None:
        try:
            checked(response, self.where)
        except RefusedError as error:
            raise HopelessError(f"{error}; check the tap's settings") from None

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        seals = self._seals(context) and write_messages
        if seals:
            self._stream_version = int(time.time() * 1000)
        yield from super()._sync_records(context, write_messages=write_messages)
        if seals and self._stream_version is not None:
            self._tap.write_message(singerlib.ActivateVersionMessage(self.name, self._stream_version))

    def _seals(self, context: Context | None) -> bool:
        is_whole = self.replication_key is None and context is None and self.ABORT_AT_RECORD_COUNT is None
        return self.is_snapshot and is_whole and self.selected

    @override
    def backoff_max_tries(self) -> int:
        return 1
