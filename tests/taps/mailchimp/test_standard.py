"""The SDK's own promises, over real HTTP from the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from singer_sdk.testing import SuiteConfig, TapTestRunner, get_tap_test_class

from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.retailer import Activity, Campaign, Contact, EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from taps.mailchimp.tap import TapMailchimp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY, LIST = "sandbox0sandbox0sandbox0sandbox0-us6", "57afe96172"
ROOT = Path(__file__).parents[3]


def retailer() -> EmptyRetailer:
    """Return a retailer with five contacts and a campaign."""
    statuses = ("subscribed", "unsubscribed", "cleaned", "transactional", "archived")
    contacts = [
        Contact(
            f"{status}@example.org",
            status,
            NOON + timedelta(seconds=n),
            first_name="Els",
            opted_in_at=NOON if n == 0 else None,
            tags=("vip",),
            merge_fields=(("CUSTNR", f"C-{n}"),),
            permissions=(("Email", n == 0),),
        )
        for n, status in enumerate(statuses)
    ]
    activities = [
        Activity("c1", "subscribed@example.org", "open", NOON + timedelta(hours=1)),
        Activity("c1", "subscribed@example.org", "click", NOON + timedelta(hours=2), url="https://shop.example/"),
        Activity("c1", "unsubscribed@example.org", "unsubscribe", NOON + timedelta(hours=3)),
    ]
    campaigns = [Campaign("c1", "Spring", NOON)]
    return EmptyRetailer(NOON + timedelta(days=1), contacts=contacts, campaigns=campaigns, activities=activities)


CONFIG = {"api_key": KEY, "list_id": LIST, "api_url": ""}


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> Iterator[dict[str, str]]:
    """Serve the sandbox, and point the tap at it."""
    with running(Sandbox({"mailchimp": Mailchimp(retailer=retailer())})) as base:
        CONFIG["api_url"] = f"{base}/mailchimp/3.0"
        yield CONFIG


TestStandard = get_tap_test_class(
    TapMailchimp, config=CONFIG, suite_config=SuiteConfig(ignore_no_records=True), parse_env_config=False
)


def test_runs_alone_on_a_pipe(sandbox: dict[str, str], tmp_path: Path) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(sandbox))
    command = [sys.executable, ROOT / "taps/mailchimp/tap.py", "--config", settings]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    counts = Counter(each["stream"] for each in messages if each["type"] == "RECORD")
    assert counts == {
        "archived_members": 1, "campaigns": 1, "email_activity": 2, "members": 4, "segments": 1, "unsubscribes": 1,
    }  # fmt: skip
    assert "@" not in done.stderr


def test_reads_the_same_twice(sandbox: dict[str, str]) -> None:
    first, second = (TapTestRunner(TapMailchimp, config=sandbox, parse_env_config=False) for _ in range(2))
    first.sync_all()
    second.sync_all()
    assert first.records == second.records
