"""A console over an empty store, or over a town that was resolved once; and a clock that is put forward by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.console.desk import Desk
from plugins.hub.plans import Hub
from plugins.hub.resolve_command import resolve_store
from plugins.store.engine import Store, open_store
from plugins.store.people import people_path
from plugins.store.shown import shown_path
from tests.making import hub_on
from tests.plugins.console.browsing import Browser, Time, desk_of, with_roles
from tests.plugins.console.people import town
from tests.road.conftest import own_environment, rules
from tests.road.stage import rules_in

__all__ = ["own_environment", "rules"]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def desk(sqlite_store: Store, rules: Path, time: Time) -> Desk:
    with_roles(sqlite_store)
    return replace(desk_of(replace(hub_on(sqlite_store, rules), clock=time)), rules=rules)


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return Browser(desk)


@pytest.fixture(scope="session")
def resolved(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """The hub over a town, resolved; nobody writes into it."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_template, folder / "store.db")
    hub = hub_on(open_store(f"sqlite:///{folder}/store.db"), rules_in(folder / "rules"))
    town(hub.store)
    with_roles(hub.store)
    resolve_store(hub)
    return hub


@pytest.fixture
def counter(resolved: Hub, tmp_path: Path, time: Time) -> Iterator[Desk]:
    """A console over a copy of the town."""
    copied = hub_in(resolved, tmp_path, time)
    yield desk_of(copied)
    copied.store.close()


def hub_in(resolved: Hub, folder: Path, time: Time) -> Hub:
    """Return the hub over a copy of the town."""
    for path in (resolved.store.path, shown_path(resolved.store), people_path(resolved.store)):
        shutil.copy(path, folder / path.name)
    return replace(resolved, store=open_store(f"sqlite:///{folder}/{resolved.store.path.name}"), clock=time)
