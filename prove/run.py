"""Prove that the tests of the invariants bite: break one line at a time, and see the named test turn red.

`python prove/run.py [NAME ...]`. Each `prove/*.patch` begins with the lines `invariant:` and `test:`; the rest is the
break. It is applied in a copy of the tree; a test that stays green, or a patch that no longer fits, is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TREE = (
    "plugins", "taps", "targets", "mappers", "sync_rules", "tests", "pyproject.toml", "meltano.yml", "Makefile", ".ci",
    "requirements.lock",
)  # fmt: skip
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")
RED = 1
"""What pytest answers when a test failed; everything above means that no test was run."""


@dataclass(frozen=True, slots=True)
class Break:
    """One line that is broken on purpose, and the test that must notice."""

    name: str
    test: str
    patch: Path


def breaks(folder: Path = ROOT / "prove") -> list[Break]:
    """Return every committed break, by invariant."""
    found = []
    for path in sorted(folder.glob("*.patch")):
        head = dict(line.split(": ", 1) for line in path.read_text("utf-8").splitlines()[:2])
        found.append(Break(head["invariant"], head["test"], path))
    return found


def copy_tree(folder: Path) -> None:
    """Copy what the tests need."""
    for name in TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, folder / name)


def _patch(folder: Path, patch: Path, *options: str) -> bool:
    command = ["patch", "-p1", "--silent", "--force", "--no-backup-if-mismatch", *options, "-i", str(patch)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0  # noqa: S603


def _test(folder: Path, *tests: str) -> int:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", *tests]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603
    return done.returncode


def prove(folder: Path, each: Break) -> str:
    """Break the copy, run the test, mend the copy; returns the verdict."""
    if not _patch(folder, each.patch, "--dry-run"):
        return "the patch does not fit any more"
    _patch(folder, each.patch)
    try:
        code = _test(folder, each.test)
    finally:
        _patch(folder, each.patch, "--reverse")
    return {0: "STAYED GREEN", RED: "red"}.get(code, "no such test")


def main(names: list[str]) -> int:
    """Prove the named breaks, or all; the exit code is 1 when one was not noticed."""
    is_well = True
    with tempfile.TemporaryDirectory(prefix="prove") as copy:
        folder = Path(copy)
        copy_tree(folder)
        chosen = [each for each in breaks() if not names or each.name in names]
        if _test(folder, *sorted({each.test for each in chosen})):
            print("a test is red before anything is broken; run make test first")  # noqa: T201
            return 1
        for each in chosen:
            started = time.monotonic()
            verdict = prove(folder, each)
            is_well = is_well and verdict == "red"
            seconds = time.monotonic() - started
            print(f"{each.name:<4} {verdict:<32} {seconds:6.1f} s  {each.test}", flush=True)  # noqa: T201
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
