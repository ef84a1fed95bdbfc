"""Events from servers: taken without a word, and what the validation server says of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.sandbox.google_analytics.stage import ANN, CHECK, COLLECT, START, Caller, sale


def codes(caller: Caller, body: Any) -> list[str]:
    response = caller.client.post(CHECK, json=body)
    assert response.status_code == 200
    return [each["validationCode"] for each in (response.json or {})["validationMessages"]]


def test_keeps_a_purchase_and_says_nothing(caller: Caller) -> None:
    response = caller.client.post(COLLECT, json=sale())
    assert (response.status_code, response.data) == (204, b"")
    (kept,) = caller.vendor.collected
    assert (kept["client_id"], kept["order"], kept["user_id"]) == (ANN, "POS-41-0099", "1001")
    (row,) = caller.file("events_intraday_20261120.jsonl")
    assert row["ecommerce"]["purchase_revenue"] == 39.95


def test_a_purchase_without_a_session_is_in_no_visit_and_of_nobody(caller: Caller) -> None:
    sold = sale()
    params = {name: value for name, value in sold["events"][0]["params"].items() if name != "session_id"}
    caller.client.post(COLLECT, json={"client_id": ANN, "events": [{"name": "purchase", "params": params}]})
    (row,) = caller.file("events_intraday_20261120.jsonl")
    assert (row["event_name"], row["user_pseudo_id"], row["user_id"]) == ("purchase", ANN, None)
    assert "ga_session_id" not in {each["key"] for each in row["event_params"]}


def test_what_was_handed_over_can_be_shown(caller: Caller) -> None:
    assert caller.vendor.holding("collected") == {}
    caller.client.post(COLLECT, json=sale())
    assert caller.vendor.holding("collected") == {"POS-41-0099": f"purchase of 39.95 EUR at 2026-11-20 08:00, by {ANN}"}


@pytest.mark.parametrize(
    "path", [COLLECT.replace("measurement0", "guessed"), COLLECT.replace("SANDBOX", "OTHER"), "/mp/collect"]
)
def test_says_the_same_to_a_wrong_secret_and_keeps_nothing(caller: Caller, path: str) -> None:
    assert caller.client.post(path, json=sale()).status_code == 204
    assert caller.vendor.collected == []


def test_says_the_same_to_nonsense_and_keeps_nothing(caller: Caller) -> None:
    for text in (b"{", b"[]", b"{}", b'{"client_id":1,"events":[{}]}'):
        assert caller.client.post(COLLECT, data=text).status_code == 204
    assert caller.vendor.collected == []


def test_drops_a_purchase_that_is_repeated_and_what_is_older_than_72_hours(caller: Caller) -> None:
    for _ in range(2):
        caller.client.post(COLLECT, json=sale())
    old = int(START.timestamp() - 73 * 3600) * 1_000_000
    caller.client.post(COLLECT, json={**sale(transaction_id="POS-1"), "timestamp_micros": old})
    recent = int(START.timestamp() - 71 * 3600) * 1_000_000
    caller.client.post(COLLECT, json={**sale(transaction_id="POS-2"), "timestamp_micros": recent})
    assert [each["order"] for each in caller.vendor.collected] == ["POS-41-0099", "POS-2"]


def test_the_validation_server_keeps_nothing_and_asks_for_no_secret(caller: Caller) -> None:
    assert codes(caller, sale()) == []
    assert caller.vendor.collected == []


def event(name: str = "purchase", **params: Any) -> dict[str, Any]:
    return {"client_id": ANN, "events": [{"name": name, "params": params}]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"events": sale()["events"]}, "VALUE_REQUIRED"),
        ({"client_id": ANN}, "VALUE_REQUIRED"),
        ({**sale(), "email": "x"}, "VALUE_INVALID"),
        ({**sale(), "consent": {"ad_user_data": "yes"}}, "VALUE_INVALID"),
        ({**sale(), "timestamp_micros": "now"}, "VALUE_INVALID"),
        ({**sale(), "user_properties": {"tier": {"value": "x" * 37}}}, "VALUE_INVALID"),
        ({**sale(), "user_properties": {"ga_tier": {"value": "gold"}}}, "NAME_INVALID"),
        ({**sale(), "user_properties": {f"p{n}": {"value": 1} for n in range(26)}}, "EXCEEDED_MAX_ENTITIES"),
        ({**sale(), "events": sale()["events"] * 26}, "EXCEEDED_MAX_ENTITIES"),
        (event("session_start"), "NAME_RESERVED"),
        (event("ga_something"), "NAME_RESERVED"),
        (event("1st"), "NAME_INVALID"),
        (event("x" * 41), "NAME_INVALID"),
        (event("visit", **{f"p{n}": 1 for n in range(26)}), "EXCEEDED_MAX_ENTITIES"),
        (event("visit", **{"my-param": 1}), "NAME_INVALID"),
        (event("visit", note="x" * 101), "VALUE_OUT_OF_BOUNDS"),
        (event("visit", value=1), "VALUE_REQUIRED"),
        (event("visit", value="1", currency="EUR"), "VALUE_INVALID"),
        (event("purchase"), "VALUE_REQUIRED"),
        (event("visit", items=[{"price": 1}]), "VALUE_REQUIRED"),
        (event("visit", items=[{"item_id": "1", "price": "1"}]), "VALUE_INVALID"),
        (event("visit", items="SOCK"), "VALUE_INVALID"),
        (event("visit", items=[{"item_id": "1"}] * 201), "EXCEEDED_MAX_ENTITIES"),
        ("nonsense", "VALUE_INVALID"),
    ],
)
def test_the_validation_server_says_what_is_wrong(caller: Caller, body: Any, code: str) -> None:
    assert codes(caller, body) == [code]
    caller.client.post(COLLECT, json=body)
    assert caller.vendor.collected == []
