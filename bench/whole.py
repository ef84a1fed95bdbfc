"""Whole processes, timed from outside: wall clock, CPU seconds of all of them, Meltano's own memory."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAMPLE_SECONDS = 0.05


class BenchError(Exception):
    """A run failed or its result is wrong: then no time is told."""


@dataclass(frozen=True)
class Took:
    """What one run took; memory is the peak of the first process alone."""

    wall: float
    cpu: float
    megabytes: float


def timed(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path, log: Path) -> Took:
    """Run a command to its end; BenchError when it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with log.open("wb") as out, subprocess.Popen(command, env=env, cwd=cwd, stdout=out, stderr=out) as process:
        peak = _Peak(process.pid)
        code = process.wait()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if code:
        raise BenchError(f"{Path(command[0]).name}: exit {code}; see {log}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(round(wall, 3), round(cpu, 3), round(peak.kilobytes / 1024, 1))


class _Peak(threading.Thread):
    """Watches the peak memory of one process until it is gone."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.kilobytes = 0
        self.start()

    def run(self) -> None:
        """Sample the high-water mark, which only rises."""
        while True:
            try:
                words = self.status.read_text().partition("VmHWM:")[2].split()
            except OSError:
                return
            self.kilobytes = int(words[0]) if words else self.kilobytes
            time.sleep(SAMPLE_SECONDS)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a run: the product's commands, and every file of Meltano inside `folder`."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1", **more}


@contextmanager
def project() -> Iterator[Path]:
    """Give a Meltano project of our own: the product's files, and no run of anybody else beside it."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        for room in ("taps", "targets", "mappers"):  # Meltano refuses links that lead out of a project
            shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        main = (ROOT / "meltano.yml").read_text().replace("include_paths:\n", "include_paths:\n- bench.yml\n")
        (folder / "meltano.yml").write_text(main)
        own = (ROOT / "bench" / "plugins.yml").read_text().replace("BENCH", str(ROOT / "bench"))
        (folder / "bench.yml").write_text(own)
        yield folder


@contextmanager
def serving(good_sales: int, *which: str) -> Iterator[str]:
    """Serve the receipts from a process of their own; gives its address."""
    command = [sys.executable, "-m", "bench.server", str(good_sales), *which]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
