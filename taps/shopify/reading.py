"""Reading a list of the shop page by page, or by an export in the background: the same rows either way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import requests
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.helpers.types import Context
from singer_sdk.pagination import SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from taps.shopify.admin import AdminStream, Row, TooCostlyError, answer_of
from taps.shopify.children import Children
from taps.shopify.export import Export
from taps.shopify.pages import Window, Windows

PAGE_INFO = "pageInfo { hasNextPage endCursor }"
SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")


class ShopifyList(AdminStream[Window]):
    """One list of the shop, read to its end."""

    root: ClassVar[str]
    """The field of the query that lists it."""
    fields: ClassVar[str]
    """What is asked of each row."""
    children: ClassVar[Children | None] = None
    """A list below each row."""
    first: ClassVar[int]
    """So many rows stay below the thousand points that one document may cost."""
    arguments: ClassVar[str] = ""
    condition: ClassVar[str] = ""
    is_exported: ClassVar[bool] = False
    """Whether it may be read by an export in the background."""
    single: ClassVar[str] = ""
    """The field of the query that shows one row: unlike a list it is never behind the shop."""
    schema = StreamSchema(SCHEMAS)

    @property
    def search(self) -> str:
        """Return the filter of the list."""
        return self.condition

    @property
    def is_bulk(self) -> bool:
        """Tell whether this run reads the list by an export."""
        return self.is_exported and bool(self.config.get("bulk", True)) and self.only is None

    @override
    def get_new_paginator(self) -> Windows | SinglePagePaginator:
        if self.only:
            return SinglePagePaginator()
        return Windows(self.root, min(self.first, int(self.config.get("page_size", 250))), self.where)

    @override
    def get_http_request(self, *, page: PageContext[Window]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        if self.only:
            request.data = {"query": self.document, "variables": {"id": self.only}}
            return request
        assert page.next_page_token
        window = {"first": page.next_page_token.first, "after": page.next_page_token.after}
        variables = {**window, **({"query": self.search} if self.search else {})}
        request.data = {"query": self.document, "variables": variables}
        return request

    @property
    def document(self) -> str:
        """Return the query for one page, or for one row."""
        below = self.children.paged if self.children else ""
        if self.only:
            return f"query($id: ID!) {{ {self.single}(id: $id) {{ {self.fields} {below} }} }}"
        known, given = ("$query: String, ", "query: $query, ") if self.search else ("", "")
        head = f"query({known}$first: Int!, $after: String)"
        listed = f"{self.root}({given}{self.arguments}first: $first, after: $after)"
        return f"{head} {{ {listed} {{ nodes {{ {self.fields} {below} }} {PAGE_INFO} }} }}"

    @property
    def export(self) -> str:
        """Return the query of an export."""
        below = self.children.exported if self.children else ""
        given = f"(query: {json.dumps(self.search)})" if self.search else ""
        return f"{{ {self.root}{given} {{ edges {{ node {{ {self.fields} {below} }} }} }} }}"

    @override
    def asks_for_less(self, response: requests.Response) -> bool:
        return self.root.encode() in (response.request.body or b"")

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        try:
            data = answer_of(response, self.where)
        except TooCostlyError:
            return
        found = [data[self.single]] if self.only else data[self.root]["nodes"]
        for row in filter(None, found):
            if self.children:
                self.children.gather(row, self.ask)
            yield row

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        is_empty = True
        for row in super().get_records(context):
            is_empty = False
            yield row
        self._keep_open(is_empty)

    @override
    def raw_records(self) -> Iterator[list[bytes]] | None:
        return self._exported() if self.is_bulk else None

    def _exported(self) -> Iterator[list[bytes]]:
        is_empty = True
        with Export(self, self.export, self.children.name if self.children else None) as export:
            for batch in export.rows():
                is_empty = is_empty and not batch
                yield batch
        self._keep_open(is_empty)
        if export.is_whole:
            self.note(export.begun_at)
        else:
            self._keep_open(True)
            self.logger.warning(
                "%s: lines of the export are missing; nothing counts as deleted, and it is read again", self.where
            )

    def _keep_open(self, is_doubtful: bool) -> None:
        """Seal nothing of which lines are missing, and no list that is suddenly empty."""
        if is_doubtful:
            self._stream_version = None

    def note(self, begun_at: str) -> None:
        """Take note of the moment up to which everything was read."""


class ShopifyChanges(ShopifyList):
    """What changed since the last run, oldest first; all of it, or what piled up for days, comes by an export."""

    replication_key = "updatedAt"
    arguments = "sortKey: UPDATED_AT, "
    check_sorted = False  # the overlap begins before the bookmark
    is_exported = True
    is_sorted = True

    @property
    def since(self) -> datetime | None:
        """Return the moment to look back to: search is some minutes behind the shop."""
        start = self.get_starting_timestamp(None)
        overlap = timedelta(seconds=int(self.config.get("overlap_seconds", 300)))
        return start.astimezone(UTC) - overlap if start else None

    @property
    @override
    def search(self) -> str:
        since = f"updated_at:>='{self.since:%Y-%m-%dT%H:%M:%SZ}'" if self.since else ""
        return " AND ".join(each for each in (since, self.condition) if each)

    @property
    @override
    def is_bulk(self) -> bool:
        waits = timedelta(days=int(self.config.get("bulk_days", 7)))
        is_long_ago = self.since is None or datetime.now(UTC) - self.since > waits
        return super().is_bulk and is_long_ago

    @override
    def raw_records(self) -> Iterator[list[bytes]] | None:
        self._write_starting_replication_value(None)
        return super().raw_records()

    @override
    def note(self, begun_at: str) -> None:
        self._increment_stream_state({self.replication_key: begun_at})
