"""Ten connections at once, and not a hint when to come back."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import SIMULTANEOUS_CONNECTIONS
from tests.plugins.sandbox.mailchimp.stage import ELS, LIST, Caller, member_path


def refusals(caller: Caller, number: int) -> list[Response | None]:
    return [caller.vendor.admit(Request({})) for _ in range(number)]


def test_refuses_the_eleventh_connection_without_any_hint(caller: Caller) -> None:
    assert refusals(caller, SIMULTANEOUS_CONNECTIONS) == [None] * SIMULTANEOUS_CONNECTIONS
    response = caller.call("GET", "/3.0/ping")
    assert response.json
    assert (response.status_code, response.json["title"]) == (429, "Too Many Requests")
    assert not [name for name, _ in response.headers if name.lower() == "retry-after" or "rate" in name.lower()]


def test_takes_the_next_one_when_a_connection_ends(caller: Caller) -> None:
    refusals(caller, SIMULTANEOUS_CONNECTIONS)
    caller.vendor.leave(Request({}))
    assert caller.call("GET", "/3.0/ping").status_code == 200
    assert caller.call("GET", "/3.0/ping").status_code == 200


def test_does_nothing_for_a_refused_caller(caller: Caller) -> None:
    refusals(caller, SIMULTANEOUS_CONNECTIONS)
    assert caller.call("DELETE", member_path(ELS)).status_code == 429
    caller.vendor.leave(Request({}))
    assert caller.get(f"{LIST}/members/{ELS}")["status"] == "subscribed"
