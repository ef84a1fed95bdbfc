"""The OAuth access token of one run: got for a refresh token, kept in memory only, renewed before it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from plugins.wire.hosts import HostSession
from plugins.wire.retry import (
    BROKEN_CONNECTIONS,
    TRANSIENT_STATUSES,
    HopelessError,
    RefusedKeyError,
    TransientError,
    retry_after,
    retrying,
)

EARLY_SECONDS = 60.0
"""How long before its end a token is renewed."""
CURES = {
    "invalid_grant": "the refresh token has ended or was taken back; make a new one",
    "invalid_client": "the client is not known; check client_id and client_secret",
    "unauthorized_client": "the client may not use the refresh token; make it with this client",
}
"""Codes of RFC 6749, and what cures them."""


class Access:
    """Gets access tokens from `url` by the settings `client_id`, `client_secret` and `refresh_token`.

    No token is written anywhere.
    """

    def __init__(
        self, config: Mapping[str, Any], where: str, url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.where, self.url, self.clock = where, url, clock
        self.form = {name: str(config[name]) for name in ("client_id", "client_secret", "refresh_token")}
        self.form["grant_type"] = "refresh_token"
        self.tries = int(config.get("max_tries", 6))
        self.backoff = float(config.get("backoff_seconds", 1.0))
        self.timeout = float(config.get("timeout_seconds", 120))
        self._token, self._ends_at = "", 0.0

    def token(self) -> str:
        """Return a token that is good for a while; raises HopelessError where there is none to be had."""
        if self.clock() >= self._ends_at:
            self._renew()
        return self._token

    def drop(self) -> None:
        """Forget the token that was refused: the next call gets another."""
        self._token, self._ends_at = "", 0.0

    def _renew(self) -> None:
        try:
            told = retrying(self.tries, self.backoff, time.sleep)(self._asked)
            self._token, lives = str(told["access_token"]), float(told.get("expires_in") or 0)
        except TransientError:
            raise HopelessError(f"{self.where}: no access token to be had; run again later") from None
        except (KeyError, TypeError, ValueError):
            raise HopelessError(f"{self.where}: the answer has no access token; check login_url") from None
        self._ends_at = self.clock() + max(lives - EARLY_SECONDS, 0.0)

    def _asked(self) -> Any:
        try:
            response = HostSession(self.where, self.url).post(self.url, data=self.form, timeout=self.timeout)
        except BROKEN_CONNECTIONS as error:
            raise TransientError(f"{self.where}: {type(error).__name__}; tried again later by itself") from None
        if response.status_code in TRANSIENT_STATUSES:
            asked = retry_after(response.headers.get("Retry-After"))
            raise TransientError(f"{self.where}: HTTP {response.status_code}; tried again later by itself", asked)
        if response.status_code >= 400:
            raise RefusedKeyError(f"{self.where}: no access token: {_why(response)}")
        return response.json()


def _why(response: requests.Response) -> str:
    """Return what cures a refusal; of the answer only the code of RFC 6749 is told."""
    try:
        code = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        code = None
    told = CURES.get(code) if isinstance(code, str) else None
    return f"{code}, {told}" if told else f"HTTP {response.status_code}; check the credentials"
