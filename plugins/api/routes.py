"""What can be asked: each route with its method, path, scope, request and answer; documentation comes from it too."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Connection
from werkzeug.wrappers import Request

from plugins.api.answers import Answer, Page
from plugins.api.keys import Caller, Scope

Method = Literal["GET", "POST"]
PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be made: who asks, with which words in the path, and what."""

    caller: Caller
    named: Mapping[str, str]
    asked: Any
    """The request as its model."""
    base: str = ""
    """Where this is reached from outside."""


Once = Callable[[Call, Connection, datetime], Answer]
"""Done once for each Idempotency-Key, in one transaction with its answer."""
Ask = Callable[[Call], Answer]
Show = Callable[[Request, Mapping[str, str]], Page | Answer]
Take = Callable[[Caller, bytes], Answer]
"""Done with what was sent as it came, which says itself what makes it once."""
LARGEST_BODY = 10_000


@dataclass(frozen=True)
class Route:
    """One thing that can be asked. Exactly one of `once`, `ask`, `take` and `show` does it."""

    method: Method
    path: str
    does: str
    """What it does, in a line."""
    scope: Scope | None = None
    """What a key must be for; None for what needs no key."""
    asked: type[BaseModel] | None = None
    """The body of a POST, the query of a GET."""
    told: type[BaseModel] | None = None
    """The answer, where it is done."""
    status: int = 200
    refuses: Mapping[int, str] = field(default_factory=dict)
    """Answers beside those that any request may get: status and when."""
    shown_as: str = "text/html"
    """The kind of page."""
    once: Once | None = None
    ask: Ask | None = None
    take: Take | None = None
    largest: int = LARGEST_BODY
    """How many bytes a body may have."""
    show: Show | None = None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = [f"(?P<{each}>[^/]{{1,512}})" if at % 2 else re.escape(each)
                 for at, each in enumerate(PART.split(self.path))]  # fmt: skip
        return re.compile("".join(words))

    @property
    def named(self) -> list[str]:
        """Return the words that stand in the path."""
        return PART.findall(self.path)

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return the words in a path that is this route's, None for another path."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


@dataclass(frozen=True)
class Found:
    """A route and the words in its path."""

    route: Route
    named: Mapping[str, str]


def find(routes: Sequence[Route], method: str, path: str) -> Found | Sequence[str]:
    """Return the route of a request, or the methods that its path takes: none where there is no such path."""
    matching = [Found(each, named) for each in routes if (named := each.match(path)) is not None]
    wanted = "GET" if method == "HEAD" else method
    return next((each for each in matching if each.route.method == wanted), [each.route.method for each in matching])
