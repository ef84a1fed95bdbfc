"""Real baskets of a real retailer: what the store holds equals what the data set says, to the cent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plugins.hub.cli import main
from plugins.sandbox.completejourney import CompleteJourney, facts
from plugins.sandbox.server import running
from plugins.sandbox.tilroy import Tilroy

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
STREAMS = {"customers", "sales", "vouchers", "shops"}


@pytest.fixture(scope="module")
def status(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What `rotonde status --json` says after the whole year went through tap, mapper and target as processes."""
    folder = tmp_path_factory.mktemp("journey")
    environment = {**os.environ, "ROTONDE_DATABASE_URL": f"sqlite:///{folder}/store.db"}
    with running(Tilroy(retailer=CompleteJourney())) as url:
        _read(folder, url, environment)
    runner = CliRunner(
        env={"ROTONDE_DATABASE_URL": f"sqlite:///{folder}/store.db", "ROTONDE_RULES": str(ROOT / "sync_rules")}
    )
    assert runner.invoke(main, ["resolve"]).exit_code == 0
    yield json.loads(runner.invoke(main, ["status", "--json"]).stdout)


def _read(folder: Path, url: str, environment: dict[str, str]) -> None:
    config = _json(folder / "tap.json", {
        "api_url": url, "tenant_key": "sandbox-tenant-key", "gateway_key": "sandbox-gateway-key",
        "bearer_token": "sandbox-service-bearer", "start_date": "2016-01-01T00:00:00Z",
    })  # fmt: skip
    tap = [sys.executable, str(ROOT / "taps/tilroy/tap.py"), "--config", str(config)]
    catalog = json.loads(subprocess.run([*tap, "--discover"], capture_output=True, check=True, env=environment).stdout)
    for stream in catalog["streams"]:
        root = next(each for each in stream["metadata"] if each["breadcrumb"] == [])
        root["metadata"]["selected"] = stream["tap_stream_id"] in STREAMS
    chosen = _json(folder / "catalog.json", catalog)
    mapping = _json(folder / "mapper.json", {"system": "tilroy"})
    stages = (
        [*tap, "--catalog", str(chosen)],
        [sys.executable, str(ROOT / "mappers/canonical/mapper.py"), "--config", str(mapping)],
        [sys.executable, str(ROOT / "targets/hub/target.py")],
    )
    children: list[subprocess.Popen[bytes]] = []
    for stage in stages:
        source = children[-1].stdout if children else subprocess.DEVNULL
        children.append(
            subprocess.Popen(stage, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        )
    children[-1].communicate()
    assert [child.wait() for child in children] == [0, 0, 0]


def _json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.timeout(900)
def test_the_store_equals_the_data_set(status: dict[str, Any]):
    truth = facts()
    assert status["sales"] == {
        "baskets": truth["baskets"],
        "lines": truth["lines"],
        "net_sales_minor": truth["net_sales_cents"],
        "customers": truth["customers"],
        "redemptions": truth["coupon_redemptions"],
    }


@pytest.mark.timeout(900)
def test_nobody_is_pushed_and_everyone_is_explained(status: dict[str, Any]):
    assert status["pushes"] == []
    assert status["reach"] == [{"destination": "mailchimp", "why": "no address", "persons": facts()["customers"]}]


@pytest.mark.timeout(900)
def test_every_record_read_is_accounted_for(status: dict[str, Any]):
    for stream in status["streams"]:
        assert stream["read"] == stream["accepted"] + stream["quarantined"] + stream["filtered"]
    assert status["quarantine"] == []
