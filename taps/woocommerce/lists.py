"""How a WooCommerce shop is read: lists that are read whole, and lists of what changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

import requests
from singer_sdk import Tap
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Context
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import HopelessError
from plugins.wire.stream import Token, VendorStream
from taps.woocommerce.pages import Ascending, Cursor, OverlappingOffset, Row, gmt, rows, zulu

LOOPBACK = {"127.0.0.1", "localhost"}
KEEP_AWAY = "keep caches and plugins away from /wp-json"
CLOCK_GOES_BACK = timedelta(hours=1)
NEVER_READ = frozenset({
    "_links", "avatar_url", "cart_hash", "customer_ip_address", "customer_user_agent", "download_expiry",
    "download_limit", "downloads", "order_key", "payment_url", "post_password", "price_html", "related_ids",
})  # fmt: skip
"""Links, keys that open an order to whoever holds them, and traces of a browser: of no use here."""


class WooCommerceList(VendorStream[Token]):
    """One list of a shop's REST API."""

    primary_keys = ("id",)
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # plugins add keys of any type: they pass as they are

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"]).rstrip("/") + "/wp-json/wc/v3"

    @property
    @override
    def authenticator(self) -> BasicAuthenticator:
        return BasicAuthenticator(username=self.config["consumer_key"], password=self.config["consumer_secret"])

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        shop = urlsplit(self.config["api_url"])
        is_sandbox = shop.scheme == "http" and shop.hostname in LOOPBACK
        return {"Accept": "application/json", **({"X-Forwarded-Proto": "https"} if is_sandbox else {})}

    @property
    def page_size(self) -> int:
        """Return how many rows to ask for at once."""
        return int(self.config.get("page_size", 100))

    @property
    def chosen(self) -> dict[str, str]:
        """Return what narrows the list to one row, where this reading is about one."""
        return {"include": self.only} if self.only else {}

    @override
    def validate_response(self, response: requests.Response) -> None:
        super().validate_response(response)
        rows(response, self.where)

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        return {key: value for key, value in row.items() if key not in NEVER_READ}


class WooCommerceSnapshot(WooCommerceList[int]):
    """A list that is read whole, in order of id.

    It is sealed only when no row can have been missed, and not when the shop showed nothing at all.
    """

    params: ClassVar[dict[str, str]] = {}
    is_torn = False
    _highest = 0

    @override
    def get_new_paginator(self) -> OverlappingOffset:
        return OverlappingOffset(self.page_size, self.where)

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        window = {"per_page": self.page_size, "offset": page.next_page_token or None}
        request.params = {**self.params, **self.chosen, "orderby": "id", "order": "asc", **window}
        return request

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        page = [(int(row["id"]), row) for row in rows(response, self.where)]
        ids = [each for each, _ in page]
        fresh = [row for each, row in page if each > self._highest]
        if ids != sorted(ids) or (self._highest and len(ids) > 1 and not fresh):
            raise HopelessError(f"{self.where}: the shop ignores 'orderby' or 'offset'; {KEEP_AWAY}")
        if ids and self._highest and ids[0] > self._highest:
            self.is_torn = True
        self._highest = max([self._highest, *ids])
        return fresh

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        self._highest = 0
        yield from super().get_records(context)
        if self.is_torn or (context is None and not self._highest):
            self.logger.warning("%s: the list moved or is empty; nothing counts as deleted this time", self.where)
            self._stream_version = None


class WooCommerceChanges(WooCommerceList[Cursor]):
    """What changed since the last run, oldest first, with an overlap for what was committed late."""

    is_sorted = True
    check_sorted = False  # the overlap begins before the bookmark
    after = "modified_after"
    orderby = "modified"

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap)
        self._last: datetime | None = None
        self._seen: set[tuple[int, str]] = set()
        self._first = ""

    @override
    def get_new_paginator(self) -> Ascending:
        start = self.get_starting_replication_key_value(None)
        overlap = timedelta(seconds=self.config.get("overlap_seconds", 300))
        return Ascending(gmt(start) - overlap if start else None, str(self.replication_key), self.page_size, self.where)

    @override
    def get_http_request(self, *, page: PageContext[Cursor]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        cursor = page.next_page_token or Cursor(None)
        since = {self.after: zulu(cursor.since)} if cursor.since else {}
        window = {"per_page": self.page_size, "offset": cursor.offset or None}
        request.params = {**since, **self.chosen, "orderby": self.orderby, "order": "asc", **window}
        return request

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        page = [(row["id"], row.get(str(self.replication_key)) or "", row) for row in rows(response, self.where)]
        fresh = [row for key, date, row in page if (key, date) not in self._seen]
        for _, date, _ in page:
            self._check_order(date)
        first = page[0][1] if page else self._first
        oldest, self._first = min(first, self._first), first
        self._seen = {each for each in {*self._seen, *((key, date) for key, date, _ in page)} if each[1] >= oldest}
        return fresh

    def _check_order(self, date: str) -> None:
        moment = gmt(date) if date else None
        if moment and self._last and moment < self._last - CLOCK_GOES_BACK:
            raise HopelessError(f"{self.where}: the shop ignores '{self.after}' or 'orderby'; {KEEP_AWAY}")
        self._last = moment or self._last
