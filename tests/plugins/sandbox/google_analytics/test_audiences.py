"""Snapshots of audiences: made in a while, read in pages, gone after three days."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.sandbox.google_analytics.stage import ANN, BEN, PROPERTY, Caller, Clock

EXPORTS = f"/v1beta/properties/{PROPERTY}/audienceExports"


def wanted(number: int = 1, *names: str) -> dict[str, Any]:
    """Return the body that asks for a snapshot."""
    listed = [{"dimensionName": each} for each in names or ("deviceId", "userId")]
    return {"audience": f"properties/{PROPERTY}/audiences/{number}", "dimensions": listed}


def made(caller: Caller, number: int = 1, *names: str) -> str:
    """Return the path of a snapshot that is ready."""
    answer = caller.call("POST", EXPORTS, wanted(number, *names)).json or {}
    caller.clock.forward(seconds=30)
    return f"/v1beta/{answer['name']}"


def rows(caller: Caller, path: str, **body: str) -> list[list[str]]:
    """Return who is in a snapshot."""
    answer = caller.call("POST", f"{path}:query", body).json or {}
    return [[each["value"] for each in row["dimensionValues"]] for row in answer.get("audienceRows", [])]


def test_takes_its_time(caller: Caller) -> None:
    answer = caller.call("POST", EXPORTS, wanted()).json or {}
    path = f"/v1beta/{answer['name']}"
    assert answer["done"] is False
    told = caller.call("GET", path).json or {}
    assert (told["state"], told["percentageCompleted"], "rowCount" in told) == ("CREATING", 30.0, False)
    assert caller.call("POST", f"{path}:query", {}).status_code == 400
    caller.clock.forward(seconds=30)
    told = caller.call("GET", path).json or {}
    assert (told["state"], told["percentageCompleted"], told["rowCount"]) == ("ACTIVE", 100.0, 4)
    assert told["audienceDisplayName"] == "All Users"


def test_tells_who_is_in_it_and_under_which_number(caller: Caller) -> None:
    assert rows(caller, made(caller, 2)) == [[ANN, "(not set)"], [ANN, "1001"]]
    assert rows(caller, made(caller, 3, "userId", "isAdsPersonalizationAllowed")) == [
        ["(not set)", "false"], ["1001", "false"], ["1002", "false"],
    ]  # fmt: skip


def test_reads_page_by_page(caller: Caller) -> None:
    path = made(caller)
    pages = [rows(caller, path, limit="3", offset=str(at)) for at in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert {row[0] for page in pages for row in page} == {ANN, BEN}


def test_is_gone_after_three_days(caller: Caller) -> None:
    path = made(caller)
    caller.clock.forward(hours=72)
    caller.bearer = ""
    assert caller.call("GET", path).status_code == 404
    assert (caller.call("GET", EXPORTS).json or {})["audienceExports"] == []


def test_lists_them_page_by_page(caller: Caller) -> None:
    paths = [made(caller, number) for number in (1, 2, 3)]
    first = caller.call("GET", f"{EXPORTS}?pageSize=2").json or {}
    second = caller.call("GET", f"{EXPORTS}?pageSize=2&pageToken={first['nextPageToken']}").json or {}
    listed = [each["name"] for page in (first, second) for each in page["audienceExports"]]
    assert [f"/v1beta/{name}" for name in reversed(listed)] == paths
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", EXPORTS, wanted(9), 404),
        ("POST", EXPORTS, wanted(1, "email"), 400),
        ("POST", EXPORTS, {**wanted(), "dimensions": []}, 400),
        ("POST", EXPORTS, {**wanted(), "filter": {}}, 400),
        ("POST", EXPORTS.replace(PROPERTY, "1"), wanted(), 403),
        ("GET", f"{EXPORTS}?pageSize=many", None, 400),
        ("GET", f"{EXPORTS}/1", None, 404),
        ("POST", f"{EXPORTS}/1:query", {}, 404),
    ],
)
def test_refuses_what_does_not_fit(caller: Caller, method: str, path: str, body: Any, status: int) -> None:
    assert caller.call(method, path, body).status_code == status


def test_refuses_other_fields_of_a_question(caller: Caller) -> None:
    assert caller.call("POST", f"{made(caller)}:query", {"filter": {}}).status_code == 400


def test_a_snapshot_outlives_a_restart(tmp_path: Path) -> None:
    memory, clock = tmp_path / "google_analytics.jsonl", Clock()
    path = made(Caller(clock, memory))
    assert len(rows(Caller(clock, memory), path)) == 4
