"""The SDK's own promises, and whole runs, over real HTTP against the sandbox's shop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from mappers.canonical.reading import Reading
from mappers.canonical.woocommerce import STREAMS
from plugins.sandbox.retailer import (
    Address,
    Article,
    EmptyRetailer,
    WebAccount,
    WebCoupon,
    WebLine,
    WebOrder,
    WebRefund,
)
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.woocommerce import WooCommerce
from plugins.store.entities import Consent, Customer, Order, OrderLine, Record
from taps.woocommerce.tap import TapWooCommerce
from tests.making import checked

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
KEY, SECRET = "ck_" + "a" * 40, "cs_" + "b" * 40
HOME = Address("Lindelaan", "12", "2611AB", "Delft", "NL")
CONFIG: dict[str, Any] = {
    "api_url": "http://127.0.0.1",
    "consumer_key": KEY,
    "consumer_secret": SECRET,
    "page_size": 2,
    "max_tries": 1,
}
SPARSE = pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records")


def article(number: int, product: int, **more: Any) -> Article:
    return Article(
        number, f"S-{number}", product, f"P-{product}", "Trui", "Wolmakers", "Truien", 5900, stock=((901, 3),), **more
    )


def web_order(number: int, account: int, **more: Any) -> WebOrder:
    lines = (WebLine(number * 10, 1, 1, 6995, 6995), WebLine(number * 10 + 1, 2, 2, 5900, 11800))
    at = NOON + timedelta(hours=number)
    names = {"status": "completed", "email": f"k{number}@example.nl", "first_name": "Noor", "last_name": "Vos"}
    return WebOrder(number, account, at, at, address=HOME, lines=lines, shipping_cents=495, **(names | more))


def retailer() -> EmptyRetailer:
    """Return a webshop with three accounts, five orders of which two by guests, a refund and a coupon."""
    consent = (("newsletter_opt_in", "yes"), ("newsletter_opt_in_at", "2026-02-01T10:00:00+01:00"))
    accounts = [
        WebAccount(n, f"k{n}@example.nl", NOON, NOON, "Noor", "Vos", phone="0612345678", address=HOME, meta=consent)
        for n in (2, 3, 4)
    ]
    refund = WebRefund(900, NOON + timedelta(days=2), 6995, "te klein", ((1010, 1, 6995),))
    orders = [web_order(101, 2, refunds=(refund,)), *(web_order(100 + n, 0 if n > 3 else n) for n in (2, 3, 4, 5))]
    articles = [article(1, 10), article(2, 11, size="S"), article(3, 11, size="M"), article(4, 12, promo_cents=4900)]
    coupons = [WebCoupon(700, "WELKOM10", "percent", "10.00", NOON, NOON, expires_on=date(2027, 1, 31))]
    return EmptyRetailer(
        NOON + timedelta(days=30), articles=articles, web_accounts=accounts, web_orders=orders, web_coupons=coupons
    )


@pytest.fixture(scope="module", autouse=True)
def woocommerce() -> Iterator[WooCommerce]:
    """Serve the shop, and point the tap at it."""
    shop = WooCommerce(retailer=retailer(), consumer_key=KEY, consumer_secret=SECRET)
    with running(Sandbox({"woocommerce": shop})) as base:
        CONFIG["api_url"] = f"{base}/woocommerce"
        yield shop


@SPARSE
class TestStandard(
    get_tap_test_class(
        TapWooCommerce, config=CONFIG, suite_config=SuiteConfig(max_records_limit=5), parse_env_config=False
    )
):  # type: ignore[misc]
    """What the SDK asks of every tap."""


def run_alone(folder: Path, state: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the messages that the executable prints."""
    settings, bookmarks = folder / "config.json", folder / "state.json"
    settings.write_text(json.dumps(CONFIG))
    bookmarks.write_text(json.dumps(state or {}))
    tap = [str(ROOT / "taps/woocommerce/tap.py"), "--config", str(settings), "--state", str(bookmarks)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(tap, capture_output=True, text=True, cwd=folder, timeout=60, env={**os.environ, "PATH": path})
    assert done.returncode == 0, done.stderr
    assert not any(private in done.stdout + done.stderr for private in (KEY, SECRET))
    assert "@" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def canonical(messages: list[dict[str, Any]]) -> list[Record]:
    return checked(
        made
        for each in messages
        if each["type"] == "RECORD"
        for made in STREAMS[each["stream"]].read(each["record"], Reading("woocommerce", each["stream"], NOON))
    )


def test_reads_the_whole_shop_alone_on_a_pipe(tmp_path: Path) -> None:
    messages = run_alone(tmp_path)
    counts = Counter(each["stream"] for each in messages if each["type"] == "RECORD")
    assert counts == {
        "customers": 3, "orders": 5, "refunds": 1, "products": 3, "product_variations": 2, "coupons": 1,
    }  # fmt: skip
    sealed = {each["stream"] for each in messages if each["type"] == "ACTIVATE_VERSION"}
    assert sealed == {"customers", "products", "product_variations", "coupons"}


def test_a_second_run_reads_only_what_changed(tmp_path: Path, woocommerce: WooCommerce) -> None:
    first = run_alone(tmp_path)
    state = [each["value"] for each in first if each["type"] == "STATE"][-1]
    woocommerce.perform("trash_order", order_id="103")
    second = run_alone(tmp_path, state)
    orders = [each["record"] for each in second if each["type"] == "RECORD" and each["stream"] == "orders"]
    assert [(order["id"], order["status"]) for order in orders] == [(105, "completed"), (103, "trash")]


def test_the_money_of_the_shop_is_the_money_of_the_hub(tmp_path: Path) -> None:
    records = canonical(run_alone(tmp_path))
    orders = [each for each in records if isinstance(each, Order)]
    lines = [each for each in records if isinstance(each, OrderLine)]
    for order in orders:
        bought = sum(
            each.total_minor for each in lines if each.order_id == order.source_id and not each.returns_order_id
        )
        assert order.total_minor == bought + (order.shipping_minor or 0) == 6995 + 11800 + 495
    (returned,) = [each for each in lines if each.returns_order_id]
    assert (returned.total_minor, returned.returns_line_id, returned.order_id) == (-6995, "1010", "101")
    assert {each.tax_basis_points for each in lines} == {2100}


def test_everybody_who_ordered_is_known(tmp_path: Path) -> None:
    records = canonical(run_alone(tmp_path))
    people = {each.source_id for each in records if isinstance(each, Customer)}
    assert people == {"2", "3", "4", "guest:104", "guest:105"}
    assert {each.customer_id for each in records if isinstance(each, Order)} <= people
    assert {(each.value, each.facts["newsletter_opt_in_at"]) for each in records if isinstance(each, Consent)} == {
        ("yes", "2026-02-01T10:00:00+01:00")
    }
