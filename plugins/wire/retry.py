"""When to try again, how long to wait, and what an error may say: never a body, a query or a key."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import requests
import tenacity

T = TypeVar("T")

LONGEST_WAIT_SECONDS = 3600.0
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
BROKEN_CONNECTIONS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class WireError(Exception):
    """Something went wrong between us and a vendor. The text is `where: what; what to do`."""


class TransientError(WireError):
    """May pass by itself; `wait_seconds` is what the vendor asked for, if it did."""

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class HopelessError(WireError):
    """Nothing will work until somebody changes something: a key, a setting, a right."""


class RefusedKeyError(HopelessError):
    """The key is refused, has ended or lacks a right: it must be renewed or given more."""


class RefusedError(WireError):
    """The vendor refuses this request as it stands; another one may pass."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def retry_after(header: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Return the seconds a `Retry-After` header asks for (RFC 9110: seconds or an HTTP date), or None."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header.strip())
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now()).total_seconds())


def retrying(tries: int, base_seconds: float, sleep: Callable[[float], None] = time.sleep) -> tenacity.Retrying:
    """Return a retry loop: exponential with full jitter, never under what `Retry-After` asked for."""
    backoff = tenacity.wait_random_exponential(multiplier=base_seconds, max=max(base_seconds * 64, 1.0))

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait_seconds if isinstance(error, TransientError) else None
        return min(max(backoff(state), asked or 0.0), LONGEST_WAIT_SECONDS)

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(tries),
        wait=wait,
        sleep=sleep,
        retry=tenacity.retry_if_exception_type(TransientError),
        reraise=True,
    )


def checked(response: requests.Response, where: str) -> requests.Response:
    """Return the response if it is good; else raise the error that says what cures it."""
    status = response.status_code
    if status < 400:
        return response
    if status in TRANSIENT_STATUSES or status > 500:
        wait = retry_after(response.headers.get("Retry-After"))
        raise TransientError(f"{where}: HTTP {status}; tried again later by itself", wait)
    if status in (401, 403):
        raise RefusedKeyError(f"{where}: HTTP {status}, the key is refused or lacks a right; check the credentials")
    raise RefusedError(f"{where}: HTTP {status}, the request is refused", status)
