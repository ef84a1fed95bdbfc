"""Starting a module of ours as a process of its own: it goes on when whoever asked for it ends."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from plugins.hub.project import environment
from plugins.observe.logs import set_up_aside
from plugins.store.engine import Store
from plugins.store.mirror import home

Start = Callable[[Store, str, str], None]
"""Takes the store, a module of ours, and the id of what it is to do."""
ROOMS = Path(__file__).parents[2]


def start(store: Store, module: str, key: str) -> None:
    """Start a module on the store; nobody waits for it here, and what it comes to stands in the store.

    What it says beside that goes to `logs/<its name>.log`.
    """
    log = home(store) / "logs" / f"{module.rpartition('.')[2]}.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    url = store.engine.url.render_as_string(hide_password=False)
    found = os.pathsep.join(filter(None, (str(ROOMS), os.environ.get("PYTHONPATH"))))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600), "wb") as file:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", module, key],
            env=environment({"ROTONDE_DATABASE_URL": url, "PYTHONPATH": found}),
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
        )  # fmt: skip
    Thread(target=child.wait, daemon=True).start()  # one that has ended and that nobody waits for seems to live


def begin() -> None:
    """Be such a process: what it makes is its owner's alone, and a fault that ends it is one line of its log."""
    os.umask(0o077)
    set_up_aside()
