"""The products of a Merchant Center account as Google shows them: pages by token, with a token of one's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from singer_sdk import SchemaDirectory, StreamSchema
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.pagination import JSONPathPaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import HopelessError, TransientError
from plugins.wire.stream import VendorStream

if TYPE_CHECKING:
    from taps.google_merchant.tap import TapGoogleMerchant

Row = dict[str, Any]
SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")
OF_PRODUCT = ("name", "offerId", "contentLanguage", "feedLabel", "dataSource", "versionNumber", "archived")
OF_STATUS = ("destinationStatuses", "creationDate", "lastUpdateDate", "googleExpirationDate")
OF_ISSUE = ("severity", "resolution", "description", "detail", "documentation")
PAGE = {"products", "nextPageToken"}
DAY_IS_OVER = "daily_limit_exceeded"


class Tokens(JSONPathPaginator):
    """Follows the token of the next page, also past a page of which nothing is passed on."""

    def __init__(self) -> None:
        super().__init__("$.nextPageToken")

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return True


class ProductList(VendorStream[str | None]):
    """One listing of all products; Google cannot say what changed."""

    path = "/products/v1/accounts/{account_id}/products"
    schema = StreamSchema(SCHEMAS)
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    _is_renewed = False

    def __init__(self, tap: TapGoogleMerchant) -> None:
        super().__init__(tap)
        self.tap = tap

    @property
    @override
    def url_base(self) -> str:
        return self.tap.api_url

    @property
    @override
    def authenticator(self) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        return self._with_token

    def _with_token(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.tap.access.token()}"
        return request

    @override
    def get_new_paginator(self) -> Tokens:
        return Tokens()

    @override
    def get_http_request(self, *, page: PageContext[str | None]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        token = {"pageToken": page.next_page_token} if page.next_page_token else {}
        request.params = {"pageSize": self.config.get("page_size", 1000), **token}
        return request

    @override
    def validate_response(self, response: requests.Response) -> None:
        if response.status_code == HTTPStatus.UNAUTHORIZED and not self._is_renewed:
            self._is_renewed = True
            self.tap.access.drop()
            raise TransientError(f"{self.where}: HTTP 401; asked again with another token")
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and DAY_IS_OVER in response.text:
            raise HopelessError(f"{self.where}: the quota of the day is used up; run again after noon, UTC")
        super().validate_response(response)
        self._page_of(response)

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        for product in self._page_of(response).get("products") or ():
            yield from self.rows(product)

    def _page_of(self, response: requests.Response) -> Row:
        """Return a page; an account without products answers an empty object, and nothing else is one."""
        try:
            page = response.json()
        except requests.JSONDecodeError:
            page = None
        if not isinstance(page, dict) or page.keys() - PAGE:
            raise TransientError(f"{self.where}: the answer is no page of products; tried again later by itself")
        return page

    @abstractmethod
    def rows(self, product: Row) -> Iterator[Row]:
        """Give what this stream tells of one product."""


class ProductStatuses(ProductList):
    """Where each product is shown, waits or is refused, and until when."""

    name = "product_statuses"
    primary_keys = ("name",)

    @override
    def rows(self, product: Row) -> Iterator[Row]:
        status = product.get("productStatus") or {}
        yield {name: product.get(name) for name in OF_PRODUCT} | {name: status.get(name) for name in OF_STATUS}


class ProductIssues(ProductList):
    """What is wrong with each product; one that is right has none, and leaves the list."""

    name = "product_issues"
    primary_keys = ("product", "code", "attribute", "reportingContext")

    @override
    def rows(self, product: Row) -> Iterator[Row]:
        found: dict[tuple[str, ...], Row] = {}
        for issue in (product.get("productStatus") or {}).get("itemLevelIssues") or ():
            key = tuple(str(issue.get(name) or "") for name in self.primary_keys[1:])
            own = dict(zip(self.primary_keys, (product["name"], *key), strict=True))
            countries = [*found.get(key, {}).get("applicableCountries", ()), *(issue.get("applicableCountries") or ())]
            said = {name: issue.get(name) for name in OF_ISSUE}
            found[key] = {**own, "offerId": product.get("offerId"), **said, "applicableCountries": sorted({*countries})}
        yield from found.values()
