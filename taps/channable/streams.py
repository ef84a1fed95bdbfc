"""Orders and returns that Channable collected at the marketplaces, as far as they changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Auth, Context, Record
from singer_sdk.pagination import BaseAPIPaginator, SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import HopelessError
from plugins.wire.stream import VendorStream
from taps.channable.paging import Pages, rows

if TYPE_CHECKING:
    from taps.channable.tap import TapChannable

SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")
PROJECT = "/companies/{company_id}/projects/{project_id}"
LeftOut = dict[str, Any]
"""Keys that are dropped: to nothing more, or to what is dropped inside."""
NOT_OF_ORDERS: LeftOut = {
    "attachments": {},
    "data": {
        "billing": {"vat_number": {}, "tax_id_number": {}},
        "customer": {"customer_channel_id": {}},
        "price": {"transaction_id": {}, "payment_details_iban": {}},
        "products": {"gift_message": {}},
        "extra": {"memo": {}, "comment": {}},
    },
}
NOT_OF_RETURNS: LeftOut = {"log": {}, "data": {"customer": {}, "address": {}, "item": {"comment": {}}}}
"""Labels, bank and tax numbers, what people wrote in their own words, and who they are where the order says it."""


class ChannableStream(VendorStream[int]):
    """What one project has, at the pace that the whole company shares."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapChannable) -> None:
        super().__init__(tap)
        self.tap = tap
        self._requests_session = tap.session

    @property
    @override
    def url_base(self) -> str:
        return str(self.config.get("api_url", "https://api.channable.com")).rstrip("/")

    @property
    @override
    def authenticator(self) -> Auth:
        return BearerTokenAuthenticator(token=self.config["token"])

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        return {"Accept": "application/json"}

    @override
    def get_url(self, context: Context | None) -> str:
        return super().get_url(
            {"company_id": self.config["company_id"], "project_id": self.config["project_id"], **(context or {})}
        )

    @override
    def _once(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.tap.pace.keep()
        return super()._once(*args, **kwargs)


class Changes(ChannableStream):
    """A list of what changed since the last run, with an overlap for what was committed late.

    No upper bound is sent: what changes while we read would leave the list, and an offset would then skip somebody
    else. Instead the bookmark is never later than the start of the run.
    """

    replication_key = "modified"
    primary_keys = ("id",)
    array: ClassVar[str]
    left_out: ClassVar[LeftOut]
    schema = StreamSchema(SCHEMAS)

    def __init__(self, tap: TapChannable) -> None:
        super().__init__(tap)
        self._seen: set[tuple[int, str]] = set()

    @property
    def page_size(self) -> int:
        """Return how many rows are asked for at once."""
        return int(self.config.get("page_size", 100))

    @override
    def get_new_paginator(self) -> BaseAPIPaginator[int]:
        return Pages(self.array, self.page_size, self.where)

    @cached_property
    def since(self) -> str | None:
        """Return from when on changes are asked for, as the vendor reads it: UTC."""
        start = self.get_starting_replication_key_value(None)
        if not start:
            return None
        try:
            moment = datetime.fromisoformat(str(start))
        except ValueError:
            raise HopelessError(f"{self.where}: start_date is no date; write it as 2026-03-01T00:00:00Z") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        early = moment - timedelta(seconds=self.config.get("overlap_seconds", 600))
        return early.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        since = {"last_modified_after": self.since} if self.since else {}
        request.params = {**since, "limit": self.page_size, "offset": page.next_page_token or 0}
        return request

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        for row in rows(response, self.array, self.where):
            if (mark := (row["id"], str(row.get("modified")))) not in self._seen:
                self._seen.add(mark)
                yield row

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        return without(row, self.left_out)


class Orders(Changes):
    """Orders of all marketplaces that are connected; wiped ones stay in the list."""

    name = "orders"
    array = "orders"
    left_out = NOT_OF_ORDERS
    path = f"/v2{PROJECT}/orders"


class OrderOfReturn(ChannableStream):
    """One order, for what a piece of it cost; no stream of the tap."""

    name = "order_of_return"
    left_out = NOT_OF_ORDERS
    path = f"/v2{PROJECT}/orders/{{order_id}}"
    schema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {"id": {"type": "integer"}}}

    @override
    def get_new_paginator(self) -> SinglePagePaginator:
        return SinglePagePaginator()

    @override
    def validate_response(self, response: requests.Response) -> None:
        if response.status_code != HTTPStatus.NOT_FOUND:
            super().validate_response(response)

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        found = response.json().get("order") if response.ok else None
        return [found] if isinstance(found, dict) else []


class Returns(Changes):
    """What buyers send back; an accepted one comes with the products of its order, for it has no price itself."""

    name = "returns"
    array = "returns"
    left_out = NOT_OF_RETURNS
    path = f"/v1{PROJECT}/returns"

    @cached_property
    def orders(self) -> OrderOfReturn:
        """Return where single orders are looked up."""
        return OrderOfReturn(self.tap)

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        row = without(row, self.left_out)
        return {**row, "order": self._order(row)} if row.get("status") == "accepted" else row

    def _order(self, row: Record) -> Record | None:
        meta = (row.get("data") or {}).get("meta") or {}
        order_id = str(meta.get("platform_order_id") or "")
        if not order_id.isdecimal():
            return None
        found = next(iter(self.orders.request_records({"order_id": order_id})), None)
        # of a connection with a shop system the number is that system's, and may be somebody else's order here
        if found is None or found.get("channel_id") != meta.get("channel_order_id"):
            return None
        bought = without(found, self.orders.left_out).get("data") or {}
        currency = (bought.get("price") or {}).get("currency")
        return {"id": found.get("id"), "currency": currency, "products": bought.get("products")}


def without(row: Record, left_out: LeftOut) -> Record:
    """Return a record without some keys."""
    kept = ((key, each) for key, each in row.items() if left_out.get(key) != {})
    return {key: _inside(each, left_out[key]) if key in left_out else each for key, each in kept}


def _inside(value: Any, left_out: LeftOut) -> Any:
    if isinstance(value, list):
        return [_inside(each, left_out) for each in value]
    return without(value, left_out) if isinstance(value, dict) else value
