"""A guard at the socket: a test reaches this machine and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEAR = ("127.0.0.1", "::1", "localhost", "")


class StrangeHost(Exception):  # noqa: N818 - a verdict
    """Somebody wanted to leave this machine."""


def _checked(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else ""  # a path of a Unix socket is here
    if host not in NEAR:
        raise StrangeHost(f"{host}: not this machine")


@contextmanager
def loopback_only() -> Iterator[None]:
    """Let every connection of this process to another machine fail, before its first byte."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _checked(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _checked(address)
        return connect_ex(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_ex  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
