"""Change one small thing at a time in the code that must not be wrong, and count how many changes its tests notice.

`make mutate`, or `ARGS="fold gate"` for some files. mutmut makes the changes in a copy of the tree and runs, for each,
the tests that reach the changed function; only fast tests on SQLite are asked. It knows function bodies: SQL that
stands at the top of a module, and what has a decorator, it leaves as it is. The exit code is 1 below 85 %.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from prove.run import ROOT, copy_tree

LEAST = 85
"""Of a hundred changes, how many must be noticed."""
NOTICED = {1: "noticed", 3: "noticed", 24: "slow", 36: "slow", 152: "slow", -24: "slow", 255: "slow"}
"""How a run of the tests ends that fails, or that the change made endless."""
LEDGER = ("tests/mappers/loyalty/test_posting.py", "tests/mappers/loyalty/test_holding.py",
          "tests/mappers/loyalty/test_amounts.py")  # fmt: skip
TESTS: Mapping[str, tuple[str, ...]] = {
    "mappers/loyalty/event.py": ("tests/mappers/loyalty/test_fold.py",),
    "mappers/loyalty/fold.py": ("tests/mappers/loyalty/test_fold.py",),
    "mappers/loyalty/programme.py": ("tests/mappers/loyalty/test_programme.py",),
    "mappers/loyalty/books.py": LEDGER,
    "mappers/loyalty/posting.py": LEDGER,
    "mappers/loyalty/holding.py": LEDGER,
    "mappers/consent/fold.py": ("tests/mappers/consent/test_house_rules.py",),
    "plugins/hub/gate.py": ("tests/plugins/hub/test_gate.py",),
}
ONLY = "not postgres and not at_once and not merge_moves and not in_any_order and not l14_no_float"
"""Without what takes seconds or a server; each mutant is a run."""
SETTINGS = """
[tool.mutmut]
source_paths = ["mappers", "plugins"]
only_mutate = [{file}]
also_copy = ["taps", "targets", "sync_rules", "tests", "meltano.yml", "pyproject.toml"]
pytest_add_cli_args = ["-k", "{only}"]
pytest_add_cli_args_test_selection = {tests}
"""


def mutated(file: str) -> dict[str, int | None]:
    """Return every change to a file, and how the run of its tests ended."""
    with tempfile.TemporaryDirectory(prefix="mutate") as copy:
        folder = Path(copy)
        copy_tree(folder)
        settings = SETTINGS.format(file=json.dumps(file), only=ONLY, tests=json.dumps(TESTS[file]))
        (folder / "pyproject.toml").write_text((folder / "pyproject.toml").read_text("utf-8") + settings, "utf-8")
        own = next((ROOT / "prove/.venv/lib").glob("python*/site-packages"))
        environment = {**os.environ, "PYTHONPATH": f"{own}{os.pathsep}{folder}"}
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", os.environ.get("WORKERS", "2")]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(f"{file}: mutmut could not run its tests; make them green first\n{done.stdout[-2000:]}")
        found: dict[str, int | None] = json.loads((folder / f"mutants/{file}.meta").read_text())["exit_code_by_key"]
        return found


def report(file: str) -> Iterator[str]:
    """Give the score of one file, and the changes that nobody noticed."""
    ends = mutated(file)
    counts = Counter(NOTICED.get(code, "unnoticed") if code is not None else "unnoticed" for code in ends.values())
    noticed = len(ends) - counts["unnoticed"]
    yield f"{'ok ' if noticed * 100 >= LEAST * len(ends) else 'LOW'} {file:<32} {noticed:4} of {len(ends):4} noticed"
    yield from (f"    {name}" for name, code in ends.items() if code not in NOTICED)


def main(names: list[str]) -> int:
    """Mutate the named files, or all; the exit code is 1 when one has too low a score."""
    is_well = True
    for file in TESTS:
        if not names or any(name in file for name in names):
            for line in report(file):
                is_well = is_well and not line.startswith("LOW")
                print(line, flush=True)  # noqa: T201
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
