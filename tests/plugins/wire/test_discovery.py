"""A repeated discovery: answered from memory while settings and tap are the same, and only in Meltano's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TAP = """
if __name__ == "__main__":
    from plugins.wire.discovery import remember

    remember(__file__)
import pathlib
import sys

asked = pathlib.Path(__file__).parent / "asked.txt"
asked.write_text(asked.read_text() + "x" if asked.exists() else "x")
if sys.argv[-1] == "--broken":
    sys.exit(3)
print('{"streams": []}')
"""


@pytest.fixture
def tap(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "tap.py"
    path.parent.mkdir()
    path.write_text(TAP)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / ".meltano" / "run" / "tap-shop" / "tap.1.config.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"key": "secret"}')
    return path


def discover(tap: Path, config: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tap), "--config", str(config), "--discover", *more]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def times_asked(tap: Path) -> int:
    return len((tap.parent / "asked.txt").read_text())


def test_the_second_discovery_is_answered_from_memory(tap: Path, config: Path) -> None:
    said = [discover(tap, config).stdout for _ in range(3)]
    assert [json.loads(each) for each in said] == [{"streams": []}] * 3
    assert times_asked(tap) == 1


def test_other_settings_are_asked_anew(tap: Path, config: Path) -> None:
    discover(tap, config)
    config.write_text('{"key": "another"}')
    discover(tap, config)
    assert times_asked(tap) == 2


def test_a_changed_tap_is_asked_anew(tap: Path, config: Path) -> None:
    discover(tap, config)
    tap.write_text(TAP + "\n")
    assert discover(tap, config).stdout.strip() == '{"streams": []}'
    assert times_asked(tap) == 2


def test_a_discovery_that_failed_is_not_remembered(tap: Path, config: Path) -> None:
    assert discover(tap, config, "--broken").returncode == 3
    discover(tap, config)
    discover(tap, config)
    assert times_asked(tap) == 2


def test_nothing_is_left_outside_meltanos_own_folder(tap: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{}")
    discover(tap, config)
    discover(tap, config)
    assert times_asked(tap) == 2
    assert not (tmp_path / "discovered").exists()


def test_no_setting_stands_in_what_is_remembered(tap: Path, config: Path) -> None:
    discover(tap, config)
    assert "secret" not in (config.parent / "discovered").read_text()
