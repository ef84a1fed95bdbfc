"""What was sent and what happened outlive a restart; questions are not remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.plugins.sandbox.google_analytics.stage import CHECK, COLLECT, REPORT, Caller, Clock, asked, sale


def seen(caller: Caller) -> list[Any]:
    caller.bearer = ""
    return [caller.rows(), caller.files(), [caller.file(name) for name in caller.files()]]


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "google_analytics.jsonl", Clock()
    first = Caller(clock, memory)
    first.client.post(COLLECT, json=sale())
    clock.forward(minutes=5)
    first.vendor.perform("browse", event="page_view", browser="5.5", account="1003", hours_ago="30")
    first.vendor.perform("browse", event="page_view", browser="", consent="no")
    clock.forward(days=1)
    second = Caller(clock, memory)
    assert seen(second) == seen(first)
    assert second.vendor.collected == first.vendor.collected


def test_rights_stay_as_they_are(tmp_path: Path) -> None:
    memory = tmp_path / "google_analytics.jsonl"
    Caller(memory=memory).vendor.perform("withdraw_access")
    Caller(memory=memory).vendor.perform("disable_api")
    second = Caller(memory=memory)
    assert second.call("POST", REPORT, asked()).status_code == 403
    second.vendor.perform("enable_api")
    assert "permissions" in second.call("POST", REPORT, asked()).get_data(as_text=True)


def test_tokens_and_reports_leave_no_trace(tmp_path: Path) -> None:
    memory = tmp_path / "google_analytics.jsonl"
    caller = Caller(memory=memory)
    caller.report()
    caller.client.post(CHECK, json=sale())
    assert not memory.exists()
    caller.client.post(COLLECT, json=sale())
    assert [json.loads(line)["path"] for line in memory.read_text().splitlines()] == ["/mp/collect"]
