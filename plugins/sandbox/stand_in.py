"""A vendor's API as the sandbox plays it: routes, state, what was asked of it, and what goes wrong on purpose."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from plugins.sandbox.faults import FaultScript

Clock = Callable[[], datetime]
READING = {"GET", "HEAD", "OPTIONS"}


def now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the stand-in, and the status it got."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    at: datetime


def route(path: str, *methods: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Mark a method as the answer to `path`; werkzeug's route syntax, `GET` unless said otherwise."""

    def mark(answer: Callable[..., Response]) -> Callable[..., Response]:
        marks = getattr(answer, "__routes__", [])
        answer.__routes__ = [*marks, (path, methods or ("GET",))]  # type: ignore[attr-defined]
        return answer

    return mark


def act(answer: Callable[..., None]) -> Callable[..., None]:
    """Mark a method as something that happens at the vendor's side: a person unsubscribes, a clerk edits."""
    answer.__act__ = True  # type: ignore[attr-defined]
    return answer


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON as the vendors do."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers=dict(headers or {}), content_type="application/json")


@dataclass
class StandIn:
    """Base of every vendor's stand-in: one lock, one log, one memory.

    A vendor marks its answers with `@route`, its own happenings with `@act`, and overrides `authenticate`,
    `not_found` and `problem` to fail in its own words. Handlers run under one lock, so state needs no care.
    `memory` names a file in which every change is kept; at the next start it is replayed.
    """

    name: ClassVar[str] = ""
    clock: Clock = now
    memory: Path | None = None
    calls: list[Call] = field(default_factory=list)
    faults: FaultScript = field(default_factory=FaultScript)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.random = random.Random(self.name)
        self.replaying = False
        self.routes = Map(list(self._rules()), strict_slashes=False)
        self.seed()
        if self.memory and self.memory.exists():
            self._replay(self.memory.read_text("utf-8").splitlines())

    def _rules(self) -> Iterable[Rule]:
        for name in dir(type(self)):
            for path, methods in getattr(getattr(type(self), name), "__routes__", ()):
                yield Rule(path, endpoint=name, methods=list(methods))

    def settings(self, url: str) -> dict[str, str]:
        """Return the environment that points the vendor's plugins at this stand-in, served at `url`."""
        return {}

    def truth(self) -> dict[str, str]:
        """Return who each of the vendor's records really is, by the id the vendor gives it; no API tells this."""
        return {}

    def holding(self, key: str) -> dict[str, str] | None:
        """Return in words what the vendor holds of one customer: points, consent and more; None where nobody is it."""
        return None

    def seed(self) -> None:
        """Fill the state from the retailer behind the sandbox."""

    def authenticate(self, request: Request) -> Response | None:
        """Return the vendor's refusal, or None when the caller may go on."""
        return None

    def problem(self, error: HTTPException) -> Response:
        """Say 404 or 405 as the vendor would."""
        return json_response({"message": error.name}, error.code or 500)

    def admit(self, request: Request) -> Response | None:
        """Return the refusal of a caller who is over the vendor's limits, before anything is handled."""
        return None

    def leave(self, request: Request) -> None:
        """Undo what `admit` counted."""

    def __call__(self, request: Request) -> Response:
        """Answer one request: limits, scripted faults, key, route, in that order."""
        refusal = self.admit(request)
        try:
            if refusal is None:
                self.faults.delay(request)
                refusal = self.faults.answer(request)
            response = refusal or self._answer(request)
        finally:
            self.leave(request)
        return self.faults.spoil(request, response)

    def _answer(self, request: Request) -> Response:
        with self.lock:
            at = self.clock()
            response = self._route(request)
            response.data  # noqa: B018 - renders the body under the lock
            query = request.query_string.decode()
            body = request.get_data(cache=True)
            self.calls.append(Call(request.method, request.path, query, body, response.status_code, at))
            if request.method not in READING and response.status_code < 400:
                self._remember(
                    {
                        "at": at.isoformat(),
                        "method": request.method,
                        "path": request.path,
                        "query": query,
                        "body": base64.b64encode(body).decode(),
                        "type": request.content_type,
                    }
                )
            return response

    def _route(self, request: Request) -> Response:
        if not self.replaying and (refusal := self.authenticate(request)):
            return refusal
        try:
            endpoint, values = self.routes.bind_to_environ(request.environ).match()
            response: Response = getattr(self, endpoint)(request, **values)
        except HTTPException as error:
            return self.problem(error)
        return response

    def perform(self, name: str, /, **params: str) -> None:
        """Let something happen at the vendor's side; unknown acts raise LookupError."""
        happening = getattr(self, name, None)
        if not getattr(happening, "__act__", False):
            raise LookupError(f"{self.name}: no act '{name}'; it knows {', '.join(self.acts())}")
        with self.lock:
            at = self.clock()
            happening(**params)  # type: ignore[misc]
            self._remember({"at": at.isoformat(), "act": name, "params": params})

    def acts(self) -> list[str]:
        """Return the names of what can happen at this vendor's side."""
        return [name for name in dir(type(self)) if getattr(getattr(type(self), name), "__act__", False)]

    def log(self) -> list[dict[str, Any]]:
        """Return the calls so far, as JSON-able rows without bodies."""
        with self.lock:
            return [{**asdict(call), "body": len(call.body), "at": call.at.isoformat()} for call in self.calls]

    def _remember(self, change: dict[str, Any]) -> None:
        if self.memory and not self.replaying:
            with self.memory.open("a", encoding="utf-8") as file:
                file.write(json.dumps(change) + "\n")

    def _replay(self, lines: list[str]) -> None:
        self.replaying, present = True, self.clock
        try:
            for change in map(json.loads, lines):
                at = datetime.fromisoformat(change["at"])
                self.clock = lambda at=at: at  # type: ignore[misc]
                self._redo(change)
        finally:
            self.replaying, self.clock = False, present

    def _redo(self, change: dict[str, Any]) -> None:
        if "act" in change:
            self.perform(change["act"], **change["params"])
            return
        builder = EnvironBuilder(
            change["path"],
            method=change["method"],
            query_string=change["query"],
            data=base64.b64decode(change["body"]),
            content_type=change["type"],
        )
        self._route(Request(builder.get_environ()))


def sleep(seconds: float) -> None:
    """Wait as a slow vendor does."""
    time.sleep(seconds)
