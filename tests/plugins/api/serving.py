"""`rotonde api` as a process of its own, to be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from plugins.store.engine import Store

ROOT = Path(__file__).parents[3]


@contextmanager
def serving(store: Store, settings: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it over a store; gives the process and its address."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "ROTONDE_HOME": str(store.path.parent),
        "ROTONDE_DATABASE_URL": store.engine.url.render_as_string(hide_password=False), **settings,
    }  # fmt: skip
    command = [sys.executable, "-m", "plugins.api", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    yield process, line.split()[-1]
    process.kill()
    process.wait()
