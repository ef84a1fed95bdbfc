"""What surrounds every answer: headers that keep a browser strict, and errors that show an id and nothing else."""

from __future__ import annotations

import logging
import traceback
import uuid

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugins.console.ask import Ask, Stopped
from plugins.console.desk import Desk

log = logging.getLogger(__name__)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TOLD = {400, 403, 404, 405, 413, 415}
"""Statuses that have words of their own; any other is told as a fault of ours."""


class Shell:
    """The outermost layer of ours."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def strictly(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _strict(MutableHeaders(scope=message), self.desk.is_secure)
            await send(message)

        try:
            await self.app(scope, receive, strictly)
        except Exception as error:  # noqa: BLE001 - its text may name a person: only its kind and place are told
            number = _logged(error)
            if not begun:
                answer = await run_in_threadpool(_page, self.desk, Request(scope), 500, number)
                await answer(scope, receive, strictly)


def refused(request: Request, error: Exception) -> Response:
    """Answer a request that the router or a page stopped."""
    status = error.status if isinstance(error, Stopped) else getattr(error, "status_code", 500)
    return _page(request.app.state.desk, request, status, uuid.uuid4().hex[:12])


REFUSALS = {Stopped: refused, HTTPException: refused}


def _strict(headers: MutableHeaders, is_secure: bool) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
    if is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _page(desk: Desk, request: Request, status: int, number: str) -> Response:
    words = str(status) if status in TOLD else "500"
    return Ask(desk, request, "error").page("error.html", status, words=words, number=number)


def _logged(error: Exception) -> str:
    number = uuid.uuid4().hex[:12]
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error("request %s failed: %s at %s:%s", number, type(error).__name__, place.filename, place.lineno)
    return number
