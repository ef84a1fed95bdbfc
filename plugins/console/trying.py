"""Trying a text of rules before it is a file: the folder as it would be, everything wrong in it, its examples run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from plugins.hub.destinations import Channel
from plugins.hub.meaning import read_rules
from plugins.hub.rule_examples import run_all
from plugins.rules.complaint import Complaint, RulesError
from plugins.rules.yaml_file import LARGEST_BYTES


@dataclass(frozen=True)
class Checked:
    """What is wrong with a folder of rules: all complaints, or all examples that do not hold."""

    complaints: list[Complaint] = field(default_factory=list)
    examples: int = 0
    failures: list[Complaint] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is wrong."""
        return not (self.complaints or self.failures)

    def of(self, file: str) -> list[Complaint]:
        """Return what is wrong in one file, by its name inside the folder."""
        return [each for each in (*self.complaints, *self.failures) if each.file.partition("/")[2] == file]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return asdict(self)


def check(folder: Path, channels: Mapping[str, Channel]) -> Checked:
    """Read a folder of rules as a run would, and run its examples."""
    try:
        rules = read_rules(folder, channels)
    except RulesError as wrong:
        return Checked(wrong.complaints)
    examples, failures = run_all(rules)
    return Checked([], examples, failures)


@contextmanager
def changed(folder: Path, file: str, text: str) -> Iterator[Path]:
    """Give a copy of a folder of rules in which one file is as proposed; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rules-") as beside:
        copied = Path(beside) / folder.name
        shutil.copytree(folder, copied, ignore=_other)
        (copied / file).parent.mkdir(parents=True, exist_ok=True)
        (copied / file).write_bytes(text.encode()[: LARGEST_BYTES + 1])
        yield copied


def _other(folder: str, names: list[str]) -> list[str]:
    """Return what is no rule file."""
    return [each for each in names if not (each.endswith(".yml") or (Path(folder) / each).is_dir())]


def tidy(text: str) -> str:
    """Return a text that a form sent as a file has it: lines end alike, the last one too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.endswith("\n") or not lines else f"{lines}\n"
