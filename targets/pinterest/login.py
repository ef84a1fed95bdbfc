"""How one logs in: a token that was set, or a new one made of the refresh token, which is renewed each time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from plugins.wire.hosts import HostSession
from plugins.wire.retry import (
    BROKEN_CONNECTIONS,
    HopelessError,
    RefusedError,
    RefusedKeyError,
    TransientError,
    checked,
    retrying,
)

WHERE = "target-pinterest"
RENEWABLE = ("client_id", "client_secret", "refresh_token")


class Login(requests.auth.AuthBase):
    """Puts the token on each request; it is made with the first one."""

    def __init__(self, url: str, config: Mapping[str, Any]) -> None:
        self.url, self.config = url, config
        self.kept = Path(config["login_file"]) if config.get("login_file") else None
        self._token = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self._token = self._token or self._found()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _found(self) -> str:
        if all(self.config.get(name) for name in RENEWABLE):
            return self._renewed()
        if token := self.config.get("access_token"):
            return str(token)
        raise HopelessError(f"{WHERE}: no token; set access_token, or {', '.join(RENEWABLE)}")

    def _renewed(self) -> str:
        tries, backoff = int(self.config.get("max_tries", 6)), float(self.config.get("backoff_seconds", 1.0))
        try:
            told = retrying(tries, backoff, time.sleep)(self._asked)
        except TransientError as error:
            raise HopelessError(f"{error}; no token could be had, run again") from None
        except RefusedError as error:
            raise RefusedKeyError(f"{error}; check client_id, client_secret and refresh_token") from None
        if newer := told.get("refresh_token"):
            self._keep(str(newer))
        return str(told["access_token"])

    def _asked(self) -> dict[str, Any]:
        asked = {
            "grant_type": "refresh_token",
            "refresh_token": self._newest(),
            # apps of before 25 September 2025 must ask: developers.pinterest.com/docs/api/v5/oauth-token
            "continuous_refresh": "true",
        }
        app = (str(self.config["client_id"]), str(self.config["client_secret"]))
        timeout = float(self.config.get("timeout_seconds", 120))
        try:
            response = HostSession(WHERE, self.url).post(
                f"{self.url}/oauth/token", data=asked, auth=app, timeout=timeout
            )
        except BROKEN_CONNECTIONS:
            raise TransientError(f"{WHERE}: no connection") from None
        try:
            told: dict[str, Any] = checked(response, WHERE).json()
        except requests.JSONDecodeError:
            raise TransientError(f"{WHERE}: an answer without JSON") from None
        return told

    def _newest(self) -> str:
        """Return the refresh token that was given last; the one that was set makes the first."""
        told = str(self.config["refresh_token"])
        try:
            kept = json.loads(self.kept.read_text("utf-8")) if self.kept else {}
        except (FileNotFoundError, ValueError):
            return told
        return str(kept["newest"]) if kept.get("first") == _mark(told) else told

    def _keep(self, newer: str) -> None:
        if self.kept is None:
            return
        beside = self.kept.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps({"first": _mark(str(self.config["refresh_token"])), "newest": newer}), "utf-8")
        beside.replace(self.kept)


def _mark(token: str) -> str:
    """Return what tells whether another token was set since."""
    return hashlib.sha256(token.encode()).hexdigest()
