"""A console over an empty store, and a clock that is put forward by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plugins.console.desk import Desk
from plugins.store.engine import Store
from tests.making import hub_on
from tests.plugins.console.browsing import Browser, Time, desk_of, with_roles
from tests.road.conftest import own_environment, rules

__all__ = ["own_environment", "rules"]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def desk(sqlite_store: Store, rules: Path, time: Time) -> Desk:
    with_roles(sqlite_store)
    return desk_of(replace(hub_on(sqlite_store, rules), clock=time))


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return Browser(desk)
