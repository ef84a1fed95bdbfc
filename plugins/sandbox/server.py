"""The sandbox as a real HTTP server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from plugins.sandbox.faults import Hangup, hang_up
from plugins.sandbox.stand_in import StandIn, json_response

Answer = Callable[[Request], Response]
StartResponse = Callable[..., Any]


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 with keep-alive, no log, and connections that may end badly when a fault says so."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: a vendor's log is not ours."""

    def handle_one_request(self) -> None:
        """End the connection without an answer when the script says so."""
        try:
            super().handle_one_request()
        except (Hangup, ConnectionError, ValueError):
            self.close_connection = True


def _application(answer: Answer) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = answer(request)
        except Hangup:
            hang_up(environ["werkzeug.socket"])
            raise
        if (cut := environ.get("sandbox.cut")) is not None:
            return _cut(environ, start_response, response, cut)
        return response(environ, start_response)

    return application


def _cut(environ: dict[str, Any], start_response: StartResponse, response: Response, cut: int) -> Iterable[bytes]:
    body = response.get_data()
    response.headers["Content-Length"] = str(len(body))
    write = start_response(response.status, response.headers.to_wsgi_list())
    write(body[:cut])
    environ["werkzeug.socket"].shutdown(2)
    return []


def serve(answer: Answer, port: int = 0) -> BaseWSGIServer:
    """Bind `answer` to a loopback port (0: any free one) and return the server, not yet started."""
    return make_server("127.0.0.1", port, _application(answer), threaded=True, request_handler=QuietHandler)


@contextmanager
def running(answer: Answer, port: int = 0) -> Iterator[str]:
    """Serve while the block runs; gives the base URL."""
    server = serve(answer, port)
    server.daemon_threads = True  # type: ignore[attr-defined]
    server.block_on_close = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Sandbox:
    """Every stand-in on one port: `/<vendor>/...` is the vendor, `/_sandbox/...` is the control desk.

    `GET /_sandbox/` lists the vendors and their acts; `GET /_sandbox/<vendor>/log` what was asked;
    `GET /_sandbox/<vendor>/truth` who its records really are; `GET /_sandbox/<vendor>/holding/<key>` one of them;
    `POST /_sandbox/<vendor>/faults` scripts a fault (`DELETE` forgets them all);
    `POST /_sandbox/<vendor>/acts/<act>` lets something happen at the vendor's side (JSON object of texts).
    """

    def __init__(self, stand_ins: Mapping[str, StandIn]) -> None:
        self.stand_ins = stand_ins

    def __call__(self, request: Request) -> Response:
        vendor, _, rest = request.path.lstrip("/").partition("/")
        if vendor == "_sandbox":
            return self._desk(request, rest)
        if vendor not in self.stand_ins:
            known = ", ".join(f"/{name}" for name in self.stand_ins)
            return json_response({"message": f"no vendor '{vendor}' here; try {known}"}, 404)
        environ = request.environ
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{vendor}"
        environ["PATH_INFO"] = "/" + rest
        return self.stand_ins[vendor](Request(environ))

    def _desk(self, request: Request, path: str) -> Response:
        vendor, _, rest = path.partition("/")
        stand_in = self.stand_ins.get(vendor)
        if stand_in is None:
            return json_response({name: each.acts() for name, each in self.stand_ins.items()}, 404 if vendor else 200)
        if rest == "log":
            return json_response(stand_in.log())
        if rest == "truth":
            return json_response(stand_in.truth())
        if rest.startswith("holding/"):
            found = stand_in.holding(rest.removeprefix("holding/"))
            return json_response(found or {"message": "nobody"}, 200 if found else 404)
        if rest == "faults":
            return self._faults(request, stand_in)
        if rest.startswith("acts/") and request.method == "POST":
            return self._act(request, stand_in, rest.removeprefix("acts/"))
        return json_response({"message": "log, truth, holding/<key>, faults or acts/<act>"}, 404)

    @staticmethod
    def _faults(request: Request, stand_in: StandIn) -> Response:
        if request.method == "DELETE":
            stand_in.faults.clear()
        elif request.method == "POST":
            stand_in.faults.add(**json.loads(request.get_data()))
        return json_response({"waiting": len(stand_in.faults.faults)})

    @staticmethod
    def _act(request: Request, stand_in: StandIn, name: str) -> Response:
        try:
            stand_in.perform(name, **json.loads(request.get_data() or b"{}"))
        except (LookupError, TypeError) as error:
            return json_response({"message": str(error)}, 400)
        return json_response({"done": name})
