"""The HTTP side: routes, keys and errors; every error is a code and one line that names nobody."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Request

from plugins.api.answers import Answer, Page, fault, first_fault
from plugins.api.asked import Health
from plugins.api.desk import Desk, KeyReused
from plugins.api.keys import Caller, Keys
from plugins.api.loyalty import loyalty_routes
from plugins.api.openapi import described
from plugins.api.pace import Pace
from plugins.api.routes import LARGEST_BODY, Call, Found, Route, find

Asked = TypeVar("Asked", bound=BaseModel)
LONGEST_KEY = 255
PUBLIC_URL = "ROTONDE_PUBLIC_URL"
NOBODY = Caller("", frozenset())
log = logging.getLogger(__name__)


class Unfit(Exception):  # noqa: N818 - an answer to a caller
    """A request that cannot be taken."""

    def __init__(self, status: int, code: str, told: str, **headers: str) -> None:
        super().__init__(told)
        self.answer = fault(status, code, told, **headers)


class App:
    """The WSGI application: the loyalty routes of a desk, what else it is given, `/health` and `/openapi.json`."""

    def __init__(self, desk: Desk, keys: Keys, more: Sequence[Route] = (), pace: Pace | None = None) -> None:
        self.desk, self.keys, self.pace = desk, keys, pace or Pace()
        self.base = os.environ.get(PUBLIC_URL, "").rstrip("/")
        self.routes = (*loyalty_routes(desk), *more, *self._own())
        self.description = described(self.routes)

    def _own(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/health", "Tell that it answers.", told=Health, ask=lambda _: Answer(200, {"status": "ok"})),
            Route("GET", "/openapi.json", "Describe all of this, as OpenAPI 3.1.",
                  ask=lambda _: Answer(200, self.description)),
        )  # fmt: skip

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.answer(Request(environ)).response()(environ, start_response)

    def answer(self, request: Request) -> Answer | Page:
        """Return what a request comes to; a fault of ours is an id that stands in the log."""
        try:
            return self._route(request)
        except Unfit as unfit:
            return unfit.answer
        except KeyReused:
            return fault(422, "key_reused", "Idempotency-Key: it stood for another request; choose a new one")
        except OperationalError:
            return fault(503, "busy", "the store is busy; try again with the same key", Retry_After="1")
        except Exception as error:  # noqa: BLE001 - its text may name a person: only its kind is told, to the log
            number = uuid.uuid4().hex
            log.error("request %s failed: %s", number, type(error).__name__)
            return fault(500, "failed", f"the request failed; its number in the log is {number}")

    def _route(self, request: Request) -> Answer | Page:
        found = find(self.routes, request.method, request.path)
        if isinstance(found, Found) and found.route.scope is None:
            return self._open(request, found)
        caller = self._caller(request)
        if not isinstance(found, Found):
            raise _astray(found)
        self._permit(caller, found.route)
        return self._work(request, found, caller)

    def _open(self, request: Request, found: Found) -> Answer | Page:
        if found.route.show:
            _body(request)
            return found.route.show(request, found.named)
        return self._work(request, found, NOBODY)

    def _caller(self, request: Request) -> Caller:
        caller = self.keys.client(request.headers.get("Authorization"))
        if caller is None:
            told = "Authorization: no key of a client; send Bearer and the key"
            raise Unfit(401, "no_key", told, WWW_Authenticate="Bearer")
        return caller

    def _permit(self, caller: Caller, route: Route) -> None:
        if route.scope not in caller.scopes:
            raise Unfit(
                403, "no_scope", f"the key is not for '{route.scope}'; add it to the client in ROTONDE_API_KEYS"
            )
        if seconds := self.pace.wait(caller.name):
            raise Unfit(429, "too_fast", f"too many requests; go on in {seconds} s", Retry_After=str(seconds))

    def _work(self, request: Request, found: Found, caller: Caller) -> Answer:
        route = found.route
        if route.take:
            return route.take(caller, _body(request, route.largest))
        base = self.base or request.host_url.rstrip("/")
        if route.once is None:
            assert route.ask
            asked = _queried(route.asked, request) if route.asked else None
            return route.ask(Call(caller, found.named, asked, base))
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= LONGEST_KEY:
            raise Unfit(400, "no_idempotency_key", "Idempotency-Key: missing or too long; send one for each request")
        raw = _body(request)
        call = Call(caller, found.named, _read(route.asked, raw) if route.asked else None, base)
        return self.desk.once(caller.name, key, request.path, raw, partial(route.once, call))


def _astray(methods: Sequence[str]) -> Unfit:
    if not methods:
        return Unfit(404, "no_route", "no such path; see /openapi.json")
    allowed = ", ".join(methods)
    return Unfit(405, "no_method", f"this path takes {allowed}", Allow=allowed)


def _body(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """Return the body, which later readers find too; a body without a length is none."""
    if (request.content_length or 0) > largest:
        raise Unfit(413, "too_large", f"the body is larger than {largest} bytes")
    return request.get_data(cache=True)


def _read(model: type[Asked], raw: bytes) -> Asked:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise Unfit(400, "bad_request", first_fault(error)) from None


def _queried(model: type[Asked], request: Request) -> Asked:
    known = {name: each for name, each in request.args.items() if name in model.model_fields}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        raise Unfit(400, "bad_request", first_fault(error)) from None
