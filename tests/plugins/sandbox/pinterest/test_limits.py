"""So many calls fit into a window, and not a hint when to come back."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.pinterest.stage import EVENTS, LISTS, Caller, event


def statuses(caller: Caller, number: int, method: str = "GET", path: str = LISTS) -> list[int]:
    body = {"data": [event()]} if path == EVENTS else None
    return [caller.call(method, path, body).status_code for _ in range(number)]


def test_on_trial_a_day_has_a_thousand_requests(caller: Caller) -> None:
    trial = Caller(options={"level": "trial"})
    for _ in range(10):
        assert set(statuses(trial, 100)) == {200}
        trial.clock.forward(minutes=5)
    assert trial.refusal("GET", "/v5/pins") == (429, 8)
    trial.clock.forward(hours=23, minutes=9)
    assert trial.call("GET", LISTS).status_code == 429
    trial.clock.forward(minutes=1)
    assert statuses(trial, 101) == [200] * 100 + [429]


def test_standard_access_has_a_hundred_a_second(caller: Caller) -> None:
    assert statuses(caller, 101) == [200] * 100 + [429]
    caller.clock.forward(seconds=1)
    assert statuses(caller, 100) == [200] * 100


def test_conversions_have_a_limit_of_their_own(caller: Caller) -> None:
    for _ in range(50):
        assert set(statuses(caller, 100, "POST", EVENTS)) == {200}
        caller.clock.forward(seconds=1)
    assert caller.refusal("POST", EVENTS, {"data": [event()]}) == (429, 8)
    assert caller.call("GET", LISTS).status_code == 200


def test_the_token_for_conversions_costs_an_app_on_trial_nothing() -> None:
    trial = Caller(options={"level": "trial"})
    token = trial.vendor.conversion_token
    sent = [trial.call("POST", EVENTS, {"data": [event()]}, token=token).status_code for _ in range(1100)]
    assert set(sent) == {200}
    assert trial.call("GET", LISTS).status_code == 200


def test_a_refused_call_does_nothing_costs_nothing_and_gives_no_hint(caller: Caller) -> None:
    caller.vendor.perform("throttle", category="ads_write", minutes="2")
    response = caller.call("POST", LISTS, {"name": "x", "records": "x@example.com"})
    assert response.status_code == 429
    assert not [name for name, _ in response.headers if name.lower() == "retry-after" or "rate" in name.lower()]
    assert caller.get(LISTS)["items"] == []
    caller.clock.forward(minutes=2)
    assert caller.call("POST", LISTS, {"name": "x", "records": "x@example.com"}).status_code == 200


def test_who_has_no_token_uses_nothing_up(caller: Caller) -> None:
    for _ in range(200):
        caller.call("GET", LISTS, token="another")
    assert caller.call("GET", LISTS).status_code == 200


def test_the_desk_throttles_only_what_there_is(caller: Caller) -> None:
    with pytest.raises(LookupError, match="no category 'writing'"):
        caller.vendor.perform("throttle", category="writing")
