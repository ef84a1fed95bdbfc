"""Signing in as a service account."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
import responses
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from plugins.wire.retry import HopelessError, TransientError
from taps.google_analytics.signing import ServiceAccount
from taps.google_analytics.tap import TapGoogleAnalytics
from tests.taps.google_analytics.property import TOKENS, Property, credentials, key

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def account(at: float = 1_772_447_405.0) -> ServiceAccount:
    made = ServiceAccount.of(credentials())
    made.clock = lambda: at
    return made


def test_signs_a_statement_of_one_hour(measured: Property) -> None:
    assert account().token(SCOPE) == "ya29.1"
    text, _, signature = measured.statements[0].rpartition(".")
    key().public_key().verify(decoded(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    head, said = (json.loads(decoded(part)) for part in text.split("."))
    assert head == {"alg": "RS256", "typ": "JWT"}
    assert said == {
        "iss": "hub@project.example", "scope": SCOPE, "aud": TOKENS, "iat": 1_772_447_405, "exp": 1_772_451_005,
    }  # fmt: skip


def test_uses_a_token_until_a_minute_before_its_end(measured: Property) -> None:
    made = account(0.0)
    assert [made.token(SCOPE), made.token(SCOPE), made.token("other")] == ["ya29.1", "ya29.1", "ya29.2"]
    made.clock = lambda: 3538.0
    assert made.token(SCOPE) == "ya29.1"
    made.clock = lambda: 3540.0
    assert made.token(SCOPE) == "ya29.3"
    made.forget(SCOPE)
    assert made.token(SCOPE) == "ya29.4"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"json": {"error": "invalid_grant", "error_description": "hub@project.example"}}, "invalid_grant"),
        ({"json": {"error": "hub@project.example"}}, "HTTP 400"),
        ({"body": "<html>"}, "HTTP 400"),
    ],
)
def test_stops_when_the_key_is_refused_and_does_not_say_whose_it_is(
    http: responses.RequestsMock, answer: dict[str, Any], says: str
) -> None:
    http.add("POST", TOKENS, status=400, **answer)
    with pytest.raises(HopelessError, match=says) as stopped:
        account().token(SCOPE)
    assert "@" not in str(stopped.value)


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 429}, {"body": requests.ConnectionError("gone")}])
def test_what_may_pass_is_tried_again(http: responses.RequestsMock, answer: dict[str, Any]) -> None:
    http.add("POST", TOKENS, **answer)
    with pytest.raises(TransientError):
        account().token(SCOPE)


def other_key() -> str:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(serialization.Encoding.PEM, *form).decode()
    return json.dumps({"client_email": "a", "private_key": pem})


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"private_key": 1}', '{"private_key": "x"}', other_key()])
def test_a_key_file_that_is_none_is_said_without_its_content(text: str) -> None:
    with pytest.raises(HopelessError, match="whole JSON key file"):
        ServiceAccount.of(text)


def test_says_what_to_set_where_there_is_nothing_to_read() -> None:
    with pytest.raises(HopelessError, match="export_url"):
        _ = TapGoogleAnalytics(config={"property_id": "1"}, parse_env_config=False).streams
