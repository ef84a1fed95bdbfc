"""Three hundred calls in a minute, a hundred thousand in a day, for each service and way."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.google_ads.stage import INGEST, LISTS, STATUS, Caller, joining, member

UNKNOWN = f"{STATUS}?requestId=1"


def quota(caller: Caller, path: str, method: str = "GET") -> str:
    """Return which quota an answer names."""
    answer = caller.call(method, path, {} if method == "POST" else None)
    error = (answer.json or {}).get("error", {})
    return str(error["details"][0]["metadata"].get("quota_limit", "")) if answer.status_code == 429 else ""


def test_refuses_the_next_call_after_three_hundred_in_a_minute(caller: Caller) -> None:
    for _ in range(300):
        assert quota(caller, LISTS) == ""
    assert quota(caller, LISTS) == "ManagementReadRequestsPerMinutePerProject"
    assert (caller.call("GET", LISTS).json or {})["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert quota(caller, UNKNOWN) == ""
    caller.clock.forward(seconds=60)
    assert quota(caller, LISTS) == ""


def test_counts_reading_and_writing_by_themselves(caller: Caller) -> None:
    for _ in range(300):
        caller.call("POST", INGEST, {})
    assert quota(caller, INGEST, "POST") == "IngestionWriteRequestsPerMinutePerProject"
    assert quota(caller, UNKNOWN) == ""
    assert caller.list()


@pytest.mark.parametrize(("path", "most", "name"), [(LISTS, 50_000, "Management"), (UNKNOWN, 100_000, "Ingestion")])
def test_refuses_what_is_over_the_day(caller: Caller, path: str, most: int, name: str) -> None:
    start = caller.clock()
    window = caller.vendor.quotas.calls[f"{name}Read", "day"]
    window.extend([start] * (most - 1))
    caller.clock.forward(hours=23)
    caller.token = (caller.log_in().json or {})["access_token"]
    assert quota(caller, path) == ""
    assert quota(caller, path) == f"{name}ReadRequestsPerDayPerProject"
    caller.clock.forward(minutes=59)
    assert quota(caller, path) == f"{name}ReadRequestsPerDayPerProject"
    caller.clock.forward(minutes=1)
    caller.token = (caller.log_in().json or {})["access_token"]
    assert quota(caller, path) == ""


def test_a_script_can_use_a_quota_up(caller: Caller) -> None:
    caller.vendor.perform("use_up", quota="IngestionWrite", period="minute")
    gold = caller.list()
    assert quota(caller, INGEST, "POST") == "IngestionWriteRequestsPerMinutePerProject"
    caller.clock.forward(minutes=1)
    assert caller.post(INGEST, joining(gold, member("a" * 64)))
    with pytest.raises(LookupError):
        caller.vendor.perform("use_up", quota="Everything", period="minute")


def test_does_nothing_for_a_refused_caller(caller: Caller) -> None:
    gold = caller.list()
    caller.vendor.perform("use_up", quota="ManagementWrite", period="day")
    assert caller.call("DELETE", f"{LISTS}/{gold}").status_code == 429
    assert caller.get(f"{LISTS}/{gold}")["id"] == gold
