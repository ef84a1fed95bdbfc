"""The one gate before every route: who asks, whether they may, and whether the form is one of ours."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from plugins.console.ask import Ask, Stopped
from plugins.console.desk import Desk
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.console.sessions import session_of

LARGEST_FORM = 200_000
MOST_FIELDS = 200
FORM = "application/x-www-form-urlencoded"


def guarded(desk: Desk, seen: Seen) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a route."""

    async def answer(request: Request) -> Response:
        form = await _form(request) if seen.method == "POST" else None
        return await run_in_threadpool(_answer, desk, seen, request, form)

    return answer


def _answer(desk: Desk, seen: Seen, request: Request, form: dict[str, str] | None) -> Response:
    token = request.cookies.get(desk.cookie("session"))
    session = session_of(desk.hub.store, desk.seals, token, desk.hub.clock())
    ask = Ask(desk, request, seen.name, form, session)
    if session is None and seen.right is not Right.ANYBODY:
        return ask.to("/sign-in")
    if not ask.may(seen.right):
        raise Stopped(403)
    if form is not None and not hmac.compare_digest(form.get("form_token", "").encode(), ask.form_token.encode()):
        raise Stopped(403)
    return seen.does(ask)


async def _form(request: Request) -> dict[str, str]:
    """Read a form, of a size that is told beforehand."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Stopped(415)
    size = request.headers.get("content-length", "")
    if not (size.isascii() and size.isdigit()) or int(size) > LARGEST_FORM:
        raise Stopped(413)
    try:
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Stopped(400) from None
    return dict(fields)
