"""The console over a demonstration: an account of each role, and a process that goes on beside us."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

from plugins.console import accounts
from plugins.console.roles import Role
from plugins.hub.sandboxes import CONSOLE, Running, find, note
from plugins.store.engine import Store, StoreError
from plugins.store.times import now

PORT = 8900
START_SECONDS = 60.0


def serve(folder: Path, retailer: str, store: Store, port: int = PORT) -> Running:
    """Return the console of a demonstration, started where none answers; its settings have the password."""
    if found := find(folder, CONSOLE):
        return found
    password = secrets.token_urlsafe(12)
    _let_in(store, password)
    log = folder / "console.log"
    child = _start(log, port)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        address = log.read_text("utf-8").partition("console: ")[2]
        if address.endswith("\n"):
            note(folder, Running(address.strip(), child.pid, retailer, {"password": password}), CONSOLE)
        if found := find(folder, CONSOLE):
            return found
        time.sleep(0.1)
    raise StoreError(f"console: did not start; see {log}")


def _let_in(store: Store, password: str) -> None:
    known = {each["name"] for each in accounts.listed(store)}
    for role in Role:
        if role.value in known:
            accounts.set_password(store, role.value, password, now())
        else:
            accounts.add(store, role.value, role, password, now())


def _start(log: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "plugins.console", "serve", "--port", str(_free(port))]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as said:
        return subprocess.Popen(  # noqa: S603
            command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True, env=env
        )


def _free(port: int) -> int:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
