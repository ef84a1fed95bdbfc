"""Tokens: who gets one, what it may do, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.sandbox.pinterest.stage import EVENTS, LISTS, Caller, event


def refreshed(caller: Caller, **form: str) -> dict[str, Any]:
    token = form.pop("refresh_token", caller.vendor.refresh_token)
    response = caller.token(grant_type="refresh_token", refresh_token=token, **form)
    assert response.status_code == 200, response.get_data(as_text=True)
    return dict(response.json or {})


def test_a_refresh_token_gives_a_token_and_a_new_refresh_token(caller: Caller) -> None:
    told = refreshed(caller)
    assert (told["token_type"], told["expires_in"], told["refresh_token_expires_in"]) == ("bearer", 2592000, 5184000)
    assert caller.call("GET", LISTS, token=told["access_token"]).status_code == 200
    assert refreshed(caller, refresh_token=told["refresh_token"])["access_token"] != told["access_token"]


def test_refreshing_goes_on_for_ever_and_a_token_left_alone_ends(caller: Caller) -> None:
    first = refreshed(caller)
    caller.clock.forward(days=31)
    assert caller.refusal("GET", LISTS, token=first["access_token"]) == (401, 2)
    second = refreshed(caller, refresh_token=first["refresh_token"])
    caller.clock.forward(days=31)
    assert caller.token(grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 401
    assert refreshed(caller, refresh_token=second["refresh_token"])


def test_a_code_and_the_app_alone_give_tokens_too(caller: Caller) -> None:
    code = caller.token(grant_type="authorization_code", code="sandbox-code", redirect_uri="https://x.example/").json
    alone = caller.token(grant_type="client_credentials", scope="ads:read").json
    assert code and alone
    assert (code["response_type"], "refresh_token" in code) == ("authorization_code", True)
    assert (alone["scope"], "refresh_token" in alone) == ("ads:read", False)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "password"}, 400),
        ({"grant_type": "authorization_code", "code": "another", "redirect_uri": "https://x.example/"}, 400),
        ({"grant_type": "client_credentials"}, 400),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400),
        ({"grant_type": "refresh_token", "refresh_token": "another"}, 401),
    ],
)
def test_refuses_what_gives_no_token(caller: Caller, form: dict[str, str], status: int) -> None:
    assert caller.token(**form).status_code == status


def test_refuses_another_app(caller: Caller) -> None:
    response = caller.token("1500001:wrong", grant_type="refresh_token", refresh_token=caller.vendor.refresh_token)
    assert response.status_code == 401


def test_a_token_may_do_no_more_than_its_scopes(caller: Caller) -> None:
    token = refreshed(caller, scope="ads:read")["access_token"]
    assert caller.call("GET", LISTS, token=token).status_code == 200
    assert caller.refusal("POST", LISTS, {"name": "x", "records": "x"}, token=token) == (401, 3)


@pytest.mark.parametrize("token", ["", "another", "pinr.sandbox"])
def test_refuses_a_caller_without_a_token(caller: Caller, token: str) -> None:
    assert caller.refusal("GET", LISTS, token=token) == (401, 2)


def test_the_token_for_conversions_is_for_them_alone(caller: Caller) -> None:
    token = caller.vendor.conversion_token
    assert caller.call("POST", EVENTS, {"data": [event()]}, token=token).status_code == 200
    assert caller.refusal("GET", LISTS, token=token) == (401, 2)


def test_the_token_for_conversions_ends_by_itself(caller: Caller) -> None:
    body, token = {"data": [event()]}, caller.vendor.conversion_token
    caller.vendor.perform("expire_tokens", kind="access")
    assert caller.call("POST", EVENTS, body, token=token).status_code == 200
    caller.vendor.perform("log_in")
    caller.vendor.perform("expire_tokens", kind="conversion")
    assert caller.refusal("POST", EVENTS, body, token=token) == (401, 2)
    assert caller.call("GET", LISTS).status_code == 200
    caller.vendor.perform("log_in")
    assert caller.call("POST", EVENTS, body, token=token).status_code == 200


def test_tokens_end_when_the_desk_says_so(caller: Caller) -> None:
    caller.vendor.perform("expire_tokens", kind="access")
    assert caller.refusal("GET", LISTS) == (401, 2)
    told = refreshed(caller)
    assert caller.call("GET", LISTS, token=told["access_token"]).status_code == 200
    caller.vendor.perform("expire_tokens", kind="refresh")
    assert caller.token(grant_type="refresh_token", refresh_token=told["refresh_token"]).status_code == 401
    caller.vendor.perform("log_in")
    assert refreshed(caller)
    assert caller.call("GET", LISTS).status_code == 200
