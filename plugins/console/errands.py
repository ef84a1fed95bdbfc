"""Starting what takes long as a process of its own, which goes on when the console ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from plugins.hub.project import environment

Start = Callable[[str, str], None]
"""Takes a module of ours and the number of what it is to do."""


def start(module: str, number: str) -> None:
    """Start a module of ours; what it comes to stands in the store."""
    subprocess.Popen(  # noqa: S603 - our own program, a number of our own
        [sys.executable, "-m", module, number], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True, umask=0o077, env=environment(),
    )  # fmt: skip
