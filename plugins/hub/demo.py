"""The demonstration: a sandbox, every job against it, and what moved."""

from __future__ import annotations

import os
from pathlib import Path

from plugins.hub.sandboxes import Running, start

FOLDER = Path(".rotonde")
MARK = "# Written by `rotonde demo`: every system is the sandbox. Put your own addresses and keys here."


def folder_of(retailer: str) -> Path:
    """Return where a demonstration keeps its store and the sandbox's memory."""
    return FOLDER / f"demo-{retailer}"


def settings(running: Running, retailer: str) -> dict[str, str]:
    """Return the environment that points every connector at the sandbox."""
    folder = folder_of(retailer)
    return {
        "ROTONDE_DATABASE_URL": f"sqlite:///{folder}/store.db",
        "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
        **running.settings,
    }


def prepare(retailer: str) -> Running:
    """Start the sandbox and write `.env`, unless somebody else wrote it; the environment is set for this process."""
    running = start(folder_of(retailer), retailer, 8700)
    lines = [MARK, *(f"{name}={value}" for name, value in settings(running, retailer).items())]
    path = Path(".env")
    if not path.exists() or path.read_text("utf-8").startswith(MARK):
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.environ.update(settings(running, retailer))
    return running


def load_env(path: Path = Path(".env")) -> None:
    """Take the settings of `.env` into the environment; what is set already wins."""
    if not path.exists():
        return
    for line in path.read_text("utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
