"""The hub over a small store, and its figures by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugins.health.__main__ import health
from plugins.store.engine import Store
from tests.road.conftest import own_environment, rules, stage

__all__ = ["own_environment", "rotonde", "rules", "stage"]


class Rotonde:
    """The commands of this room, on a store, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *command: str) -> Result:
        return CliRunner().invoke(health, command, catch_exceptions=False)

    def figures(self) -> dict[str, float]:
        return told(self("metrics").stdout)


def told(text: str) -> dict[str, float]:
    """Return the figures of an exposition: name with its labels -> value."""
    return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*?(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


@pytest.fixture
def rotonde(sqlite_store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rotonde:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROTONDE_DATABASE_URL", sqlite_store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROTONDE_RULES", str(rules))
    return Rotonde(tmp_path)
