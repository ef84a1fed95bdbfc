"""The SDK's own promises, over real HTTP from the sandbox, and whole runs on a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from plugins.sandbox.server import Sandbox, running
from taps.channable.tap import TapChannable
from tests.plugins.sandbox.channable.stage import BACK, Caller

ROOT = Path(__file__).parents[3]
CONFIG: dict[str, Any] = {"token": "sandbox-channable-token", "company_id": 4120, "project_id": 53000, "max_tries": 1}


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> Iterator[dict[str, Any]]:
    """Serve the sandbox, and point the tap at it."""
    vendor = Caller().vendor
    vendor.perform("settle_return", number=str(BACK), status="accepted")
    with running(Sandbox({"channable": vendor})) as base:
        CONFIG["api_url"] = f"{base}/channable"
        yield CONFIG


TestStandard = pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records")(
    get_tap_test_class(TapChannable, config=CONFIG, suite_config=SuiteConfig(), parse_env_config=False)
)


def test_runs_alone_on_a_pipe_and_says_nothing_of_anybody(sandbox: dict[str, Any], tmp_path: Path) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(sandbox))
    command = [sys.executable, ROOT / "taps/channable/tap.py", "--config", settings]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert Counter(each["stream"] for each in messages if each["type"] == "RECORD") == {"orders": 4, "returns": 1}
    assert all(word not in done.stderr for word in ("@", "Maes", str(sandbox["token"])))


def test_never_lets_out_what_is_of_no_use_here(sandbox: dict[str, Any], tmp_path: Path) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(sandbox))
    command = [sys.executable, ROOT / "taps/channable/tap.py", "--config", settings]
    told = [json.loads(line) for line in subprocess.run(command, capture_output=True, timeout=60).stdout.splitlines()]
    text = json.dumps([each["record"] for each in told if each["type"] == "RECORD"])
    left_out = ("attachments", "vat_number", "payment_details_iban", "gift_message", "memo", "customer_channel_id")
    assert [name for name in left_out if f'"{name}"' in text] == []
    back = next(each["record"]["data"] for each in told if each.get("stream") == "returns" and "record" in each)
    assert set(back) == {"item", "meta"}
    assert "comment" not in back["item"]
