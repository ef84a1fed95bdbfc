"""Writes and happenings outlive a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.plugins.sandbox.mailchimp.stage import ADA, ELS, JAN, LIST, TOM, Caller, Clock, member_path

NEW = "new@example.com"


def everybody(caller: Caller) -> list[Any]:
    pages = [caller.get(f"{LIST}/members?count=1000{more}") for more in ("", "&status=archived")]
    return [member for page in pages for member in page["members"]]


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "mailchimp.jsonl", Clock()
    first = Caller(clock, memory)
    first.put(NEW, merge_fields={"FNAME": "Noor"})
    clock.forward(minutes=3)
    first.vendor.perform("unsubscribe", email=ELS, reason="Too often")
    first.bulk({"email_address": ADA, "status": "subscribed", "tags": ["loyal"]}, update_existing=True)
    first.call("DELETE", member_path(JAN))
    first.call("POST", f"{member_path(TOM)}/actions/delete-permanent")
    body = json.dumps({"email_address": ADA, "status_if_new": "pending", "language": "fr"})
    operation = {"method": "PUT", "path": member_path(ADA).removeprefix("/3.0"), "body": body}
    first.call("POST", "/3.0/batches", {"operations": [operation]})
    clock.forward(minutes=5)
    assert first.member(ADA)["language"] == "fr"

    second = Caller(clock, memory)
    assert everybody(second) == everybody(first)
    assert second.vendor.operations == first.vendor.operations
    assert second.get(f"{LIST}/segments") == first.get(f"{LIST}/segments")
    assert second.put(TOM).status_code == 400
    assert second.put(ELS, status="subscribed").status_code == 400


def test_a_batch_that_was_not_run_yet_runs_after_the_restart(tmp_path: Path) -> None:
    memory, clock = tmp_path / "mailchimp.jsonl", Clock()
    body = json.dumps({"email_address": NEW, "status_if_new": "pending"})
    operation = {"method": "PUT", "path": member_path(NEW).removeprefix("/3.0"), "body": body}
    Caller(clock, memory).call("POST", "/3.0/batches", {"operations": [operation]})
    clock.forward(minutes=5)
    assert Caller(clock, memory).member(NEW)["status"] == "pending"
