"""Who gets a token, and what it is good for."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from plugins.sandbox.google_analytics.tokens import READING, STORAGE
from tests.plugins.sandbox.google_analytics.stage import REPORT, START, Caller, asked, signed

NOW = int(START.timestamp())


def refused(caller: Caller, assertion: str, **more: str) -> Any:
    response = caller.token(assertion, **more)
    assert response.status_code == 400
    return (response.json or {})["error"]


def test_gives_a_token_for_an_hour(caller: Caller) -> None:
    given = caller.token().json or {}
    assert (given["expires_in"], given["token_type"]) == (3599, "Bearer")
    assert given["access_token"].startswith("ya29.")
    assert caller.call("POST", REPORT, asked()).status_code == 200
    caller.clock.forward(seconds=3600)
    response = caller.call("POST", REPORT, asked())
    assert (response.status_code, (response.json or {})["error"]["status"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"iss": "somebody@else.iam.gserviceaccount.com"}, "invalid_grant"),
        ({"aud": "https://analyticsdata.googleapis.com/"}, "invalid_grant"),
        ({"exp": NOW + 7200}, "invalid_grant"),
        ({"iat": NOW - 7200, "exp": NOW - 3600}, "invalid_grant"),
        ({"iat": NOW + 900, "exp": NOW + 1200}, "invalid_grant"),
        ({"iat": None}, "invalid_grant"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "https://www.googleapis.com/auth/everything"}, "invalid_scope"),
    ],
)
def test_refuses_a_statement_that_does_not_fit(caller: Caller, claims: dict[str, Any], error: str) -> None:
    assert refused(caller, signed(START, **claims)) == error


def test_refuses_a_wrong_signature(caller: Caller) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refused(caller, signed(START, key=other)) == "invalid_grant"
    assert refused(caller, signed(START, head={"alg": "none"})) == "invalid_grant"
    assert refused(caller, "not.a.token") == "invalid_request"
    assert refused(caller, signed(START), grant="client_credentials") == "unsupported_grant_type"


def test_a_token_is_good_for_its_scopes_only(caller: Caller) -> None:
    for scope, path, status in ((READING, "/export", 403), (STORAGE, "/export", 200), (STORAGE, REPORT, 403)):
        caller.bearer = (caller.token(signed(START, scope=scope)).json or {})["access_token"]
        method = "GET" if path == "/export" else "POST"
        assert caller.call(method, path, None if method == "GET" else asked()).status_code == status


def test_asks_everybody_for_a_token(caller: Caller) -> None:
    for method, path in (("POST", REPORT), ("GET", "/export")):
        assert caller.client.open(path, method=method, json={}).status_code == 401
        headers = {"Authorization": "Bearer ya29.guessed"}
        assert caller.client.open(path, method=method, json={}, headers=headers).status_code == 401


def test_a_revoked_key_gets_no_token_and_its_tokens_end(caller: Caller) -> None:
    assert caller.call("POST", REPORT, asked()).status_code == 200
    caller.vendor.perform("revoke_key")
    assert caller.call("POST", REPORT, asked()).status_code == 401
    assert refused(caller, signed(START)) == "invalid_grant"
    caller.vendor.perform("restore_key")
    assert caller.token().status_code == 200


def test_a_forgotten_token_is_given_anew(caller: Caller) -> None:
    assert caller.call("POST", REPORT, asked()).status_code == 200
    caller.vendor.perform("forget_tokens")
    assert caller.call("POST", REPORT, asked()).status_code == 401
    caller.bearer = ""
    assert caller.call("POST", REPORT, asked()).status_code == 200


@pytest.mark.parametrize(
    ("takes", "gives", "text"),
    [("withdraw_access", "grant_access", "sufficient permissions"), ("disable_api", "enable_api", "has not been used")],
)
def test_says_which_right_is_missing(caller: Caller, takes: str, gives: str, text: str) -> None:
    caller.vendor.perform(takes)
    response = caller.call("POST", REPORT, asked())
    assert response.status_code == 403
    assert text in (response.json or {})["error"]["message"]
    caller.vendor.perform(gives)
    assert caller.call("POST", REPORT, asked()).status_code == 200
