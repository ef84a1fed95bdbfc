"""The hub over a small store: the retailer's rules, an empty store, the command, and a town resolved step by step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugins.hub.cli import main
from plugins.store.engine import Store
from tests.mappers.identity.conftest import own_environment, rules, town

__all__ = ["own_environment", "rotonde", "rules", "town"]


@pytest.fixture
def rotonde(sqlite_store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run the command on the store, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROTONDE_DATABASE_URL", sqlite_store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROTONDE_RULES", str(rules))
    before = os.umask(0o077)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    yield invoke
    os.umask(before)
