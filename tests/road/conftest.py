"""The small worlds of the road: people by hand in one process, and a fictional retailer behind real programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugins.sandbox.fiction import Fiction
from plugins.store.engine import Store
from tests.road.stage import Stage, rules_in, stage_on
from tests.road.world import World, copy_folder, vendors


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Give every test its own environment."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The retailer's rules, with two plain audiences."""
    return rules_in(tmp_path / "rules")


@pytest.fixture
def stage(sqlite_store: Store, rules: Path) -> Iterator[Stage]:
    """A hub and Mailchimp, on SQLite."""
    with stage_on(sqlite_store, rules) as made:
        yield made


@pytest.fixture
def stage_both(store: Store, rules: Path, tmp_path: Path) -> Iterator[Stage]:
    """A hub and Mailchimp, once on each database."""
    os.environ["ROTONDE_HOME"] = str(tmp_path)
    with stage_on(store, rules) as made:
        yield made


@pytest.fixture(scope="session")
def fiction() -> Fiction:
    """A retailer of 150 people whose life ends yesterday at midnight."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Fiction(people=150, anchor=today - timedelta(days=1))


@pytest.fixture(scope="session")
def loaded(fiction: Fiction, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that has read every vendor and knows who is who; nothing is sent yet."""
    folder = tmp_path_factory.mktemp("loaded")
    with vendors(fiction) as open_vendors:
        world = World(folder, f"sqlite:///{folder}/store.db", open_vendors)
        runs = [*world.ingest(), world.resolve()]
    assert all(run.is_well for run in runs), [run.errors[-500:] for run in runs if not run.is_well]
    return folder


@pytest.fixture
def world(fiction: Fiction, loaded: Path, tmp_path: Path) -> Iterator[World]:
    """The fictional retailer, read and resolved, on SQLite."""
    folder = tmp_path / "world"
    copy_folder(loaded, folder)
    with vendors(fiction) as open_vendors:
        yield World(folder, f"sqlite:///{folder}/store.db", open_vendors)
