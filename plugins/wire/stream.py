"""The part all REST taps share: polite retries, errors without personal data, and sealed snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, TypeVar

import msgspec
import requests
from singer_sdk import singerlib
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Context, Record, RequestFunc
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.streams import RESTStream
from typing_extensions import override

from plugins.observe.logs import guard
from plugins.observe.tracing import span
from plugins.wire.hosts import HostSession
from plugins.wire.page import Page, deselected, drop, encoded, head_of
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

    A tap whose `message_writer_class` is `Page` writes a page at a time, and a sorted stream its state with each.
    A full-table stream that was read to its end, without a filter or a limit, closes with ACTIVATE_VERSION: only
    then may absence mean deletion. Its records carry that version.
    """

    is_snapshot = True
    """False for a full-table stream that does not list everything (a search, a sample): it never seals."""
    only: str | None = None
    """The key of the one record that this reading is about; None to read what there is."""
    reads_one: ClassVar[str | None] = None
    """The field whose value may be put into `only`; None where the vendor cannot be asked for one record."""
    _head: bytes | None = None

    @cached_property
    def sleep(self) -> Callable[[float], None]:
        """Return how one waits; a test may put its own way here."""
        return time.sleep

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
            loop = retrying(tries, base, self.sleep)
            return loop(self._once, func, *args, **kwargs)

        return polite

    def _once(self, func: Callable[..., requests.Response], *args: Any, **kwargs: Any) -> requests.Response:
        self._turn_page()
        try:
            with span(f"read {self.name}", source=self.tap_name):
                return func(*args, **kwargs)
        except BROKEN_CONNECTIONS as error:
            raise TransientError(f"{self.where}: {type(error).__name__}; tried again later by itself") from None

    @override
    def validate_response(self, response: requests.Response) -> None:
        try:
            checked(response, self.where)
        except RefusedError as error:
            raise HopelessError(f"{error}; check the tap's settings") from None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        guard()

    @property
    @override
    def requests_session(self) -> requests.Session:
        if self._requests_session is None:
            self._requests_session = HostSession(self.where, self.url_base)
        return self._requests_session

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        seals = self._seals(context) and write_messages
        if seals:
            self._stream_version = int(time.time() * 1000)
        try:
            raws = self.raw_records() if write_messages and self._passes_raw(context) else None
            if raws is None:
                yield from super()._sync_records(context, write_messages=write_messages)
            else:
                self._pass_on(raws)
        finally:
            if self._page:
                self._page.flush()
        if seals and self._stream_version is not None:
            self._tap.write_message(singerlib.ActivateVersionMessage(self.name, self._stream_version))

    def raw_records(self) -> Iterator[list[bytes]] | None:
        """Return the records as JSON, some at a time, where a vendor gives them so; None to read as usual.

        They go out as they are: no bookmark moves, and nothing is processed.
        """
        return None

    def _passes_raw(self, context: Context | None) -> bool:
        is_all = context is None and self.selected and self.ABORT_AT_RECORD_COUNT is None and self.only is None
        return is_all and self._left_out is not None

    def _pass_on(self, batches: Iterator[list[bytes]]) -> None:
        assert self._page is not None
        with self.get_record_counter() as counter, self.get_sync_timer():
            for batch in batches:
                head = head_of(self.name, self._stream_version, datetime.now(UTC))
                self._page.raw(head, self._without_left_out(batch), self.name, self.tap_name)
                counter.increment(len(batch))
        self._finalize_state(self.stream_state)
        self.state_manager.is_flushed = False
        self._write_state_message()

    def _without_left_out(self, batch: list[bytes]) -> list[bytes]:
        if not self._left_out:
            return batch
        records = [msgspec.json.decode(each) for each in batch]
        for path in self._left_out:
            for record in records:
                drop(record, path)
        return [encoded(each) for each in records]

    @cached_property
    def _page(self) -> Page | None:
        writer = self._tap.message_writer
        return writer if isinstance(writer, Page) else None

    def _turn_page(self) -> None:
        """Let out what was read before the next answer is waited for."""
        self._head = None
        if self._page and self._page.lines:
            if self.is_sorted and self.replication_key:
                self._write_state_message()
            self._page.flush()

    @cached_property
    def _left_out(self) -> list[tuple[str, ...]] | None:
        """Return what the catalog deselects; None when records need the SDK's own way."""
        is_plain = all(type(each) is SameRecordTransform for each in self.stream_maps)
        if self._page is None or not is_plain or self.TYPE_CONFORMANCE_LEVEL is not TypeConformanceLevel.NONE:
            return None
        return deselected(self.mask)

    @override
    def _write_record_message(self, record: Record) -> None:
        if self._page is None or self._left_out is None:
            super()._write_record_message(record)
            return
        for path in self._left_out:
            drop(record, path)
        if self._head is None:
            self._head = head_of(self.name, self._stream_version, datetime.now(UTC))
        self._page.record(self._head, record, self.name, self.tap_name)
        self.state_manager.is_flushed = False

    def _seals(self, context: Context | None) -> bool:
        is_whole = self.replication_key is None and context is None and self.ABORT_AT_RECORD_COUNT is None
        return self.is_snapshot and is_whole and self.selected and self.only is None

    @override
    def backoff_max_tries(self) -> int:
        return 1
