"""The SDK's own promises, over real HTTP from the sandbox, and the way from there to the store."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, TapTestRunner, get_tap_test_class

from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from taps.google_analytics.tap import TapGoogleAnalytics
from tests.plugins.sandbox.google_analytics.stage import DAY, retailer

ROOT = Path(__file__).parents[3]
CONFIG: dict[str, Any] = {}


def lately() -> EmptyRetailer:
    """Return the small webshop, its visits moved to the last days."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    shop = retailer()
    shop.browse_events = [replace(each, at=each.at + (noon - timedelta(days=7) - DAY)) for each in shop.browse_events]
    return shop


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> Iterator[GoogleAnalytics]:
    """Serve the sandbox, and point the tap at it."""
    vendor = GoogleAnalytics(retailer=lately())
    with running(Sandbox({"google_analytics": vendor})) as base:
        told = vendor.settings(f"{base}/google_analytics")
        CONFIG.update({name.removeprefix("TAP_GOOGLE_ANALYTICS_").lower(): value for name, value in told.items()})
        CONFIG["start_date"] = f"{datetime.now(UTC) - timedelta(days=10):%Y-%m-%d}"
        yield vendor


# the suite asks for the streams before the sandbox is there
CONFIG |= {"property_id": "387654321", "export_url": "/nowhere", "credentials": "{}"}
TestStandard = get_tap_test_class(
    TapGoogleAnalytics, config=CONFIG, suite_config=SuiteConfig(ignore_no_records=True), parse_env_config=False
)


def piped(executable: str, config: dict[str, Any], folder: Path, given: str = "") -> list[dict[str, Any]]:
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    command = [sys.executable, ROOT / executable, "--config", settings]
    done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "BEGIN PRIVATE KEY" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def counts(messages: list[dict[str, Any]]) -> Counter[str]:
    return Counter(each["stream"] for each in messages if each["type"] == "RECORD")


def test_runs_alone_on_a_pipe_and_its_mapping_after_it(tmp_path: Path) -> None:
    read = piped("taps/google_analytics/tap.py", CONFIG, tmp_path)
    assert counts(read) == {"events": 9, "daily_items": 4, "daily_channels": 2}
    given = "".join(f"{json.dumps(each)}\n" for each in read)
    mapping = {"system": "google_analytics", "accounts": "webshop"}
    made = piped("mappers/canonical/mapper.py", mapping, tmp_path, given)
    assert counts(made) | {"run_stream": 0} == {"event": 7, "basket": 4, "run_stream": 0}
    records = [each["record"] for each in made if each["type"] == "RECORD"]
    assert {each["source"] for each in records if "source_id" in each} == {"webshop"}
    states = {each["source_id"]: (each["customer_id"], each["status"]) for each in records if "lines" in each}
    assert sorted(states.values()) == [("1001", "completed"), ("1002", "open")]


def test_reads_the_same_twice() -> None:
    first, second = (TapTestRunner(TapGoogleAnalytics, config=CONFIG, parse_env_config=False) for _ in range(2))
    first.sync_all()
    second.sync_all()
    assert first.records == second.records


def test_goes_on_with_a_new_token_when_the_old_one_is_forgotten(sandbox: GoogleAnalytics) -> None:
    tap = TapTestRunner(TapGoogleAnalytics, config=CONFIG, parse_env_config=False)
    tap.sync_all()
    sandbox.perform("forget_tokens")
    tap.sync_all()
    assert len(tap.records["events"]) == 2 * 9
