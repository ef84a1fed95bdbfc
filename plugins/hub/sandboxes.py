"""The sandbox, and what else goes on beside us: started, found again, asked, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import requests

START_SECONDS = 90.0


class Beside(NamedTuple):
    """A kind of process that goes on in the background."""

    note: str
    probe: str
    """What it answers while it is well."""


SANDBOX = Beside("sandbox.json", "/_sandbox/")
CONSOLE = Beside("console.json", "/sign-in")


@dataclass(frozen=True, slots=True)
class Running:
    """A process that answers."""

    url: str
    process: int
    retailer: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of a sandbox the environment that points every connector at it."""


class NoSandbox(Exception):  # noqa: N818 - said to the operator as it is
    """No sandbox answers, or none could be started. The text is `where: what; what to do`."""


def find(folder: Path, kind: Beside = SANDBOX) -> Running | None:
    """Return the process that left its note in `folder`, if it still answers."""
    if not (folder / kind.note).exists():
        return None
    noted = Running(**json.loads((folder / kind.note).read_text("utf-8")))
    try:
        requests.get(f"{noted.url}{kind.probe}", timeout=10).raise_for_status()
    except requests.RequestException:
        return None
    return noted


def note(folder: Path, running: Running, kind: Beside = SANDBOX) -> None:
    """Write down where a process is, for whoever looks for it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / kind.note
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(running)), encoding="utf-8")


def start(folder: Path, retailer: str, port: int) -> Running:
    """Return the sandbox of `folder`, started in the background where none answers."""
    if found := find(folder):
        return found
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / SANDBOX.note).unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "plugins.sandbox",
        "--retailer",
        retailer,
        "--port",
        str(port),
        "--memory",
        str(folder),
    ]
    with (folder / "sandbox.log").open("ab") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if found := find(folder):
            return found
        if child.poll() is not None:
            break
        time.sleep(0.1)
    raise NoSandbox(f"sandbox: did not start; see {folder / 'sandbox.log'}")


def stop(folder: Path) -> bool:
    """Stop the sandbox of `folder` and the console over it; False when none was running."""
    stopped = False
    for kind in (SANDBOX, CONSOLE):
        if found := find(folder, kind):
            with suppress(ProcessLookupError):
                os.kill(found.process, signal.SIGTERM)
            (folder / kind.note).unlink(missing_ok=True)
            stopped = True
    return stopped


def truths(folder: Path) -> dict[str, dict[str, str]]:
    """Return, for each vendor, who its records really are; only the sandbox can tell."""
    found = find(folder)
    if found is None:
        raise NoSandbox("sandbox: none is running; start one with 'rotonde sandbox start'")
    vendors = requests.get(f"{found.url}/_sandbox/", timeout=10).json()
    return {name: requests.get(f"{found.url}/_sandbox/{name}/truth", timeout=60).json() for name in vendors}


def holding(folder: Path, vendor: str, key: str) -> dict[str, str] | None:
    """Return what a vendor of the sandbox holds of one customer, in words; None where nobody is it."""
    found = find(folder)
    if found is None:
        raise NoSandbox("sandbox: none is running; start one with 'rotonde sandbox start'")
    answer = requests.get(f"{found.url}/_sandbox/{vendor}/holding/{key}", timeout=60)
    said: dict[str, str] = answer.json()
    return said if answer.ok else None


def perform(folder: Path, vendor: str, act: str, params: Mapping[str, str]) -> None:
    """Let something happen at a vendor's side."""
    found = find(folder)
    if found is None:
        raise NoSandbox("sandbox: none is running; start one with 'rotonde sandbox start'")
    answer = requests.post(f"{found.url}/_sandbox/{vendor}/acts/{act}", json=dict(params), timeout=60)
    if not answer.ok:
        raise NoSandbox(f"sandbox: {answer.json().get('message', answer.status_code)}")
