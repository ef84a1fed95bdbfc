"""What a property may be asked."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.google_analytics.stage import REPORT, Caller, asked, names


def refusal(caller: Caller) -> Any:
    response = caller.call("POST", REPORT, asked())
    assert response.status_code == 429
    assert "Retry-After" not in response.headers
    error = (response.json or {})["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    return error["message"]


def test_counts_down_what_is_left(caller: Caller) -> None:
    first = caller.report(returnPropertyQuota=True)["propertyQuota"]
    caller.report(dimensions=names("date", "eventName", "city"))
    last = caller.report(returnPropertyQuota=True)["propertyQuota"]
    assert first["tokensPerDay"] == {"consumed": 1, "remaining": 199_999}
    for name in ("tokensPerDay", "tokensPerHour", "tokensPerProjectPerHour"):
        assert last[name]["remaining"] == first[name]["remaining"] - 3
    assert "propertyQuota" not in caller.report()


def test_is_exhausted_until_the_hour_is_over(caller: Caller) -> None:
    caller.vendor.perform("use_up_quota")
    assert refusal(caller).startswith("Exhausted property tokens for a project per hour")
    caller.clock.forward(hours=1)
    caller.bearer = ""
    assert caller.report()["rowCount"] == 2


def test_takes_ten_calls_at_once(caller: Caller) -> None:
    caller.call("GET", "/export")
    caller.vendor.quotas.running = 10
    assert refusal(caller).startswith("Exhausted concurrent requests quota")
    assert caller.call("GET", "/export").status_code == 200
    caller.vendor.quotas.running = 9
    assert caller.report()["rowCount"] == 2


def test_ten_errors_of_the_server_lock_the_project_out(caller: Caller) -> None:
    caller.call("GET", "/export")
    caller.vendor.faults.add(match="runReport", status=503, times=10)
    assert {caller.call("POST", REPORT, asked()).status_code for _ in range(10)} == {503}
    assert refusal(caller).startswith("Exhausted server errors quota")
