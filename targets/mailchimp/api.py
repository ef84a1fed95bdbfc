"""One call to Mailchimp: tried again when that is safe, and honest about what is not known."""

from __future__ import annotations

import time
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from plugins.wire.outbox import Call
from plugins.wire.retry import BROKEN_CONNECTIONS, HopelessError, RefusedError, TransientError, checked, retrying

WHERE = "target-mailchimp"


class LostError(Exception):
    """The call went out and nobody knows what became of it."""


def base_url(config: Any) -> str:
    """Return the API's base URL: the setting's, or that of the key's data centre."""
    if url := config.get("api_url"):
        return str(url).rstrip("/")
    centre = str(config["api_key"]).rpartition("-")[2]
    if not (centre.isalnum() and centre.isascii()) or centre == config["api_key"]:
        raise HopelessError(f"{WHERE}: api_key: no data centre at its end (as in -us6); copy the whole key")
    return f"https://{centre}.api.mailchimp.com/3.0"


class Api:
    """Speaks to one account over one connection."""

    def __init__(self, config: Any) -> None:
        self.url = base_url(config)
        self.tries = int(config.get("max_tries", 6))
        self.backoff = float(config.get("backoff_seconds", 1.0))
        self.timeout = float(config.get("timeout_seconds", 120))
        self.session = requests.Session()
        self.session.auth = ("rotonde", str(config["api_key"]))

    def send(self, call: Call) -> dict[str, Any]:
        """Return the answer; raises RefusedError (with the vendor's title), LostError or HopelessError."""
        try:
            answer: dict[str, Any] = retrying(self.tries, self.backoff, time.sleep)(self._once, call)
        except TransientError as error:
            raise LostError(str(error)) from None
        return answer

    def _once(self, call: Call) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        try:
            response = self.session.request(
                call.method, f"{self.url}{call.path}", data=call.body, headers=headers, timeout=self.timeout
            )
        except BROKEN_CONNECTIONS as error:
            if _never_left(error):
                raise TransientError(f"{WHERE}: no connection; tried again later by itself") from None
            raise LostError(type(error).__name__) from None
        return self._read(response)

    @staticmethod
    def _read(response: requests.Response) -> dict[str, Any]:
        is_json = "json" in response.headers.get("Content-Type", "")
        if response.status_code == 403 and not is_json:  # cut off before the API
            raise TransientError(f"{WHERE}: HTTP 403 without JSON; tried again later by itself")
        if response.status_code in (400, 422):
            raise RefusedError(_title(response), response.status_code)
        try:
            body = checked(response, WHERE).json()
        except RefusedError as error:
            raise HopelessError(f"{error}; check list_id and api_url") from None
        except requests.JSONDecodeError:
            raise LostError("an answer without JSON") from None
        if not isinstance(body, dict):
            raise LostError("an answer of another shape")
        return body


def _never_left(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _title(response: requests.Response) -> str:
    """Return the vendor's title, which names no person; its detail does."""
    try:
        title = response.json()["title"]
    except (ValueError, KeyError, TypeError):
        return "refused"
    return str(title)[:100]
