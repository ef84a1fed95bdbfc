"""The HTTP side: routes, keys and errors; every error is a code and one line that names nobody."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Request, Response

from plugins.api.asked import Capture, Hold, Named, Release
from plugins.api.desk import Answer, Desk, KeyReused
from plugins.api.keys import Keys

Asked = TypeVar("Asked", bound=BaseModel)
LARGEST_BODY = 10_000
LONGEST_KEY = 255
log = logging.getLogger(__name__)


class Unfit(Exception):  # noqa: N818 - an answer to a caller
    """A request that cannot be read."""

    def __init__(self, status: int, code: str, told: str) -> None:
        super().__init__(told)
        self.answer = Answer(status, {"code": code, "message": told})


class App:
    """The WSGI application: `/loyalty/holds`, `/captures`, `/releases` by POST, `/balances` and `/health` by GET."""

    def __init__(self, desk: Desk, keys: Keys) -> None:
        self.desk, self.keys = desk, keys
        self.routes: dict[str, Callable[[bytes], Callable[..., Answer]]] = {
            "/loyalty/holds": lambda raw: partial(desk.hold, _read(Hold, raw)),
            "/loyalty/captures": lambda raw: partial(desk.capture, _read(Capture, raw)),
            "/loyalty/releases": lambda raw: partial(desk.release, _read(Release, raw)),
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self.answer(Request(environ))
        response = Response(json.dumps(answer.body), answer.status, mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        if answer.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response(environ, start_response)

    def answer(self, request: Request) -> Answer:
        """Return what a request comes to; a fault of ours is an id that stands in the log."""
        try:
            return self._route(request)
        except Unfit as unfit:
            return unfit.answer
        except KeyReused:
            return _fault(422, "key_reused", "Idempotency-Key: it stood for another request; choose a new one")
        except OperationalError:
            return _fault(503, "busy", "the store is busy; try again with the same key")
        except Exception as error:  # noqa: BLE001 - its text may name a person: only its kind is told, to the log
            number = uuid.uuid4().hex
            log.error("request %s failed: %s", number, type(error).__name__)
            return _fault(500, "failed", f"the request failed; its number in the log is {number}")

    def _route(self, request: Request) -> Answer:
        if request.path == "/health":
            return Answer(200, {"status": "ok"})
        client = self.keys.client(request.headers.get("Authorization"))
        if client is None:
            return _fault(401, "no_key", "Authorization: no key of a client; send Bearer and the key")
        if request.path == "/loyalty/balances" and request.method == "GET":
            return self.desk.balance(_asked_for(request))
        if request.path not in self.routes:
            return _fault(404, "no_route", "no such path; see /loyalty/holds, /captures, /releases and /balances")
        if request.method != "POST":
            return _fault(405, "no_method", "this path takes POST")
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= LONGEST_KEY:
            return _fault(400, "no_idempotency_key", "Idempotency-Key: missing or too long; send one for each request")
        raw = _body(request)
        return self.desk.once(client, key, request.path, raw, self.routes[request.path](raw))


def _fault(status: int, code: str, told: str) -> Answer:
    return Answer(status, {"code": code, "message": told})


def _body(request: Request) -> bytes:
    if (request.content_length or 0) > LARGEST_BODY:
        raise Unfit(413, "too_large", f"the body is larger than {LARGEST_BODY} bytes")
    return request.get_data(cache=False)


def _read(model: type[Asked], raw: bytes) -> Asked:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _unfit(error) from None


def _asked_for(request: Request) -> Hold:
    args = request.args
    named = {"customer": Named(source=args["source"], id=args["id"])} if "source" in args and "id" in args else {}
    others = {name: args[name] for name in ("card", "voucher") if name in args}
    try:
        return Hold(amount=1, **named, **others)  # type: ignore[arg-type]
    except ValidationError as error:
        raise _unfit(error) from None


def _unfit(error: ValidationError) -> Unfit:
    """Return the first fault by field and kind; a value, or a key that we do not know, may name a person."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(each) for each in first["loc"]) if first["type"] != "extra_forbidden" else "a key"
    told = "not known; see the documentation" if first["type"] == "extra_forbidden" else first["type"]
    return Unfit(400, "bad_request", f"{where or 'body'}: {told}")
