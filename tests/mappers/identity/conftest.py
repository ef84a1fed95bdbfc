"""Identity over a store: the retailer's rules, an empty store, and the hub over it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.store.engine import Store
from tests.making import hub_on
from tests.mappers.identity.town import Town
from tests.road.conftest import own_environment, rules

__all__ = ["own_environment", "rules", "town", "town_both"]


@pytest.fixture
def town(sqlite_store: Store, rules: Path) -> Iterator[Town]:
    made = Town(hub_on(sqlite_store, rules))
    yield made
    made.close()


@pytest.fixture
def town_both(store: Store, rules: Path, tmp_path: Path) -> Iterator[Town]:
    os.environ["ROTONDE_HOME"] = str(tmp_path)
    made = Town(hub_on(store, rules))
    yield made
    made.close()
