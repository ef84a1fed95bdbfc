"""How an edge of the Graph API is read: page after page to the last, only the fields that are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Auth, Context
from typing_extensions import override

from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.stream import VendorStream
from taps.meta.graph import GoneError, answered
from taps.meta.written import Place, Row, moment, next_place, zoned

if TYPE_CHECKING:
    from taps.meta.tap import TapMeta

SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")
MOST_BEGINNINGS = 3


class MetaEdge(VendorStream[None]):
    """One edge of a node, newest first; with a replication key it is read from some days before the bookmark."""

    primary_keys = ("id",)
    schema = StreamSchema(SCHEMAS)
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    allow_redirects = False  # the token goes to the host that was configured and to no other
    fields: ClassVar[tuple[str, ...]]
    may_be_gone: ClassVar[bool] = False
    """Whether what is asked about may have been deleted since it was listed."""

    def __init__(self, tap: TapMeta) -> None:
        super().__init__(tap)
        self.tap = tap
        self.account = tap.account

    @property
    @override
    def url_base(self) -> str:
        return self.account.url

    @property
    @override
    def authenticator(self) -> Auth:
        return BearerTokenAuthenticator(token=self.account.token)

    @override
    def get_url(self, context: Context | None) -> str:
        known = {"page": self.account.page_id, "instagram": self.account.instagram_id, **(context or {})}
        return self.url_base + self.path.format(**known)

    @property
    def overlap(self) -> timedelta:
        """Return how far before the bookmark a reading begins."""
        return timedelta(days=int(self.config.get("window_days", 30)))

    def since(self, context: Context | None) -> datetime | None:
        """Return where a reading begins, never before `start_date`; None is the very beginning."""
        bookmark = self.get_starting_timestamp(context) if self.replication_key else None
        start = self.config.get("start_date")
        first = moment(start) if start else None
        begin = bookmark - self.overlap if bookmark else None
        return max(begin, first) if begin and first else begin or first

    def narrowed(self, context: Context | None) -> dict[str, Any]:
        """Return the parameters that narrow this edge."""
        since = self.since(context)
        return {"since": int(since.timestamp())} if since else {}

    @override
    def request_records(self, context: Context | None) -> Iterable[Row]:
        query = {"fields": ",".join(self.fields), "limit": self.page_size, **self.narrowed(context)}
        yield from self.listed(self.get_url(context), query)

    @property
    def page_size(self) -> int:
        """Return how many rows to ask for at once."""
        return int(self.config.get("page_size", 50))

    def listed(self, url: str, query: dict[str, Any], place: Place | None = None) -> Iterator[Row]:
        """Give the rows of every page; the end is where no page is named as the next, not an empty one."""
        beginnings = 0
        page: Place | None = place or {}
        while page is not None:
            try:
                body = self._read(url, {**query, **page, **self.account.proof})
            except RefusedError as error:
                beginnings += 1
                if not page or beginnings > MOST_BEGINNINGS:
                    raise HopelessError(str(error)) from None
                page = {}  # a cursor dies with the row it stands for: developers.facebook.com/docs/graph-api/results
                continue
            rows = body.get("data")
            if not isinstance(rows, list):
                raise HopelessError(f"{self.where}: the answer has no list; see whether the API changed")
            yield from rows
            page = self._after(page, body)

    def _read(self, url: str, query: dict[str, Any]) -> Row:
        request = self.build_prepared_request(method="GET", url=url, params=query, headers=self.http_headers)
        try:
            return answered(self.request_decorator(self._request)(request, None), self.where)
        except GoneError as error:
            if self.may_be_gone:
                self.logger.warning("%s: one is gone since it was listed, or not ours to read", self.where)
                return {"data": []}
            raise HopelessError(str(error)) from None

    def _after(self, page: Place, body: Row) -> Place | None:
        following = next_place(body)
        if following is not None and following == page:
            raise HopelessError(f"{self.where}: the next page is the same page; run again")
        return following

    @override
    def validate_response(self, response: requests.Response) -> None:
        answered(response, self.where)

    @cached_property
    def _times(self) -> list[str]:
        properties = self.schema["properties"]
        return [name for name, each in properties.items() if each.get("format") == "date-time"]

    @cached_property
    def _blank(self) -> Row:
        return dict.fromkeys(self.schema["properties"])

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        return {**self._blank, **(context or {}), **row, **{name: zoned(row.get(name)) for name in self._times}}
