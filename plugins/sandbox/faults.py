"""What goes wrong on purpose: latency, throttling, errors, resets and cut bodies, scripted per request."""

from __future__ import annotations

import os
import re
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response


class Hangup(Exception):  # noqa: N818 - not an error of ours: the scripted end of a connection
    """Ends a connection without an answer."""


@dataclass
class Fault:
    """One scripted fault; it strikes `times` matching requests after letting `skip` pass."""

    match: str = ".*"
    """Regular expression over `METHOD /path?query`."""
    status: int | None = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    latency_seconds: float = 0
    reset: str = ""
    """`before` the request is handled, or `after` it had its effect; then `status` is the answer, where it is given."""
    cut_at: int | None = None
    """Send only so many bytes of the body, then close."""
    times: int = 1
    skip: int = 0

    def strikes(self, text: str) -> bool:
        """Tell whether this request is hit, and count it."""
        if not re.search(self.match, text):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times <= 0:
            return False
        self.times -= 1
        return True


class FaultScript:
    """The faults that wait for their request."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lock = threading.Lock()

    def add(self, **fault: Any) -> None:
        """Script one more fault; the keys are those of `Fault`."""
        with self.lock:
            self.faults.append(Fault(**fault))

    def clear(self) -> None:
        """Forget all that was scripted."""
        with self.lock:
            self.faults.clear()

    def delay(self, request: Request) -> None:
        """Pick the fault of this request, and wait if it says so."""
        target = f"{request.method} {request.full_path.rstrip('?')}"
        with self.lock:
            fault = next((each for each in self.faults if each.strikes(target)), None)
        request.environ["sandbox.fault"] = fault
        if fault and fault.latency_seconds:
            time.sleep(fault.latency_seconds)

    def answer(self, request: Request) -> Response | None:
        """Return the scripted answer instead of the vendor's, or hang up."""
        fault: Fault | None = request.environ.get("sandbox.fault")
        if fault is None:
            return None
        if fault.reset == "before":
            raise Hangup
        return None if fault.status is None or fault.reset else _said(fault)

    def spoil(self, request: Request, response: Response) -> Response:
        """Lose or cut the answer after the request had its effect."""
        fault: Fault | None = request.environ.get("sandbox.fault")
        if fault and fault.reset == "after":
            if fault.status is None:
                raise Hangup
            return _said(fault)
        if fault and fault.cut_at is not None:
            request.environ["sandbox.cut"] = fault.cut_at
        return response


def _said(fault: Fault) -> Response:
    return Response(fault.body, fault.status, headers=dict(fault.headers))


def hang_up(connection: socket.socket) -> None:
    """Reset a TCP connection, so that the peer sees a reset and not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())  # close() would wait for the server's own files on it, and an answer would go out
