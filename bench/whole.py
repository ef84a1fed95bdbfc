"""Whole processes, timed from outside: wall clock, CPU seconds of all of them, memory; and what is kept of them."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from reprlib import repr as short
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "keeping.jsonl"
MELTANO = Path(sys.executable).with_name("meltano")
INGEST: Sequence[str | Path] = [MELTANO, "run", "ingest-tilroy"]
SAMPLE_SECONDS = 0.05


class BenchError(Exception):
    """A run failed or its result is wrong: then no time is told."""


@dataclass(frozen=True)
class Took:
    """What one run took; memory is the peak of the first process alone, and of whichever process was the largest."""

    wall: float
    cpu: float
    megabytes: float
    largest: float


def timed(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path, log: Path) -> Took:
    """Run a command to its end; BenchError when it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with log.open("wb") as out, subprocess.Popen(command, env=env, cwd=cwd, stdout=out, stderr=out) as process:
        peak = Peak(process.pid)
        code = process.wait()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if code:
        raise BenchError(f"{Path(command[0]).name}: exit {code}; see {log}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(round(wall, 3), round(cpu, 3), round(peak.kilobytes / 1024, 1), round(peak.largest / 1024, 1))


class Peak(threading.Thread):
    """Watches the peak memory of one process until it is gone, and of those it starts."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.kilobytes = self.largest = 0
        self.start()

    def run(self) -> None:
        """Sample the high-water marks, which only rise."""
        while (found := _high_water(self.pid)) is not None:
            self.kilobytes = found or self.kilobytes
            self.largest = max(self.largest, found, *(_high_water(each) or 0 for each in _descendants(self.pid)))
            time.sleep(SAMPLE_SECONDS)


def _high_water(pid: int) -> int | None:
    """Return the peak of a process in kilobytes, 0 once it has ended, None when it is gone."""
    try:
        words = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()
    except OSError:
        return None
    return int(words[0]) if words else 0


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(each) for each in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _descendants(child)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a run: the product's commands, and every file of Meltano inside `folder`."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1", **more}


def settings(folder: Path, address: str, database: str, selection: str) -> dict[str, str]:
    """Return the environment of the product's own job: where Tilroy and the store are, and what of Tilroy is read."""
    return environment(
        folder,
        TAP_TILROY_API_URL=address,
        TAP_TILROY_TENANT_KEY="tenant",
        TAP_TILROY_GATEWAY_KEY="gateway",
        TAP_TILROY_BEARER_TOKEN="bearer",
        TAP_TILROY_LOYALTY="false",
        TAP_TILROY__SELECT=selection,
        ROTONDE_DATABASE_URL=database,
    )


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


def serving(records: int, *which: str) -> AbstractContextManager[str]:
    """Serve receipts, or `customers`, from a process of their own; gives its address."""
    return started("bench.server", str(records), *which)


@contextmanager
def started(module: str, *words: str) -> Iterator[str]:
    """Run a server of the bench in a process of its own; gives the address it prints."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def same(what: str, found: Any, expected: Any) -> None:
    """Stop the bench when a result is not what it must be."""
    if found != expected:
        raise BenchError(f"{what}: {short(found)}, expected {short(expected)}; no time is told")


def compared(took: dict[str, list[Took]], mine: str, other: str) -> dict[str, float]:
    """Return the medians of the ratios of each pair."""
    both = list(zip(took[mine], took[other], strict=True))
    return {
        "wall": round(statistics.median(a.wall / b.wall for a, b in both), 3),
        "cpu": round(statistics.median(a.cpu / b.cpu for a, b in both), 3),
    }


def kept(
    name: str, found: Mapping[str, Any], took: dict[str, list[Took]], ratios: Sequence[tuple[str, str]],
    results: Path = RESULTS,
) -> None:  # fmt: skip
    """Print a comparison, with what else was found, and add it to the results."""
    medians = {
        each: {
            part: round(statistics.median(getattr(one, part) for one in runs), 3)
            for part in ("wall", "cpu", "megabytes", "largest")
        }
        for each, runs in took.items()
    }
    entry = {
        "what": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **found,
        "runs": len(next(iter(took.values()))),
        "medians": medians,
        "ratios": {f"{mine} / {other}": compared(took, mine, other) for mine, other in ratios},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1),
        "meltano": version("meltano"),
        "singer-sdk": version("singer-sdk"),
    }
    print(json.dumps(entry, indent=1))
    with results.open("a") as file:
        file.write(json.dumps(entry) + "\n")
