"""An operation of the API: its path, which limit it counts against, and which scopes its token needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from werkzeug.wrappers import Response

from plugins.sandbox.stand_in import route

ROOT = "/v5"
ACCOUNT = "/ad_accounts/<ad_account_id>"
Answer = Callable[..., Response]


class Operation(NamedTuple):
    """What must be known of a call before it is answered."""

    category: str
    """As `x-ratelimit-category` names it in the specification."""
    scopes: frozenset[str]
    takes_conversion_token: bool = False


def operation(
    path: str, method: str = "GET", *, category: str, scopes: str = "", conversion_token: bool = False
) -> Callable[[Answer], Answer]:
    """Mark a method as the answer to an operation; scopes are written with spaces."""

    def mark(answer: Answer) -> Answer:
        told = Operation(category, frozenset(scopes.split()), conversion_token)
        answer.__operation__ = told  # type: ignore[attr-defined]
        return route(ROOT + path, method)(answer)

    return mark


def operation_of(answer: Any) -> Operation:
    """Return what was said of an answer."""
    told: Operation = answer.__operation__
    return told
