"""How Tilroy speaks: three styles of paging, and a feed of exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import requests
from singer_sdk import SchemaDirectory
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Context
from singer_sdk.pagination import BaseAPIPaginator, PageNumberPaginator, SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import TransientError
from plugins.wire.stream import VendorStream

Row = dict[str, Any]
Token = TypeVar("Token")

SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")
EARLIEST = "2000-01-01T00:00:00Z"
DAYS_READ_TWICE = 1  # date filters look at the day, in the tenant's own time


def has_next(response: requests.Response) -> bool:
    """Tell whether a `Link` header names a next page; without the header only an empty page ends the walk."""
    return "Link" not in response.headers or "next" in response.links


class Pages(PageNumberPaginator):
    """Counts pages from 1 and stops at the last, which Tilroy says in a response header."""

    @override
    def has_more(self, response: requests.Response) -> bool:
        last = response.headers.get("X-Paging-PageCount", "")
        return int(self.current_value) < int(last) if last.isdigit() else has_next(response)


class UntilEmpty(PageNumberPaginator):
    """Counts pages from 1 and goes on to the empty one, whatever the headers count."""

    @override
    def has_more(self, response: requests.Response) -> bool:
        return True


class Cursor(BaseAPIPaginator[str]):
    """Walks by the id of the last record read; 0 starts it, an empty value does not everywhere."""

    def __init__(self, last_id: Callable[[], str]) -> None:
        super().__init__("0")
        self.last_id = last_id

    @override
    def has_more(self, response: requests.Response) -> bool:
        return has_next(response)

    @override
    def get_next(self, response: requests.Response) -> str:
        return self.last_id()


class TilroyStream(VendorStream[Token], Generic[Token]):
    """One Tilroy list: a bare JSON array, or an error object in its place."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # what we do not know yet passes too
    allow_redirects = False  # keys go to the host that was configured and to no other
    needs_bearer: ClassVar[bool] = False
    is_empty_when_absent: ClassVar[bool] = False
    opens_with: ClassVar[bytes] = b"["

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"]).rstrip("/")

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        headers = {"Tilroy-Api-Key": self.config["tenant_key"], "x-api-key": self.config["gateway_key"]}
        if self.needs_bearer:
            headers["Authorization"] = f"Bearer {self.config['bearer_token']}"
        return headers

    @property
    def page_size(self) -> int:
        """Return how many records a page asks for; Tilroy gives 100 at most."""
        return int(self.config["page_size"])

    @override
    def get_new_paginator(self) -> BaseAPIPaginator[Any]:
        return Pages(1)

    @override
    def get_http_request(self, *, page: PageContext[Token]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params = {"page": page.next_page_token, "count": self.page_size}
        return request

    @override
    def validate_response(self, response: requests.Response) -> None:
        if self._is_absent(response):
            return
        super().validate_response(response)
        if not response.content.lstrip().startswith(self.opens_with):
            raise TransientError(f"{self.where}: HTTP 200 without the records; tried again later by itself")

    def _is_absent(self, response: requests.Response) -> bool:
        return self.is_empty_when_absent and response.status_code == HTTPStatus.NOT_FOUND

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        if self._is_absent(response):
            return
        try:
            yield from msgspec.json.decode(response.content)
        except msgspec.DecodeError:
            raise TransientError(f"{self.where}: the answer is not JSON; run the tap again") from None

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row:
        if self.replication_key:
            row.setdefault(self.replication_key, None)  # an undated record is read, and moves no bookmark
        return row

    def since(self, context: Context | None, days: int) -> datetime:
        """Return where to start: so many days before the bookmark, never before `start_date`."""
        first = datetime.fromisoformat(self.config.get("start_date") or EARLIEST)
        first = first if first.tzinfo else first.replace(tzinfo=UTC)
        bookmark = self.get_starting_timestamp(context)
        return max(bookmark - timedelta(days=days), first) if bookmark else first


class Snapshot(TilroyStream[None]):
    """A list that comes whole, in one answer, and refuses page and count."""

    @override
    def get_new_paginator(self) -> SinglePagePaginator:
        return SinglePagePaginator()

    @override
    def get_http_request(self, *, page: PageContext[None]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params = {}
        return request


class ChangesSince(TilroyStream[int]):
    """A feed of what changed, filtered by the day that `replication_key` is about."""

    filter_name: ClassVar[str] = "dateExportedSince"
    replication_key = "dateExported"

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        since = self.since(page.stream_context, DAYS_READ_TWICE).astimezone(UTC)
        request.params[self.filter_name] = since.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return request
