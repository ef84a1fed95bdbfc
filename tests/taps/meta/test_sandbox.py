"""The SDK's own promises, and whole runs on a pipe, over real HTTP against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from plugins.sandbox.meta import Meta
from plugins.sandbox.server import running
from taps.meta.tap import TapMeta
from tests.plugins.sandbox.meta.stage import BOX, HIDDEN, LEAD, PAGE, Clock, retailer

ROOT = Path(__file__).parents[3]
CONFIG: dict[str, Any] = {
    "page_id": PAGE,
    "access_token": "EAAsandboxsystemusertoken",
    "backoff_seconds": 0.001,
    "max_tries": 2,
}
WITHOUT_RECORDS = ["tagged_posts"]  # nobody posts on a Page in the sandbox


@pytest.fixture(scope="module", autouse=True)
def meta() -> Iterator[Meta]:
    """Serve the Page, and point the tap at it."""
    vendor = Meta(retailer=retailer(), clock=Clock())
    with running(vendor) as url:
        CONFIG.update(api_url=url, app_secret=vendor.app_secret)
        yield vendor


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog", "ignore:No records were available")
class TestStandard(
    get_tap_test_class(
        TapMeta,
        config=CONFIG,
        suite_config=SuiteConfig(ignore_no_records_for_streams=WITHOUT_RECORDS),
        parse_env_config=False,
    )
):  # type: ignore[misc]
    """What the SDK asks of every tap."""


def run(folder: Path, *arguments: str, text: bytes = b"", **config: Any) -> subprocess.CompletedProcess[bytes]:
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    return subprocess.run(
        [sys.executable, *arguments, "--config", str(settings)], input=text, capture_output=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=folder,
    )  # fmt: skip


@pytest.fixture(scope="module")
def canonical(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Run tap and mapper as processes, and return the records of each entity."""
    folder = tmp_path_factory.mktemp("pipe")
    read = run(folder, str(ROOT / "taps/meta/tap.py"), **CONFIG)
    assert read.returncode == 0, read.stderr.decode()[-2000:]
    told = run(folder, str(ROOT / "mappers/canonical/mapper.py"), text=read.stdout, system="meta")
    assert told.returncode == 0, told.stderr.decode()[-2000:]
    records: dict[str, list[dict[str, Any]]] = {}
    for message in map(json.loads, told.stdout.splitlines()):
        if message["type"] == "RECORD":
            records.setdefault(message["stream"], []).append(message["record"])
    return records


def test_everything_the_stand_in_says_can_be_read(canonical: dict[str, list[dict[str, Any]]]) -> None:
    assert "quarantine" not in canonical
    people = {each["source_id"] for each in canonical["customer"]}
    assert people == {"facebook:7000000000000001", "instagram:anna_p", f"lead:{LEAD}", "lead:334456"}
    kinds = Counter((each["kind"], each.get("strength")) for each in canonical["event"])
    assert kinds == {("social_comment", "found"): 2, ("social_comment", None): 1, ("tagged_post", "found"): 1}
    assert [each["source_id"] for each in canonical["event"] if not each.get("strength")] == [f"facebook:{HIDDEN}"]


def test_boxes_come_out_with_the_wording_of_their_form(canonical: dict[str, list[dict[str, Any]]]) -> None:
    said = {each["value"]: each["facts"] for each in canonical["consent"] if each["field"] == f"lead.{BOX}"}
    assert set(said) == {"1", ""}
    assert (said["1"]["text"], said["1"]["form_name"]) == ("Mail mij.", "Spaarpas")


def test_an_expired_token_is_said_in_one_line_and_nothing_else(tmp_path: Path, meta: Meta) -> None:
    meta.perform("expire_token", token="system")
    calls = len(meta.calls)
    ended = run(tmp_path, str(ROOT / "taps/meta/tap.py"), **CONFIG)
    meta.perform("renew_token", token="system")
    said = ended.stderr.decode()
    assert ended.returncode == 1
    assert said.splitlines()[-1] == "tap-meta: code 190/463, the token is refused or lacks a right; make a new one"
    assert not [word for word in ("Traceback", CONFIG["access_token"], CONFIG["app_secret"], "proof") if word in said]
    assert len(meta.calls) == calls + 1
