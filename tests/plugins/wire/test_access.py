"""One access token for a run: got once, renewed in time, and never told to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
from responses.matchers import urlencoded_params_matcher

from plugins.wire.access import Access
from plugins.wire.retry import HopelessError

URL = "https://tokens.example/token"
CONFIG: dict[str, Any] = {
    "client_id": "me", "client_secret": "hush", "refresh_token": "1//long", "max_tries": 3, "backoff_seconds": 0.0,
}  # fmt: skip
SENT = {"client_id": "me", "client_secret": "hush", "refresh_token": "1//long", "grant_type": "refresh_token"}


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def gives(http: responses.RequestsMock, token: str, seconds: int = 3599) -> None:
    told = {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}
    http.post(URL, json=told, match=[urlencoded_params_matcher(SENT)])


def test_asks_once_and_again_a_minute_before_the_end(http: responses.RequestsMock) -> None:
    now = [0.0]
    access = Access(CONFIG, "target-x", URL, clock=lambda: now[0])
    gives(http, "first")
    assert [access.token(), access.token()] == ["first", "first"]
    now[0] = 3538.0
    assert access.token() == "first"
    gives(http, "second")
    now[0] = 3539.0
    assert access.token() == "second"
    assert len(http.calls) == 2


def test_asks_for_another_when_one_was_refused(http: responses.RequestsMock) -> None:
    access = Access(CONFIG, "target-x", URL)
    gives(http, "first")
    gives(http, "second")
    assert access.token() == "first"
    access.drop()
    assert access.token() == "second"


def test_tries_again_what_may_pass(http: responses.RequestsMock) -> None:
    http.post(URL, status=503)
    http.post(URL, body=requests.ConnectionError())
    gives(http, "first")
    assert Access(CONFIG, "target-x", URL).token() == "first"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 503}, "no access token to be had; run again later"),
        ({"status": 400, "json": {"error": "invalid_grant"}}, "invalid_grant, the refresh token has ended"),
        ({"status": 401, "json": {"error": "invalid_client"}}, "invalid_client, the client is not known"),
        ({"status": 400, "json": {"error": "1//long is not known"}}, "HTTP 400; check the credentials"),
        ({"status": 403, "body": "1//long"}, "HTTP 403; check the credentials"),
        ({"status": 200, "json": {"token": "1//long"}}, "no access token; check login_url"),
        ({"status": 200, "json": []}, "no access token; check login_url"),
    ],
)
def test_stops_where_there_is_none_to_be_had_and_tells_no_secret(
    http: responses.RequestsMock, answer: dict[str, Any], said: str
) -> None:
    http.post(URL, **answer)
    with pytest.raises(HopelessError, match=said) as stopped:
        Access(CONFIG, "target-x", URL).token()
    assert not [each for each in ("hush", "1//long") if each in str(stopped.value)]
