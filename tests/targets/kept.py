"""What the tests of every target share: an outbox that remembers, and a target as a process of its own on a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plugins.wire.outbox import Build, Fixed, Outcome, PlainOutbox, Row

ROOT = Path(__file__).parents[2]


class Kept(PlainOutbox):
    """An outbox that remembers, and lets some keys go no more."""

    def __init__(self, withheld: Sequence[str] = ()) -> None:
        super().__init__()
        self.withheld, self.calls = withheld, []
        self.final: dict[str, Outcome] = {}

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        fixed = super().fix([row for row in rows if row.key not in self.withheld], build)
        self.calls.append(fixed)
        return fixed

    def answered(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        super().answered(key, outcomes, receipt)
        for each, outcome in outcomes.items():
            if outcome.is_final:
                assert each not in self.final or self.final[each].state in ("staged", "dropped")
                self.final[each] = outcome

    @property
    def states(self) -> dict[str, str]:
        return {key: outcome.state for key, outcome in self.final.items()}

    @property
    def reasons(self) -> dict[str, str]:
        return {key: outcome.reason for key, outcome in self.final.items()}


def messages(*rows: Row) -> str:
    """Return what `tap-hub` writes of these rows."""
    schema = {"type": "SCHEMA", "stream": "changes", "schema": {"properties": {}}, "key_properties": ["key"]}
    lines: list[dict[str, Any]] = [schema]
    for each in rows:
        record = {"key": each.key, "operation": each.operation, "wire_id": each.wire_id, "payload": dict(each.payload)}
        lines.append({"type": "RECORD", "stream": "changes", "record": record})
    return "".join(json.dumps(line) + "\n" for line in lines)


def start(system: str, config: Mapping[str, Any], folder: Path) -> subprocess.Popen[str]:
    """Start a system's target; it reads its standard input."""
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    command = [sys.executable, str(ROOT / "targets" / system / "target.py"), "--config", str(settings)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=folder)
