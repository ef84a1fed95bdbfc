"""Two hundred at once, four a second, and no word of when to come back."""

from __future__ import annotations

from tests.plugins.sandbox.channable.stage import OPEN, ORDERS, PROJECT, Caller


def statuses(caller: Caller, number: int, token: str = "") -> list[int]:
    return [caller.call("GET", f"{ORDERS}?limit=1", token=token).status_code for _ in range(number)]


def test_takes_two_hundred_at_once_and_then_four_a_second(caller: Caller) -> None:
    assert set(statuses(caller, 200)) == {200}
    assert statuses(caller, 2) == [429, 429]
    caller.clock.forward(seconds=1)
    assert statuses(caller, 5) == [200, 200, 200, 200, 429]
    caller.clock.forward(seconds=50)
    assert set(statuses(caller, 200)) == {200}


def test_a_pace_of_two_a_second_never_meets_the_limit(caller: Caller) -> None:
    for _ in range(600):
        assert statuses(caller, 1) == [200]
        caller.clock.forward(seconds=0.5)


def test_gives_no_hint_when_it_is_full(caller: Caller) -> None:
    statuses(caller, 200)
    response = caller.call("GET", ORDERS)
    assert response.status_code == 429
    assert not [name for name, _ in response.headers if name.lower() == "retry-after" or "rate" in name.lower()]


def test_another_token_of_the_company_does_not_help(caller: Caller) -> None:
    caller.vendor.perform("make_token", token="second")
    statuses(caller, 200)
    assert statuses(caller, 1, "second") == [429]


def test_does_nothing_for_a_refused_caller(caller: Caller) -> None:
    statuses(caller, 200)
    assert caller.call("POST", f"/v1{PROJECT}/orders/{OPEN}/cancel").status_code == 429
    caller.clock.forward(seconds=1)
    assert caller.order(OPEN)["status_shipped"] == "not_shipped"
