"""A till and a webshop that sell an atlas and a coat, readers who like offers, and what an offer makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.store.engine import Store
from tests.plugins.offers.counter import Counter, opened
from tests.road.conftest import own_environment

__all__ = ["both_counters", "counter", "own_environment"]


@pytest.fixture
def counter(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Return a shop that nobody has been in yet, and no offer."""
    return opened(sqlite_store, tmp_path, monkeypatch)


@pytest.fixture
def both_counters(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Return the same, once on each database."""
    return opened(store, tmp_path, monkeypatch)
