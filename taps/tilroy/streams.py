"""What we read of Tilroy, a class for each stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec
import requests
from singer_sdk import Stream, StreamSchema
from singer_sdk.helpers.types import Context
from singer_sdk.pagination import SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import TransientError
from taps.tilroy.orders import Orders
from taps.tilroy.people import NamesPeople, OfOnePerson
from taps.tilroy.rest import SCHEMAS, ChangesSince, Cursor, Row, Snapshot, TilroyStream

PRODUCTS_A_PAGE = 1000
SKUS_A_CALL = 150
WEEK = timedelta(days=7)
REMARKS = ("comments", "commentsPopup")
"""What clerks write of people: it stays where they wrote it."""


class Shops(Snapshot):
    """All shops and webshops."""

    name = "shops"
    path = "/shopapi/production/shops"
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)

    @cached_property
    def countries(self) -> dict[str, Any]:
        """The country of every shop by its id, as Tilroy says it; asked for when somebody first needs it."""
        return {id_of(shop): shop.get("country") for shop in self.request_records(None)}


class Customers(NamesPeople[int], ChangesSince):
    """Customers of all shops, with what the till holds of their consent."""

    name = "customers"
    path = "/customerapi/production/export/customers"
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)
    needs_bearer = True

    @override
    def person_of(self, record: Row) -> Any:
        return record.get("tilroyId")

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row:
        """Leave remarks out; add the country of the shop, by which a national phone number is read."""
        for name in REMARKS:
            row.pop(name, None)
        for shop in shops_of(row):
            shops = self._tap.streams["shops"]
            assert isinstance(shops, Shops)
            shop["country"] = shops.countries.get(id_of(shop))
        return super().post_process(row, context)


def id_of(record: Row) -> str:
    """Return the Tilroy id, which is a text, a whole number or `87.0`."""
    return str(record.get("tilroyId")).removesuffix(".0")


def shops_of(customer: Row) -> list[Row]:
    """Return the shops where a customer was made, of all business units."""
    units = customer.get("bu")
    holders = (each for each in (customer, *(units if isinstance(units, list) else ())) if isinstance(each, dict))
    shops = (each.get("shopCreated") for each in holders)
    return [shop for shop in shops if isinstance(shop, dict) and shop.get("tilroyId")]


class DeletedCustomers(ChangesSince):
    """Customers that were deleted; nothing else tells of them."""

    name = "deleted_customers"
    path = "/customerapi/production/export/deletedCustomers"
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)
    needs_bearer = True


class Products(TilroyStream[int]):
    """The whole catalogue: products with their colours and skus."""

    name = "products"
    path = "/product-bulk/production/products"
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.skus: list[str] = []

    @property
    @override
    def page_size(self) -> int:
        return PRODUCTS_A_PAGE

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        self.skus.clear()
        for product in super().get_records(context):
            self.skus.extend(skus_of(product))
            yield product


def skus_of(product: Row) -> Iterator[str]:
    """Give the Tilroy ids of a product's skus."""
    for colour in product.get("colours") or ():
        for sku in colour.get("skus") or ():
            if sku.get("tilroyId"):
                yield str(sku["tilroyId"]).removesuffix(".0")


class Stock(TilroyStream[int]):
    """Stock of every sku in every shop; Tilroy tells it only for skus that are named."""

    name = "stock"
    path = "/stockapi/production/stock"
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)
    named = ""

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params["skuTilroyId"] = self.named
        request.safe_query_chars = ","
        return request

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        skus = self._skus()
        while batch := list(islice(skus, SKUS_A_CALL)):
            self.named = ",".join(batch)
            yield from self.request_records(None)

    def _skus(self) -> Iterator[str]:
        products = self._tap.streams["products"]
        assert isinstance(products, Products)
        if products.skus:
            return iter(products.skus)
        return (sku for product in products.request_records(None) for sku in skus_of(product))


class PriceRules(ChangesSince):
    """Prices of a sku in a shop, by the day they were changed."""

    name = "price_rules"
    path = "/priceapi/production/price/rules"
    primary_keys = ("tilroyId",)
    replication_key = "dateModified"
    filter_name = "dateModified"
    schema = StreamSchema(SCHEMAS)
    is_empty_when_absent = True


class Sales(NamesPeople[str]):
    """Receipts of tills and webshops, walked by id within a range of days."""

    name = "sales"
    path = "/saleapi/production/sales"
    primary_keys = ("idTilroySale",)
    replication_key = "saleDate"
    schema = StreamSchema(SCHEMAS)
    last_id = "0"
    days: tuple[date, date]

    @override
    def get_new_paginator(self) -> Cursor:
        return Cursor(lambda: self.last_id)

    @override
    def get_http_request(self, *, page: PageContext[str]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        first, last = (each.isoformat() for each in self.days)
        request.params = {"lastId": page.next_page_token, "count": self.page_size, "dateFrom": first, "dateTo": last}
        return request

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        for sale in super().parse_response(response):
            self.last_id = str(sale["idTilroySale"]).removesuffix(".0")
            yield sale

    @override
    def request_records(self, context: Context | None) -> Iterable[Row]:
        """Read the days since the bookmark at once, and by the week when the gateway's time does not suffice."""
        first, last = self.since(context, self.config["lookback_days"]).date(), datetime.now(UTC).date() + WEEK
        try:
            yield from self._read(first, last)
        except TransientError:
            while first <= last:
                yield from self._read(first, min(first + WEEK, last))
                first += WEEK + timedelta(days=1)

    def _read(self, first: date, last: date) -> Iterable[Row]:
        self.days = (first, last)
        yield from super().request_records(None)

    @override
    def person_of(self, record: Row) -> Any:
        bookmark = self.get_starting_replication_key_value(None) or ""
        is_new = str(record.get("saleDate") or "") >= bookmark
        return (record.get("customer") or {}).get("idTilroy") if is_new else None


class Vouchers(OfOnePerson):
    """Vouchers of the customers of this run."""

    name = "vouchers"
    path = "/voucherapi/production/v2/vouchers"
    parent_stream_type = Customers
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)


class LoyaltyBalance(OfOnePerson):
    """Points and their worth, of the customers of this run."""

    name = "loyalty_balance"
    path = "/voucherapi/production/loyalty/balance"
    parent_stream_type = Customers
    primary_keys = ("customerId",)
    schema = StreamSchema(SCHEMAS)
    opens_with = b"{"

    @override
    def get_new_paginator(self) -> SinglePagePaginator:
        return SinglePagePaginator()

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        if response.ok:
            yield msgspec.json.decode(response.content)


class LoyaltyPoints(OfOnePerson):
    """Points earned and spent, by the customers of this run."""

    name = "loyalty_points"
    path = "/voucherapi/production/v2/loyalty/points"
    parent_stream_type = Customers
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)


class Promotions(ChangesSince):
    """Names and days of promotions; Tilroy exports nothing else of them."""

    name = "promotions"
    path = "/promotionapi/production/export/promotions"
    primary_keys = ("tilroyId",)
    schema = StreamSchema(SCHEMAS)


STREAMS: tuple[type[Stream], ...] = (
    Shops, Customers, DeletedCustomers, Products, Stock, PriceRules, Sales, Orders, Promotions,
)  # fmt: skip
LOYALTY: tuple[type[Stream], ...] = (Vouchers, LoyaltyBalance, LoyaltyPoints)
