"""What Google makes of our products is read whole, over real HTTP from the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, TapTestRunner, get_tap_test_class
from typing_extensions import override

from mappers.canonical.mapper import Mapper
from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.sandbox.retailer import Article, EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from plugins.wire.retry import HopelessError
from taps.google_merchant.tap import TapGoogleMerchant

ROOT = Path(__file__).parents[3]
CONFIG: dict[str, Any] = {
    "client_id": "", "client_secret": "", "refresh_token": "", "account_id": "1", "max_tries": 3,
    "backoff_seconds": 0.0, "page_size": 2,
}  # fmt: skip


def article(number: int) -> Article:
    return Article(
        sku_id=number, sku=f"SKU-{number}", product_id=number, product_code=f"P-{number}", name=f"Trui {number}",
        brand="Merk", category="Truien", price_cents=4995, gtin="4006381333931", picture="https://shop.example/1.jpg",
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[GoogleMerchant]:
    """Serve five products, one of them with two issues, and point the tap at them."""
    retailer = EmptyRetailer(datetime(2026, 3, 1, tzinfo=UTC), articles=[article(number) for number in range(1, 6)])
    vendor = GoogleMerchant(retailer=retailer)
    for attribute in ("image_link", "additional_image_link"):
        vendor.perform("find_issue", offer_id="SKU-4", code="image_link_broken", attribute=attribute)
    with running(Sandbox({"google_merchant": vendor})) as base:
        told = vendor.settings(f"{base}/google_merchant")
        CONFIG.update({name.removeprefix("TAP_GOOGLE_MERCHANT_").lower(): value for name, value in told.items()})
        yield vendor


@pytest.fixture
def vendor(served: GoogleMerchant) -> Iterator[GoogleMerchant]:
    yield served
    served.faults.clear()
    served.days.clear()


TestStandard = get_tap_test_class(
    TapGoogleMerchant, config=CONFIG, suite_config=SuiteConfig(ignore_no_records=True), parse_env_config=False
)


class Run(TapTestRunner):
    """A real run, without a limit."""

    @override
    def run_sync_dry_run(self) -> bool:
        self.new_tap().sync_all()
        return True


def read(**config: Any) -> Run:
    runner = Run(TapGoogleMerchant, config={**CONFIG, **config}, parse_env_config=False)
    runner.sync_all()
    return runner


def test_reads_every_product_once_and_seals_both_lists(vendor: GoogleMerchant) -> None:
    runner = read()
    assert [each["offerId"] for each in runner.records["product_statuses"]] == [f"SKU-{n}" for n in range(1, 6)]
    assert runner.records["product_statuses"][3]["destinationStatuses"][0]["disapprovedCountries"] == ["NL", "BE"]
    sealed = [each["stream"] for each in runner.raw_messages if each["type"] == "ACTIVATE_VERSION"]
    assert sorted(sealed) == ["product_issues", "product_statuses"]


def test_goes_on_past_pages_of_products_without_an_issue(vendor: GoogleMerchant) -> None:
    issues = read().records["product_issues"]
    assert [(each["offerId"], each["code"], each["attribute"]) for each in issues] == [
        ("SKU-4", "image_link_broken", "image_link"),
        ("SKU-4", "image_link_broken", "additional_image_link"),
    ]
    assert issues[0]["applicableCountries"] == ["BE", "NL"]


def test_an_issue_that_is_told_twice_is_one_with_all_its_countries(vendor: GoogleMerchant) -> None:
    issue = {"code": "c", "attribute": "price", "reportingContext": "SHOPPING_ADS", "severity": "DEMOTED"}
    told = [{**issue, "applicableCountries": ["NL"]}, {**issue, "applicableCountries": ["BE"]}]
    product = {"name": "accounts/1/products/nl~NL~1", "productStatus": {"itemLevelIssues": told}}
    vendor.faults.add(match="GET .*/products", status=200, body=json.dumps({"products": [product]}), times=2)
    (one,) = read().records["product_issues"]
    assert (one["applicableCountries"], one["severity"]) == (["BE", "NL"], "DEMOTED")


def test_one_token_serves_all_and_is_renewed_when_it_ends_early(vendor: GoogleMerchant) -> None:
    before = vendor.made_tokens
    read()
    assert vendor.made_tokens == before + 1
    vendor.faults.add(match="GET .*/products", status=401, skip=1, times=1)
    assert len(read().records["product_statuses"]) == 5
    assert vendor.made_tokens == before + 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"refresh_token": "1//other"}, "invalid_grant, the refresh token has ended"),
        ({"client_secret": "other"}, "invalid_client, the client is not known"),
        ({"account_id": "999"}, "HTTP 403, the key is refused or lacks a right"),
    ],
)
def test_stops_at_once_when_the_credentials_are_wrong(vendor: GoogleMerchant, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(HopelessError, match=said) as stopped:
        read(**wrong)
    assert CONFIG["client_secret"] not in str(stopped.value)


def test_stops_when_every_token_is_refused(vendor: GoogleMerchant) -> None:
    vendor.faults.add(match="GET .*/products", status=401, times=9)
    with pytest.raises(HopelessError, match="401"):
        read()


def test_waits_for_a_used_up_minute_and_not_for_a_used_up_day(vendor: GoogleMerchant) -> None:
    vendor.faults.add(match="GET .*/products", status=429, body="{}", times=1)
    assert len(read().records["product_statuses"]) == 5
    vendor.perform("use_up", group="products")
    with pytest.raises(HopelessError, match="run again after noon"):
        read()


def test_what_is_wrong_becomes_an_issue_of_the_item_and_where_it_is_shown_nothing(vendor: GoogleMerchant) -> None:
    mapper = Mapper({"system": "google_merchant", "source": "google_merchant"})
    lines = [line for message in read().raw_messages for line in mapper.line(json.dumps(message).encode())]
    made = [each for each in map(json.loads, lines) if each["type"] == "RECORD" and each["stream"] != "run_stream"]
    assert {each["stream"] for each in made} == {"item_issue"}
    assert {(each["record"]["item_id"], each["record"]["severity"], each["record"]["attribute"]) for each in made} == {
        ("SKU-4", "refused", "image_link"), ("SKU-4", "refused", "additional_image_link")
    }  # fmt: skip


def test_runs_alone_on_a_pipe(vendor: GoogleMerchant, tmp_path: Path) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(CONFIG))
    command = [sys.executable, ROOT / "taps/google_merchant/tap.py", "--config", settings]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    counts = Counter(each["stream"] for each in messages if each["type"] == "RECORD")
    assert counts == {"product_issues": 2, "product_statuses": 5}
    assert not [each for each in (*vendor.tokens, CONFIG["refresh_token"]) if each in done.stderr + done.stdout]
