"""One call that writes: tried again when that is safe, and honest about what is not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests
from tenacity import Retrying
from urllib3.exceptions import NewConnectionError

from plugins.observe.tracing import span, template
from plugins.wire.breaker import Breaker
from plugins.wire.hosts import HostSession
from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import BROKEN_CONNECTIONS, HopelessError, RefusedError, TransientError, checked, retrying

REFUSALS = (400, 422)
"""One row is unacceptable; every other refusal means that nothing will work."""


class LostError(Exception):
    """The call went out and nobody knows what became of it."""


def json_call(method: str, path: str, body: Mapping[str, Any]) -> Call:
    """Return a request with its exact bytes."""
    return Call(method, path, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def not_found_out(error: Exception) -> Outcome:
    """Return what is known of a row when a look-up failed."""
    return Outcome("rejected" if isinstance(error, RefusedError) else "unknown", f"look-up: {error}")


class Sender:
    """Speaks to one account of one vendor over one connection; a subclass says how it authenticates and complains."""

    where = "target"
    headers: Mapping[str, str] = {"Content-Type": "application/json"}

    def __init__(self, url: str, config: Mapping[str, Any]) -> None:
        self.url = url.rstrip("/")
        self.tries = int(config.get("max_tries", 6))
        self.backoff = float(config.get("backoff_seconds", 1.0))
        self.timeout = float(config.get("timeout_seconds", 120))
        self.session: requests.Session = HostSession(self.where, self.url)
        self.breaker = Breaker(float(config.get("patience_seconds", 0)))

    def send(self, call: Call) -> Any:
        """Return the answer's JSON, None for an empty one; raises RefusedError, LostError or HopelessError.

        A call is repeated only where it never left, or where the vendor says that it did nothing (429, 5xx): a
        subclass whose vendor may have acted before it answered 5xx narrows `transient`. When a vendor refuses all
        calls, this one waits for it, for as long as `patience_seconds` says, and asks now and then.
        """
        if self.breaker.is_over:
            raise HopelessError(f"{self.where}: the vendor refuses every call; run again later")
        loop = retrying(self.breaker.tries(self.tries), self.backoff, self.breaker.sleep)
        while True:
            try:
                answer = loop(self._once, call)
            except TransientError as error:
                self._note(loop)
                if not self.breaker.waits(error.wait_seconds):
                    raise LostError(str(error)) from None
                loop = retrying(1, self.backoff, self.breaker.sleep)
            else:
                self._note(loop)
                self.breaker.answered()
                return answer

    def _note(self, loop: Retrying) -> None:
        self.breaker.retried(int(loop.statistics.get("attempt_number", 1)) - 1)

    def _once(self, call: Call) -> Any:
        try:
            with span(f"{call.method} {template(call.path)}", target=self.where) as noted:
                response = self.session.request(
                    call.method, f"{self.url}{call.path}", data=call.body, headers=self.headers, timeout=self.timeout
                )
                noted.note(status=response.status_code)
        except BROKEN_CONNECTIONS as error:
            if _never_left(error):
                raise TransientError(f"{self.where}: no connection; tried again later by itself") from None
            raise LostError(type(error).__name__) from None
        return self.read(call, response)

    def read(self, call: Call, response: requests.Response) -> Any:
        """Return what an answer says, or raise the error that says what cures it."""
        if response.status_code in REFUSALS:
            raise RefusedError(self.complaint(response), response.status_code)
        try:
            found = checked(response, self.where)
        except RefusedError as error:
            raise HopelessError(f"{error}; check the settings of {self.where}") from None
        if not found.content:
            return None
        try:
            return found.json()
        except requests.JSONDecodeError:
            raise LostError("an answer without JSON") from None

    def complaint(self, response: requests.Response) -> str:
        """Return the vendor's code for a refusal, which names no person."""
        return f"HTTP {response.status_code}"


def _never_left(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
