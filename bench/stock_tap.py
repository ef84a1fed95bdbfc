#!/usr/bin/env python3
"""A tap as the SDK's template gives it: nothing of ours, and nothing of the SDK's switched off."""

from __future__ import annotations

import sys
from typing import Any

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseAPIPaginator

TEXTS = ("idTilroySaleLine", "idTilroySale", "type", "code", "description", "ean", "colour")
NUMBERS = (
    "sellPrice", "standardPrice", "discount", "vatPercentage", "lineTotalStandard", "lineTotalSell",
    "lineTotalDiscount", "lineTotalVatExcl", "lineTotalVat",
)  # fmt: skip
COUNTS = ("lineNumber", "quantity", "quantityNet", "discountType")


class LastId(BaseAPIPaginator[str]):
    """Walks by the id of the last sale."""

    def has_more(self, response: requests.Response) -> bool:
        return bool(response.json())

    def get_next(self, response: requests.Response) -> str:
        return str(response.json()[-1]["idTilroySale"])


class SaleLines(RESTStream[str]):
    """The lines of all sales."""

    name = "sale_lines"
    path = "/saleapi/production/sales"
    records_jsonpath = "$[*].lines[*]"
    primary_keys = ("idTilroySaleLine",)
    schema = th.PropertiesList(
        *(th.Property(name, th.StringType) for name in TEXTS),
        *(th.Property(name, th.NumberType) for name in NUMBERS),
        *(th.Property(name, th.IntegerType) for name in COUNTS),
        th.Property(
            "sku", th.ObjectType(th.Property("idTilroy", th.StringType), th.Property("idSource", th.StringType))
        ),
    ).to_dict()

    @property
    def url_base(self) -> str:
        return str(self.config["api_url"])

    def get_new_paginator(self) -> LastId:
        return LastId("0")

    def get_url_params(self, _context: Any, next_page_token: str | None) -> dict[str, Any]:
        return {"lastId": next_page_token, "count": 100, "dateFrom": "2000-01-01", "dateTo": "2100-01-01"}


class TapStock(Tap):
    """The stock tap."""

    name = "tap-stock"
    config_jsonschema = th.PropertiesList(th.Property("api_url", th.StringType, required=True)).to_dict()

    def discover_streams(self) -> list[SaleLines]:
        return [SaleLines(self)]


if __name__ == "__main__":
    sys.exit(TapStock.cli())
