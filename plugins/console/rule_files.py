"""The files of sync_rules/ as the console shows them: where each belongs, who answers for it, who changed it last."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from plugins.rules.amiss import FILES, KINDS, SCHEMAS

NAME = re.compile(r"(?:(?P<folder>\w+)/)?(?P<file>[a-z][a-z0-9_]*\.yml)")
COMMIT, APART = "\x01", "\x02"
LOG = ("log", f"--format={COMMIT}%an{APART}%aI", "--name-only", "--relative", "-n", "1000", "--", ".")
FRESH_SECONDS = 60
GIT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed a file last, and when, as git says."""

    who: str
    at: str


class RuleFiles:
    """The files of one folder, read anew each time; what git says of them is kept for a minute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.Lock()
        self._told: tuple[float, dict[str, Change]] | None = None

    def names(self) -> list[str]:
        """Return the files, as in `audiences/gone_quiet.yml`: those there is one of first."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.yml"))
        return sorted(
            (each for each in found if not each.startswith(f"{SCHEMAS}/")), key=lambda each: ("/" in each, each)
        )

    def text(self, name: str) -> str | None:
        """Return what stands in a file; None for one that is not there."""
        return (self.folder / name).read_bytes().decode("utf-8", "replace") if name in self.names() else None

    def may_be(self, name: str) -> bool:
        """Tell whether a file of that name would be read as a rule."""
        found = NAME.fullmatch(name)
        if found is None:
            return False
        return found["folder"] in KINDS if found["folder"] else found["file"] in FILES

    def changes(self) -> dict[str, Change]:
        """Return the last change of each file; nothing where git does not know the folder."""
        with self._turn:
            if self._told is None or time.monotonic() - self._told[0] > FRESH_SECONDS:
                self._told = (time.monotonic(), _newest(_git(self.folder, *LOG).splitlines()))
            return self._told[1]

    def prefix(self) -> str:
        """Return where the folder lies in its repository, as a patch names it."""
        return _git(self.folder, "rev-parse", "--show-prefix").strip() or f"{self.folder.name}/"


def kind_of(name: str) -> str:
    """Return what a file is about: its folder, or its own name where there is one of it."""
    folder, slash, file = name.rpartition("/")
    return folder if slash else file.removesuffix(".yml")


def _newest(lines: Iterable[str]) -> dict[str, Change]:
    found: dict[str, Change] = {}
    change = Change("", "")
    for line in lines:
        if line.startswith(COMMIT):
            who, _, at = line[1:].partition(APART)
            change = Change(who, at)
        elif line:
            found.setdefault(line, change)
    return found


def _git(folder: Path, *words: str) -> str:
    """Return what git says; nothing where it is not there, does not know the folder, or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - nothing in it was typed by anybody
            ["git", "-C", str(folder), *words], capture_output=True, check=False, timeout=GIT_SECONDS,  # noqa: S607
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
