"""The SDK's own promises, and whole runs alone on a pipe, over real HTTP against the fiction's second webshop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from mappers.canonical.reading import Reading
from mappers.canonical.shopify import STREAMS
from plugins.sandbox.fiction import Fiction
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.shopify import Shopify
from plugins.store.entities import Basket, Consent, Customer, Order, OrderLine, Product, Record, Stock, Store, Voucher
from taps.shopify.tap import TapShopify
from tests.making import checked

ROOT = Path(__file__).parents[3]
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
CONFIG: dict[str, Any] = {"shop": "example.myshopify.com", "access_token": "shpat_" + "5a" * 16, "max_tries": 2}
SPARSE = pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records")


@pytest.fixture(scope="module")
def fiction() -> Fiction:
    return Fiction(seed=5, people=900, anchor=TODAY)


@pytest.fixture(scope="module", autouse=True)
def shopify(fiction: Fiction) -> Iterator[Shopify]:
    """Serve the shop, and point the tap at it."""
    shop = Shopify(retailer=fiction)
    shop.bucket.size = 10**7
    with running(Sandbox({"shopify": shop})) as base:
        CONFIG["api_url"] = f"{base}/shopify"
        CONFIG["poll_seconds"] = 0
        yield shop


@SPARSE
class TestStandard(
    get_tap_test_class(TapShopify, config=CONFIG, suite_config=SuiteConfig(max_records_limit=5), parse_env_config=False)
):  # type: ignore[misc]
    """What the SDK asks of every tap."""


def run_alone(folder: Path, state: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the messages that the executable prints."""
    settings, bookmarks = folder / "config.json", folder / "state.json"
    settings.write_text(json.dumps(CONFIG))
    bookmarks.write_text(json.dumps(state or {}))
    tap = [str(ROOT / "taps/shopify/tap.py"), "--config", str(settings), "--state", str(bookmarks)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(tap, capture_output=True, text=True, cwd=folder, timeout=60, env={**os.environ, "PATH": path})
    assert done.returncode == 0, done.stderr
    assert CONFIG["access_token"] not in done.stdout + done.stderr
    assert "@" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a first run says."""
    return run_alone(tmp_path_factory.mktemp("first"))


def canonical(messages: list[dict[str, Any]]) -> list[Record]:
    return checked(
        made
        for each in messages
        if each["type"] == "RECORD"
        for made in STREAMS[each["stream"]].read(each["record"], Reading("shopify", each["stream"], TODAY, "BE"))
    )


@pytest.fixture(scope="module")
def records(messages: list[dict[str, Any]]) -> list[Record]:
    return canonical(messages)


def test_reads_the_whole_shop_alone_on_a_pipe(messages: list[dict[str, Any]], fiction: Fiction) -> None:
    counts = Counter(each["stream"] for each in messages if each["type"] == "RECORD")
    assert counts["customers"] == len(fiction.storefront_customers) > 50
    assert counts["orders"] == len(fiction.storefront_orders) > 50
    assert counts["abandoned_checkouts"] == len(fiction.storefront_checkouts) > 5
    assert counts["refunds"] == sum(1 for each in fiction.storefront_orders if each.refunds) > 3
    assert counts["product_variants"] == counts["inventory_levels"] == sum(each.is_online for each in fiction.articles)
    sealed = {each["stream"] for each in messages if each["type"] == "ACTIVATE_VERSION"}
    assert sealed == {"products", "product_variants", "inventory_levels", "locations", "discounts"}


def test_a_second_run_reads_only_what_changed(
    messages: list[dict[str, Any]], tmp_path: Path, shopify: Shopify, fiction: Fiction
) -> None:
    state = [each["value"] for each in messages if each["type"] == "STATE"][-1]
    email = fiction.storefront_customers[0].email
    article = next(each for each in fiction.articles if each.is_online)
    shopify.perform("order", email=email, sku=article.sku)
    shopify.perform("unsubscribe", email=fiction.storefront_customers[1].email)
    second = run_alone(tmp_path, state)
    counts = Counter(each["stream"] for each in second if each["type"] == "RECORD")
    assert (counts["customers"], counts["orders"]) == (2, 1)
    said = {each.field: each.value for each in canonical(second)
            if isinstance(each, Consent) and each.customer_id == str(fiction.storefront_customers[1].id)}  # fmt: skip
    assert said["defaultEmailAddress.marketingState"] == "UNSUBSCRIBED"
    assert said["holds.email"] == "no"


def test_the_money_of_the_shop_is_the_money_of_the_hub(records: list[Record], fiction: Fiction) -> None:
    orders = {each.source_id: each for each in records if isinstance(each, Order)}
    lines = [each for each in records if isinstance(each, OrderLine)]
    for told in fiction.storefront_orders:
        order = orders[str(told.id)]
        mine = [each for each in lines if each.order_id == order.source_id]
        bought = sum(each.total_minor for each in mine if not each.returns_order_id)
        assert order.total_minor == bought + (order.shipping_minor or 0)
        assert order.total_minor == sum(line.total_cents for line in told.lines) + told.shipping_cents
        back = sum(each.total_minor for each in mine if each.returns_order_id)
        assert -back == sum(refund.amount_cents for refund in told.refunds)
        assert order.is_paid is (told.status == "paid")
        assert order.channel == ("store" if told.shop_id else "web")


def test_every_returned_line_names_a_line_that_was_bought(records: list[Record]) -> None:
    lines = [each for each in records if isinstance(each, OrderLine)]
    bought = {(each.order_id, each.source_id) for each in lines if not each.returns_order_id}
    returned = [(each.order_id, each.returns_line_id) for each in lines if each.returns_line_id]
    assert len(returned) > 3
    assert set(returned) <= bought


def test_everybody_who_ordered_or_left_a_basket_is_known(records: list[Record], shopify: Shopify) -> None:
    people = {each.source_id for each in records if isinstance(each, Customer)}
    assert people <= shopify.truth().keys()
    pointing = [each for each in records if isinstance(each, Order | Basket)]
    assert {each.customer_id for each in pointing} <= people


def test_all_that_is_sold_is_a_product_and_lies_in_a_shop_that_is_known(records: list[Record]) -> None:
    products = {each.source_id for each in records if isinstance(each, Product)}
    stores = {each.source_id for each in records if isinstance(each, Store)}
    stock = [each for each in records if isinstance(each, Stock)]
    assert {each.product_id for each in stock} <= products
    assert {each.store_id for each in stock} == stores
    assert {each.product_id for each in records if isinstance(each, OrderLine) and each.product_id} <= products
    assert {each.parent_id for each in records if isinstance(each, Product) and each.parent_id} <= products


def test_what_codes_took_off_is_told(records: list[Record], fiction: Fiction) -> None:
    used = [each for each in records if isinstance(each, Voucher) and each.kind == "redemption"]
    assert len(used) == sum(len(each.coupon_codes) for each in fiction.storefront_orders) > 0
    codes = {each.code for each in records if isinstance(each, Voucher) and each.kind != "redemption"}
    assert {each.code for each in used} <= codes
