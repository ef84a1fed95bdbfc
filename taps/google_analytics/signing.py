"""Signing in as a service account: a statement signed with its key (RS256) for a token of an hour.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from plugins.wire.hosts import HostSession
from plugins.wire.retry import BROKEN_CONNECTIONS, HopelessError, RefusedKeyError, TransientError, checked

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
LIFE_SECONDS, SPARE_SECONDS = 3600, 60
CODE = re.compile(r"[a-z_]{1,40}")
WHERE = "tap-google_analytics: token"
WHOLE_FILE = "give the whole JSON key file of a service account"


@dataclass
class ServiceAccount:
    """Whose key it is, and the tokens it got."""

    email: str
    key: rsa.RSAPrivateKey
    login_url: str
    timeout_seconds: float = 120
    clock: Callable[[], float] = time.time
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By scope: the token, and until when it is used."""

    @classmethod
    def of(cls, credentials: str, timeout_seconds: float = 120) -> ServiceAccount:
        """Read a key file."""
        try:
            told = json.loads(credentials)
            key = serialization.load_pem_private_key(told["private_key"].encode(), None)
            email, url = str(told["client_email"]), str(told.get("token_uri") or AUDIENCE)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise HopelessError(f"tap-google_analytics: credentials: unreadable; {WHOLE_FILE}") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise HopelessError(f"tap-google_analytics: credentials: no RSA key; {WHOLE_FILE}")
        return cls(email, key, url, timeout_seconds)

    def token(self, scope: str) -> str:
        """Return a token that is good for a scope."""
        token, until = self.tokens.get(scope, ("", 0.0))
        if self.clock() >= until:
            token, life = self._ask(scope)
            self.tokens[scope] = token, self.clock() + life - SPARE_SECONDS
        return token

    def forget(self, scope: str) -> None:
        """Ask for a new token next time."""
        self.tokens.pop(scope, None)

    def _ask(self, scope: str) -> tuple[str, float]:
        form = {"grant_type": GRANT, "assertion": self._statement(scope)}
        try:
            response = HostSession(WHERE, self.login_url).post(self.login_url, data=form, timeout=self.timeout_seconds)
        except BROKEN_CONNECTIONS as error:
            raise TransientError(f"{WHERE}: {type(error).__name__}; tried again later by itself") from None
        if 400 <= response.status_code < 500 and response.status_code not in (408, 429):
            raise RefusedKeyError(f"{WHERE}: {_reason(response)}; check the key of the service account and the clock")
        told: dict[str, Any] = checked(response, WHERE).json()
        return str(told["access_token"]), float(told.get("expires_in", LIFE_SECONDS))

    def _statement(self, scope: str) -> str:
        now = int(self.clock())
        said = {"iss": self.email, "scope": scope, "aud": AUDIENCE, "iat": now, "exp": now + LIFE_SECONDS}
        text = f"{_encoded(json.dumps({'alg': 'RS256', 'typ': 'JWT'}).encode())}.{_encoded(json.dumps(said).encode())}"
        return f"{text}.{_encoded(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _reason(response: requests.Response) -> str:
    """Return the code of the refusal; its sentence is not repeated."""
    try:
        said = response.json().get("error", "")
    except (ValueError, AttributeError):
        said = ""
    return said if isinstance(said, str) and CODE.fullmatch(said) else f"HTTP {response.status_code}"
