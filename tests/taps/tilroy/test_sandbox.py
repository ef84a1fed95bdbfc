"""The Tilroy tap against the strict stand-in: the SDK's own promises, and the road to canonical records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from plugins.sandbox.retailer import (
    Address,
    Article,
    EmptyRetailer,
    Shop,
    TillCustomer,
    TillLine,
    TillPoints,
    TillSale,
    TillVoucher,
)
from plugins.sandbox.server import running
from plugins.sandbox.tilroy import Tilroy
from taps.tilroy.tap import TapTilroy

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOME = Address("Kerkstraat", "12", "2000", "Antwerpen", "BE")
ELS = TillCustomer(
    1, "C1", NOW, NOW, first_name="Els", surname="Peeters", email="els.peeters@example.be", card="2055500001",
    newsletter=True, address=HOME, shop_id=87, birth_date=date(1985, 2, 14), points=50,
)  # fmt: skip
SOLD = TillLine(71, 1, 501, 2, 1000, 1250, 2000)
RETURNED = TillLine(72, 1, 501, -1, 1000, 1250, -1000, returns_line=71)
RETAILER = EmptyRetailer(
    anchor=NOW,
    shops=[Shop(87, 101, "Antwerpen", HOME), Shop(90, 900, "Webshop", HOME)],
    articles=[
        Article(501, "SHOE 42", 50, "SHOE", "Schoen", "ACME", "Shoes", 1250, "5400000000017", "42", stock=((87, 3),))
    ],
    till_customers=[
        ELS,
        replace(ELS, id=2, code="C2", email="", card="", merged_into=1, is_active=False),
        replace(ELS, id=3, code="C3", deleted_at=NOW),
    ],
    till_sales=[
        TillSale(7, 87, NOW - timedelta(days=2), NOW, (SOLD,), 1, "2055500001", vouchers=("GIFT1",)),
        TillSale(8, 90, NOW - timedelta(days=1), NOW, (RETURNED,), channel="ECOM", order_number="W8"),
    ],
    till_vouchers=[TillVoucher(31, "GIFT1", "giftvoucher", 1000, 0, date(2026, 1, 1), None, 1, 87)],
    till_points=[TillPoints(41, 1, 50, NOW, 87, 7)],
)
CONFIG: dict[str, Any] = {
    "tenant_key": "sandbox-tenant-key",
    "gateway_key": "sandbox-gateway-key",
    "bearer_token": "sandbox-service-bearer",
    "backoff_seconds": 0.001,
    "max_tries": 2,
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    till = Tilroy(retailer=RETAILER, clock=lambda: NOW)
    with running(till) as url:
        CONFIG["api_url"] = url
        place(till, url)
        till.perform("dispatch_order", number="channable:830011", carrier="BPOST", tracking_code="3232")
        yield url


def place(till: Tilroy, url: str) -> None:
    """Let an order of a marketplace come into the till."""
    way = {"code": "home_delivery", "shopHandling": {"number": 101}, "shopStock": {"number": 101}}
    line = {"qty": 1, "sku": {"tilroyId": "501"}, "collectMethod": way}
    keys = {"Tilroy-Api-Key": till.tenant_key, "x-api-key": till.gateway_key}
    body = {"shop": {"number": 101}, "language": {"code": "NL"}, "products": [line], "orderNumber": "A2K8290LP8",
            "externalReference": "channable:830011"}  # fmt: skip
    requests.post(f"{url}/orderapi/production/orders", json=body, headers=keys, timeout=5).raise_for_status()


WITHOUT_RECORDS = ["promotions"]
StandardSuite = get_tap_test_class(
    TapTilroy,
    config=CONFIG,
    suite_config=SuiteConfig(ignore_no_records_for_streams=WITHOUT_RECORDS),
    parse_env_config=False,
)


@pytest.mark.usefixtures("address")
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog", "ignore:No records were available")
class TestStandard(StandardSuite):  # type: ignore[misc, valid-type]
    """What the SDK asks of every tap."""


def pipe(command: list[str], text: bytes = b"") -> list[dict[str, Any]]:
    done = subprocess.run(command, input=text, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def canonical(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Run tap and mapper as processes, and return the records of each entity."""
    folder = tmp_path_factory.mktemp("pipe")
    (folder / "tap.json").write_text(json.dumps(CONFIG))
    (folder / "mapper.json").write_text(json.dumps({"system": "tilroy"}))
    tap = [sys.executable, str(ROOT / "taps/tilroy/tap.py"), "--config", str(folder / "tap.json")]
    mapper = [sys.executable, str(ROOT / "mappers/canonical/mapper.py"), "--config", str(folder / "mapper.json")]
    lines = b"".join(json.dumps(message).encode() + b"\n" for message in pipe(tap))
    records: dict[str, list[dict[str, Any]]] = {}
    for message in pipe(mapper, lines):
        if message["type"] == "RECORD":
            records.setdefault(message["stream"], []).append(message["record"])
    return records


def test_everything_the_stand_in_says_can_be_read(canonical):
    assert "quarantine" not in canonical
    counts = Counter({entity: len(records) for entity, records in canonical.items()})
    assert counts["order"] == counts["order_line"] == counts["store"] == 2
    assert counts["customer"] == 3
    assert counts["loyalty_movement"] == counts["product"] == counts["stock"] == 1


def test_a_marketplace_s_order_in_the_till_is_no_purchase_and_neither_is_its_receipt(canonical):
    assert {each["source_id"] for each in canonical["order"]} == {"7", "8"}
    counts = {each["stream"]: each for each in canonical["run_stream"]}
    assert (counts["orders"]["read"], counts["orders"]["filtered"]) == (2, 0)
    assert [(each["of_order_id"], each["status"], each["tracking_code"]) for each in canonical["delivery"]] == [
        ("830011", "open", None), ("830011", "shipped", "3232"),
    ]  # fmt: skip
    assert (counts["sales"]["read"], counts["sales"]["filtered"]) == (3, 1)
    assert [each["available_thousandths"] for each in canonical["stock"]] == [2000]


def test_a_return_comes_out_as_a_negative_line_of_its_sale(canonical):
    line = next(each for each in canonical["order_line"] if each["order_id"] == "8")
    assert (line["total_minor"], line["quantity_thousandths"], line["returns_line_id"]) == (-1000, -1000, "71")


def test_the_deleted_and_the_merged_are_told_apart(canonical):
    people = {each["source_id"]: each for each in canonical["customer"]}
    assert people["3"]["is_deleted"]
    assert people["2"]["merged_into"] == "1" and not people["2"]["is_active"]
    assert people["1"]["email"] == "els.peeters@example.be" and people["1"]["birth_date"] == "1985-02-14"


def test_both_polarities_of_consent_are_reported_as_they_stand(canonical):
    said = {each["field"]: each["value"] for each in canonical["consent"] if each["customer_id"] == "1"}
    assert said["doNotEmail"] == "false"
    assert said["bu.doEmail"] == "true"
    assert said["bu.doSms"] == "false"


def test_points_and_redemptions_name_their_customer_and_order(canonical):
    assert canonical["loyalty_balance"][0]["points"] == 50
    assert canonical["loyalty_movement"][0]["order_id"] == "7"
    redemption = next(each for each in canonical["voucher"] if each["kind"] == "redemption")
    assert (redemption["code"], redemption["order_id"], redemption["customer_id"]) == ("GIFT1", "7", "1")
