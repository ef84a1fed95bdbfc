"""Limits are told in headers, and reached with HTTP 400 and a code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.meta.business import LIMITED_TIER
from tests.plugins.sandbox.meta.stage import ACCOUNT, ANN, CATALOGUE, FORM, INSTAGRAM, PAGE, Caller, people


def told(caller: Caller, path: str, name: str, who: str = "system") -> Any:
    return json.loads(caller.call("GET", path, who=who).headers[name])


def test_tells_the_use_in_three_headers(caller: Caller) -> None:
    (case,) = told(caller, ACCOUNT, "X-Business-Use-Case-Usage").values()
    assert (case[0]["type"], case[0]["estimated_time_to_regain_access"]) == ("ads_management", 0)
    assert told(caller, ACCOUNT, "X-App-Usage") == {"call_count": 0, "total_cputime": 0, "total_time": 0}
    assert told(caller, ACCOUNT, "X-Ad-Account-Usage")["ads_api_access_tier"] == "standard_access"


def test_reaches_the_limit_of_audiences_after_an_hours_calls() -> None:
    caller = Caller(options={"tier": LIMITED_TIER})
    audience = caller.audience()
    for _ in range(5000 + 40 - 1):
        caller.vendor.quotas.count("custom_audience", caller.clock(), mutates=False)
    response = caller.call("POST", f"{audience}/users", people([ANN]))
    assert response.json
    assert (response.status_code, response.json["error"]["code"]) == (400, 80003)
    assert "Retry-After" not in response.headers
    (case,) = json.loads(response.headers["X-Business-Use-Case-Usage"]).values()
    assert (case[0]["call_count"], case[0]["estimated_time_to_regain_access"]) == (100, 60)
    assert json.loads(response.headers["X-Ad-Account-Usage"])["reset_time_duration"] == 3600
    caller.clock.forward(minutes=61)
    assert caller.call("POST", f"{audience}/users", people([ANN])).status_code == 200


def test_takes_a_hundred_mutations_a_second(caller: Caller) -> None:
    audience = caller.audience()
    for _ in range(99):
        assert caller.call("POST", audience, {"description": "x"}).status_code == 200
    assert caller.refusal("POST", audience, {"description": "x"}) == (613, 5044001)
    assert caller.call("GET", audience).status_code == 200
    caller.clock.forward(seconds=1)
    assert caller.call("POST", audience, {"description": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("use", "path", "code"),
    [
        ("app", "me", 4),
        ("app", ACCOUNT, 4),
        ("user", ACCOUNT, 17),
        ("pages", PAGE, 80001),
        ("instagram", INSTAGRAM, 80002),
        ("custom_audience", f"{ACCOUNT}/customaudiences", 80003),
        ("ads_management", ACCOUNT, 80004),
        ("leadgen", FORM, 80005),
        ("catalog_management", CATALOGUE, 80009),
    ],
)
def test_a_limit_strikes_its_own_use_case_only(caller: Caller, use: str, path: str, code: int) -> None:
    caller.vendor.perform("throttle", use=use, minutes="3")
    response = caller.call("GET", path)
    assert response.json
    assert (response.status_code, response.json["error"]["code"]) == (400, code)
    if use != "app":
        assert caller.call("GET", "me").status_code == 200
    caller.clock.forward(minutes=3)
    assert caller.call("GET", path).status_code == 200


def test_a_batch_of_products_has_a_limit_of_its_own(caller: Caller) -> None:
    caller.vendor.perform("throttle", use="catalog_batch")
    body = {"item_type": "PRODUCT_ITEM", "requests": []}
    assert caller.refusal("POST", f"{CATALOGUE}/items_batch", body) == (80014, 0)
    assert caller.call("GET", CATALOGUE).status_code == 200


def test_does_nothing_for_a_refused_caller(caller: Caller) -> None:
    audience = caller.audience()
    caller.vendor.perform("throttle", use="custom_audience")
    assert caller.refusal("POST", f"{audience}/users", people([ANN])) == (80003, 0)
    assert caller.members(audience).size == 0
