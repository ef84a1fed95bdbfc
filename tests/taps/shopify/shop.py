"""A shop of any size served over HTTP, a clock that stands still, and a tap that is run on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from singer_sdk.testing import TapTestRunner
from typing_extensions import override

from plugins.sandbox.retailer import EmptyRetailer, StorefrontCustomer, StorefrontOrder, WebLine, WebRefund
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.shopify import Shopify
from taps.shopify.tap import TapShopify
from tests.plugins.sandbox.shopify.stage import START, Clock, retailer

TOKEN = "shpat_" + "5a" * 16
PLENTY = 10**7


def customers(count: int) -> tuple[StorefrontCustomer, ...]:
    """Return customers of whom each next one changed a minute later."""
    changed = (START - timedelta(minutes=count - number) for number in range(count))
    return tuple(
        StorefrontCustomer(9000 + number, START - timedelta(days=90), at, "An", f"No{number}", f"{number}@example.be")
        for number, at in enumerate(changed)
    )


def orders(count: int, lines: int = 1, refunds: int = 0, back: int = 1) -> tuple[StorefrontOrder, ...]:
    """Return orders of so many lines, placed an hour apart; of each first `back` lines went back, so many times."""
    return tuple(_order(number, lines, refunds, back) for number in range(count))


def _order(number: int, lines: int, refunds: int, back: int) -> StorefrontOrder:
    at = START - timedelta(hours=100 - number)
    bought = tuple(WebLine(100_000 * (number + 1) + each, 200001, 5, 10000, 50000) for each in range(lines))
    returned = tuple(
        WebRefund(6000 + 10 * number + n, START, 10000 * back, "", tuple((line.id, 1, 10000) for line in bought[:back]))
        for n in range(refunds)
    )
    return StorefrontOrder(5100 + number, 1100 + number, 7001, at, at, "paid", bought, refunds=returned)


class Shop:
    """A stand-in with plenty of points, its tap's settings, and what was asked of it."""

    def __init__(self, kept: EmptyRetailer, **options: Any) -> None:
        self.clock = Clock()
        self.vendor: Any = options.pop("kind", Shopify)(clock=self.clock, retailer=kept, **options)
        self.vendor.bucket.size = PLENTY
        self.config: dict[str, Any] = {
            "shop": "example.myshopify.com",
            "access_token": TOKEN,
            "poll_seconds": 0,
            "max_tries": 2,
            "backoff_seconds": 0.001,
        }

    @property
    def documents(self) -> list[str]:
        """Return what was asked, document by document."""
        return [json.loads(call.body)["query"] for call in self.vendor.calls if call.method == "POST"]

    @property
    def variables(self) -> list[dict[str, Any]]:
        """Return what was asked for in each document."""
        return [json.loads(call.body).get("variables") or {} for call in self.vendor.calls if call.method == "POST"]

    def read(self, *streams: str, state: dict[str, Any] | None = None, **config: Any) -> Run:
        """Run the tap for some streams."""
        given = self.config | config
        catalog = TapShopify(config=given).catalog_dict
        for entry in catalog["streams"]:
            root = next(each for each in entry["metadata"] if not each["breadcrumb"])
            root["metadata"]["selected"] = entry["stream"] in streams
        runner = Run(TapShopify, config=given, catalog=catalog, state=state)
        runner.sync_all()
        return runner


class Run(TapTestRunner):
    """A real run: of the selected streams, without a limit."""

    @override
    def run_sync_dry_run(self) -> bool:
        self.new_tap().sync_all()
        return True

    def numbers(self, stream: str) -> list[int]:
        """Return the numbers of the records of a stream."""
        return [int(row["id"].rpartition("/")[2]) for row in self.records[stream]]

    @property
    def seals(self) -> list[str]:
        """Return the streams that were sealed."""
        return [each["stream"] for each in self.raw_messages if each["type"] == "ACTIVATE_VERSION"]

    def bookmark(self, stream: str) -> str | None:
        """Return up to when a stream was read."""
        said: str | None = self.state_messages[-1]["value"]["bookmarks"][stream].get("replication_key_value")
        return said


def bookmark(stream: str, at: str) -> dict[str, Any]:
    """Return the state of a run that came so far."""
    return {"bookmarks": {stream: {"replication_key": "updatedAt", "replication_key_value": at}}}


@contextmanager
def open_shop(**options: Any) -> Iterator[Shop]:
    """Serve a shop with these customers, orders and so on instead of the stage's."""
    named = {name: options.pop(name) for name in list(options) if hasattr(EmptyRetailer, name) or "storefront" in name}
    shop = Shop(replace(retailer(), **named), **options)
    with running(Sandbox({"shopify": shop.vendor})) as url:
        shop.config["api_url"] = f"{url}/shopify"
        yield shop
