"""A small HTTP server that keeps what vendors post exactly as it came, and ways to spoil it afterwards."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from werkzeug.wrappers import Request, Response

from plugins.sandbox.server import running
from plugins.wire.proofs import Incoming, Secrets, UnverifiedError
from plugins.wire.webhook_file import FILE, read_hook
from plugins.wire.webhooks import NotedInMemory, Receiver

TAPS = Path(__file__).parents[3] / "taps"
WAIT_SECONDS = 5
PATH_SECRET = "d5Wm0vQh3kXo2bTz9LrJ1A"
Spoil = Callable[[str], str]


@dataclass
class Letterbox:
    """Greets as a receiver does, and keeps the rest; answers with `status`."""

    receiver: Receiver
    status: int = 200
    url: str = ""
    greeted: int = 0
    came: queue.Queue[Incoming] = field(default_factory=queue.Queue)

    def __call__(self, request: Request) -> Response:
        incoming = incoming_of(request)
        try:
            greeting = self.receiver.greet(incoming)
        except UnverifiedError:
            return Response("", 404)
        if greeting is not None:
            self.greeted += 1
            return Response(greeting.text, greeting.status, content_type="text/plain")
        self.came.put(incoming)
        return Response("", self.status)

    def next(self) -> Incoming:
        """Return the next delivery."""
        return self.came.get(timeout=WAIT_SECONDS)

    @property
    def secret_url(self) -> str:
        """The address with the secret in it."""
        return f"{self.url}/{PATH_SECRET}"


def incoming_of(request: Request) -> Incoming:
    """Return a request as the endpoint will pass it on."""
    query = [(name, value) for name, values in request.args.lists() for value in values]
    headers = list(request.headers.items())
    return Incoming(request.method, headers, request.get_data(), query, request.path.lstrip("/"))


def receiver_of(system: str, secrets: Secrets) -> Receiver:
    """Return the receiver of a vendor's deliveries, by the file beside its tap."""
    return Receiver(system, read_hook(TAPS / system / FILE), secrets, NotedInMemory())


@contextmanager
def letterbox(receiver: Receiver) -> Iterator[Letterbox]:
    """Serve while the block runs."""
    made = Letterbox(receiver)
    with running(made) as made.url:
        yield made


SPOILT: dict[str, Spoil] = {
    "wrong": lambda right: right[:-2] + ("aa" if right[-2:] != "aa" else "bb"),
    "empty": lambda _: "",
    "doubled": lambda right: f"{right},{right}",
    "doubled with a blank": lambda right: f"{right}, {right}",
    "upper-case": str.upper,
    "the other case": str.swapcase,
    "truncated": lambda right: right[:-1],
    "truncated at the front": lambda right: right[1:],
    "cut in half": lambda right: right[: len(right) // 2],
    "padded": lambda right: f"{right}=",
    "padded with a blank": lambda right: f" {right}",
    "padded with a line": lambda right: f"{right}\n",
    "padded with nothing": lambda right: f"{right}\0",
    "not ASCII": lambda right: f"{right}é",
    "not ASCII within": lambda right: f"{right[:-1]}é",
    "of wide digits": lambda right: right.translate({48 + number: 0xFF10 + number for number in range(10)}) + "\uff10",
    "no text at all": lambda right: f"{right}\udc80",
}
"""What may stand where a right signature should."""


def with_header(incoming: Incoming, name: str, *values: str) -> Incoming:
    """Return a request with a header as often as there are values."""
    others = [each for each in incoming.headers if each[0].lower() != name.lower()]
    return replace(incoming, headers=[*others, *((name, value) for value in values)])


def spoilt(incoming: Incoming, header: str) -> Iterator[Incoming]:
    """Give a right delivery in every way in which it is not right any more: signature and body."""
    right = incoming.header(header)
    yield from (with_header(incoming, header, spoil(right)) for spoil in SPOILT.values())
    yield with_header(incoming, header)
    yield with_header(incoming, header, right, right)
    yield with_header(incoming, header, right, "")
    for body in (b"", incoming.body[:-1], incoming.body + b"\n", incoming.body.replace(b"1", b"2", 1), b"{}"):
        yield replace(incoming, body=body)
