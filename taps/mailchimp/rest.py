"""How Mailchimp wants to be asked: pages of named arrays, and errors that pass or do not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Auth, Context, Record
from singer_sdk.pagination import SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import TransientError
from plugins.wire.stream import VendorStream
from taps.mailchimp.paging import Pages, Position, rows

if TYPE_CHECKING:
    from taps.mailchimp.tap import TapMailchimp

SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")


class MailchimpStream(VendorStream[Position]):
    """One collection of Mailchimp: a named array, paged by `count` and `offset`; only declared fields are asked for."""

    array: ClassVar[str]
    schema = StreamSchema(SCHEMAS)
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapMailchimp) -> None:
        super().__init__(tap)
        self.tap = tap
        self._requests_session = tap.session  # one connection in all: Mailchimp allows an account ten

    @property
    @override
    def url_base(self) -> str:
        return self.tap.api_url

    @property
    @override
    def authenticator(self) -> Auth:
        return BasicAuthenticator(username="rotonde", password=self.config["api_key"])

    @property
    def page_size(self) -> int:
        """Return how many rows are asked for at once."""
        return int(self.config.get("page_size", 1000))

    @override
    def get_new_paginator(self) -> Pages | SinglePagePaginator:
        return Pages(self.array, self.page_size)

    @override
    def get_http_request(self, *, page: PageContext[Position]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        position = page.next_page_token or Position()
        request.params = {
            "count": self.page_size,
            "offset": position.offset,
            "fields": ",".join(["total_items", *(f"{self.array}.{field}" for field in self.fields)]),
            **self.filters(position),
        }
        return request

    @property
    def fields(self) -> Iterable[str]:
        """Return the fields of a row to ask for."""
        return list(self.schema["properties"])

    def filters(self, position: Position) -> dict[str, Any]:
        """Return the query parameters that narrow this collection."""
        return {}

    @override
    def validate_response(self, response: requests.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.NOT_FOUND and self.may_be_gone(response):
            return
        # what is cut off before it reaches the API has no JSON, and passes
        if status in (HTTPStatus.OK, HTTPStatus.FORBIDDEN) and "json" not in response.headers.get("Content-Type", ""):
            raise TransientError(f"{self.where}: HTTP {status} without JSON; tried again later by itself")
        super().validate_response(response)

    def may_be_gone(self, response: requests.Response) -> bool:
        """Tell whether a 404 only says that something was deleted since we listed it."""
        return False

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        return rows(response, self.array)

    @cached_property
    def _blank(self) -> Record:
        return dict.fromkeys(self.schema["properties"])

    @cached_property
    def _times(self) -> list[str]:
        properties = self.schema["properties"]
        return [name for name, each in properties.items() if each.get("format") == "date-time"]

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        # an unset time is an empty text; what a member does not have is left out
        return {**self._blank, **row, **{name: row.get(name) or None for name in self._times}}
