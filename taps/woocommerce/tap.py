#!/usr/bin/env python3
"""Reads a WooCommerce shop: customers, orders, refunds, products, variations and coupons (REST API wc/v3)."""

from __future__ import annotations

if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import requests
from singer_sdk import Stream, StreamSchema, Tap
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities
from singer_sdk.helpers.types import Context
from singer_sdk.schema.source import SchemaDirectory
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.page import Page
from plugins.wire.stream import RETRY_SETTINGS
from taps.woocommerce.lists import WooCommerceChanges, WooCommerceSnapshot
from taps.woocommerce.pages import Row

SCHEMAS = SchemaDirectory(Path(__file__).parent / "schemas")
SHOP_URL = r"^(https://[^\s?#@/]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$"


class Customers(WooCommerceSnapshot):
    """Accounts; a guest has none and is known from orders only. The shop cannot say who changed."""

    name = "customers"
    reads_one = "id"
    path = "/customers"
    schema = StreamSchema(SCHEMAS)

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params["role"] = self.config.get("customer_role", "customer")
        return request


class Orders(WooCommerceChanges):
    """Orders of customers and guests; trashed ones stay in the list, with that status."""

    name = "orders"
    reads_one = "id"
    path = "/orders"
    replication_key = "date_modified_gmt"
    schema = StreamSchema(SCHEMAS)


class Refunds(WooCommerceChanges):
    """Refunds, which never change once made."""

    name = "refunds"
    path = "/refunds"
    replication_key = "date_created_gmt"
    after = "after"
    orderby = "date"
    schema = StreamSchema(SCHEMAS)


class Products(WooCommerceSnapshot):
    """Products, simple ones and the parents of variations; trashed ones leave the list."""

    name = "products"
    reads_one = "id"
    path = "/products"
    schema = StreamSchema(SCHEMAS)


class VariableProducts(Products):
    """Only the ids of the products that have variations; no stream of the tap."""

    params: ClassVar[dict[str, str]] = {"type": "variable", "_fields": "id"}


class ProductVariations(WooCommerceSnapshot):
    """The sizes and colours of each variable product: one list each."""

    name = "product_variations"
    path = "/products/{product_id}/variations"
    state_partitioning_keys = ()
    schema = StreamSchema(SCHEMAS)

    @cached_property
    def parents(self) -> list[dict[str, Any]]:
        """Return the products to ask for their variations."""
        products = VariableProducts(self._tap)
        found = [{"product_id": row["id"]} for row in products.get_records(None)]
        self.is_torn = products.is_torn
        return found

    @property
    @override
    def partitions(self) -> list[dict[str, Any]]:
        return self.parents

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        if context is None:  # no product has variations
            self._stream_version = None
            return
        yield from super().get_records(context)

    @override
    def validate_response(self, response: requests.Response) -> None:
        if response.status_code != requests.codes.not_found:
            super().validate_response(response)

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        if response.status_code == requests.codes.not_found:  # the product was deleted after it was listed
            return []
        return super().parse_response(response)

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        parent = {"parent_id": context["product_id"]} if context else {}
        return super().post_process({**parent, **row}, context)


class Coupons(WooCommerceSnapshot):
    """Coupons, also those that belong to one address."""

    name = "coupons"
    reads_one = "id"
    path = "/coupons"
    schema = StreamSchema(SCHEMAS)


class TapWooCommerce(Tap):
    """Singer tap for one WooCommerce shop."""

    name = "tap-woocommerce"
    message_writer_class = Page
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "api_url": {
                "type": "string",
                "pattern": SHOP_URL,
                "description": "Address of the shop, https://shop.example; http only for a sandbox on this machine.",
            },
            "consumer_key": {"type": "string", "secret": True, "description": "Key of the REST API, ck_…"},
            "consumer_secret": {"type": "string", "secret": True, "description": "Secret of that key, cs_…"},
            "start_date": {"type": "string", "description": "Orders and refunds from this moment on (ISO 8601)."},
            "page_size": {
                "type": "integer",
                "default": 100,
                "minimum": 2,
                "maximum": 100,
                "description": "Rows in one answer; fewer for a slow shop.",
            },
            "overlap_seconds": {
                "type": "integer",
                "default": 300,
                "minimum": 1,
                "description": "How far each run looks back before the last change it saw.",
            },
            "customer_role": {
                "type": "string",
                "default": "customer",
                "description": "WordPress role that counts as customer; 'all' adds staff and subscribers.",
            },
            "user_agent": {"type": "string", "description": "How the tap introduces itself, for firewalls."},
            **RETRY_SETTINGS,
        },
        "required": ["api_url", "consumer_key", "consumer_secret"],
    }

    @override
    def discover_streams(self) -> list[Stream]:
        kinds = (Customers, Orders, Refunds, Products, ProductVariations, Coupons)
        return [kind(self) for kind in kinds]


if __name__ == "__main__":
    TapWooCommerce.cli()
