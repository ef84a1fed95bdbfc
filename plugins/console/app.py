"""The application: every route of every page, behind one gate and in one shell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from plugins.console.desk import Desk
from plugins.console.guard import guarded
from plugins.console.pages import ROUTES
from plugins.console.route import Seen
from plugins.console.shell import REFUSALS, Shell

THREADS = 4
"""Pages made at once: more would not be sooner, and each takes memory."""


def make_app(desk: Desk, routes: Sequence[Seen] = ROUTES) -> Starlette:
    """Return the console over a hub."""
    desk.menu = [(each.name, each.path, each.right) for each in routes if each.on_menu]
    app = Starlette(
        routes=[Route(each.path, guarded(desk, each), methods=[each.method], name=each.name) for each in routes],
        middleware=[Middleware(Shell, desk=desk)],
        exception_handlers=dict(REFUSALS),
        lifespan=_few_threads,
    )
    app.state.desk = desk
    return app


@asynccontextmanager
async def _few_threads(_app: Starlette) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
