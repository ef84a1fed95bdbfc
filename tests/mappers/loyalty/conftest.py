"""A hub whose programme a test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugins.store.engine import Store
from tests.making import hub_on
from tests.mappers.identity.conftest import own_environment, rules
from tests.mappers.identity.town import Town

__all__ = ["own_environment", "programme", "rules"]
Programme = Callable[..., Town]


@pytest.fixture
def programme(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Programme]:
    """A hub by the given `loyalty.yml`; it is the same store when another one is written."""
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    towns: list[Town] = []

    def written(text: str) -> Town:
        for town in towns:
            town.close()
        (rules / "loyalty.yml").write_text(text)
        towns.append(Town(hub_on(store, rules)))
        return towns[-1]

    yield written
    towns[-1].close()
