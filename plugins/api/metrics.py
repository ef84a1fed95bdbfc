"""`GET /metrics` beside the other paths, and a span for each request."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable
from typing import Any

from plugins.health.exposition import CONTENT_TYPE, Fresh, exposition
from plugins.observe.tracing import span
from plugins.store.engine import Store

SETTING = "ROTONDE_METRICS_KEY"
LOOPBACK = ("127.0.0.1", "::1")
WORDS = frozenset(
    ("", "loyalty", "holds", "captures", "releases", "balances", "health", "persons", "person", "offers", "preferences",
     "claims", "receipts", "events", "webhooks", "openapi.json")
)  # fmt: skip
"""The words of our own paths; whatever else stands in one may be somebody's, or a secret."""
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def route(path: str) -> str:
    """Return a path in which only our own words are left."""
    return "/".join(each if each in WORDS else "{}" for each in path.split("/")[:6])


class Watched:
    """An application as those who operate it see it.

    Figures go to who shows the key of `ROTONDE_METRICS_KEY`; where none is set, to who asks from this machine.
    """

    def __init__(self, app: Wsgi, store: Store, key: str | None = None) -> None:
        self.app = app
        self.key = os.environ.get(SETTING, "") if key is None else key
        self.fresh = Fresh(lambda: exposition(store))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        path, method = str(environ.get("PATH_INFO", "")), str(environ.get("REQUEST_METHOD", ""))
        if path == "/metrics" and method == "GET":
            return self._figures(environ, start_response)
        with span(f"{method} {route(path)}") as noted:

            def started(status: str, headers: Any, *rest: Any) -> Any:
                noted.note(status=int(status.partition(" ")[0]))
                return start_response(status, headers, *rest)

            return self.app(environ, started)

    def _figures(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not self._may(environ):
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        text = self.fresh.text()
        head = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(text))), ("Cache-Control", "no-store")]
        start_response("200 OK", head)
        return [text]

    def _may(self, environ: dict[str, Any]) -> bool:
        if not self.key:
            return environ.get("REMOTE_ADDR") in LOOPBACK
        scheme, _, given = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self.key.encode())
